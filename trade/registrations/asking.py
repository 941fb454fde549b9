"""The questions about registrations that go to the brand's people, through the one mechanism for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.errors import Refused
from trade.registrations import appealing, keys, states
from trade.registrations.models import Registration
from trade.registrations.queries import SUBJECT


def ask(
    session: Session,
    actor: Actor,
    registration: Registration,
    reasons: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    doer_id: int | None = None,
) -> None:
    """Put a registration to those whom the policy names, with why it needs a person.

    `doer_id` is who did what is appealed: somebody else decides about it, where there is one.
    """
    known = settings.load(session, "registration.")
    kernel.open_request(
        session,
        actor,
        Ask(
            subject=SUBJECT,
            subject_id=registration.id,
            subject_version=registration.version,
            distributor_id=registration.distributor_id,
            amount=registration.expected_amount or Decimal(0),
            reasons=reasons,
            now=now,
            decision_hours=int(known["registration.decision_hours"]),
            escalation_hours=int(known["registration.escalation_hours"]),
            title=" ".join(filter(None, (registration.number, registration.name))),
            doer_id=doer_id,
        ),
    )


def close(session: Session, registration: Registration, state: str) -> None:
    """End the open question about it, if there is one."""
    asked = kernel.find_open(session, SUBJECT, registration.id)
    if asked is not None:
        kernel.close(session, asked, state, asked.version)


def take_back(session: Session, actor: Actor, registration: Registration, version: int) -> None:
    """Withdraw what nobody has decided about, with its question; what it held is free again."""
    if registration.state == "appealed":
        if registration.version != version:
            raise Refused("registration.changed_meanwhile")
        appealing.end(session, actor, registration, "withdraw")
        close(session, registration, "withdrawn")
        return
    has_place = registration.state == "submitted" or registration.returned_until is not None
    ended_on = clock.today()
    states.move(session, actor, registration, "withdraw", version, ended_on=ended_on, returned_until=None)
    close(session, registration, "withdrawn")
    if has_place:
        keys.give_back(session, registration)
        keys.count_out(session, registration.distributor_id)
