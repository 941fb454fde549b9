"""The whole life of an application, as data."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.applications.models import Application, ApplicationEvent
from trade.errors import Refused
from trade.moves import move_once

# (state, action) → state. `keep` is the applicant's saving; `call` the reviewer's note that the contact was reached;
# `plan` what the reviewer means to give while a further approver must still say yes.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("draft", "keep"): "draft",
    ("returned", "keep"): "returned",
    ("draft", "verify"): "draft",
    ("returned", "verify"): "returned",
    ("draft", "send"): "submitted",
    ("returned", "send"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "withdraw"): "withdrawn",
    ("returned", "withdraw"): "withdrawn",
    ("draft", "expire"): "expired",
    ("returned", "expire"): "expired",
    ("submitted", "call"): "submitted",
    ("submitted", "plan"): "submitted",
    ("submitted", "return"): "returned",
    ("submitted", "decline"): "declined",
    ("submitted", "approve"): "approved",
}
EDITABLE = ("draft", "returned")


def allows(application: Application, action: str) -> bool:
    """Whether an action can follow from where the application stands."""
    return (application.state, action) in TRANSITIONS


def enter(session: Session, actor: Actor, application: Application) -> None:
    """Write down that an application, just added, was begun."""
    session.add(_event(actor, application, "begin", (), ""))


def move(
    session: Session,
    actor: Actor,
    application: Application,
    action: str,
    version: int,
    *,
    changed: Sequence[str] = (),
    comment: str = "",
    **values: Any,
) -> None:
    """Advance the application or refuse: compare-and-set on state and version, and the history row with it.

    Raises Refused("applicant.code_asked") where another one for the same company came first: the index says so.
    """
    after = TRANSITIONS.get((application.state, action))
    if after is None:
        raise Refused("applicant.not_allowed")
    try:
        won = move_once(session, application, after, version, **values)
    except IntegrityError as error:
        if "uq_distributor_application_asked" in str(error) or "distributor_application.credit_code" in str(
            error
        ):
            raise Refused("applicant.code_asked", field="credit_code") from error
        raise
    if not won:
        raise Refused("applicant.changed_meanwhile")
    session.add(_event(actor, application, action, changed, comment))


def _event(
    actor: Actor, application: Application, action: str, changed: Sequence[str], comment: str
) -> ApplicationEvent:
    return ApplicationEvent(
        application_id=application.id,
        version=application.version,
        action=action,
        state=application.state,
        changed=list(changed),
        comment=comment,
        person_id=actor.person_id,
        origin=actor.origin,
    )
