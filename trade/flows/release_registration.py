from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.notices import opportunities, outbox, registrations
from trade.registrations import appealing, asking, ending, intake, queries


@dataclass(frozen=True)
class SeenRegistration:
    registration_id: int
    version: int


@dataclass(frozen=True)
class Release:
    """Let a customer go, and why; `is_pooled`: others may claim it."""

    registration_id: int
    version: int
    reason: str = ""
    is_pooled: bool = True


def release_registration(session: Session, actor: Actor, given: Release) -> None:
    """Give a customer up oneself: it goes to the public pool, and one may not register it again for a while."""
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    _refuse_changed(registration.version, given.version)
    registrations.keeps(session, actor, registration)
    day, figures = clock.today(), queries.figures(session)
    ending.end(session, actor, registration, "release", day, figures, reason=given.reason)
    opportunities.follow(session, actor, registration)
    outbox.post(session, "registration.released", registration_id=registration.id)


def revoke_registration(session: Session, actor: Actor, given: Release) -> None:
    """End a registration for the brand, with a reason that its distributor reads: wrong facts, a proof that is none.

    A won one too, where the order that won it was no true one; the order itself stays, and is cancelled where orders are.
    To give such a customer to whoever appeals takes both: this, then the appeal's own yes.
    """
    if not actor.may(Permission.REGISTRATION_MANAGE):
        raise Refused("access.denied", keep={"registration": given.registration_id})
    if not given.reason.strip():
        raise Refused("approval.comment_needed", field="reason")
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    _refuse_changed(registration.version, given.version)
    day, figures = clock.today(), queries.figures(session)
    was = registration.state
    ending.end(
        session,
        actor,
        registration,
        "revoke",
        day,
        figures,
        reason=given.reason,
        is_pooled=given.is_pooled,
    )
    opportunities.follow(session, actor, registration)
    intake.record(session, actor, registration, "refused", appealing.REVOKED, {"comment": given.reason})
    told = {"reason": given.reason, "number": registration.number or "", "was": was}
    audit.record(
        session, actor, "registration.revoked", told, subject=queries.SUBJECT, subject_id=registration.id
    )
    outbox.post(session, "registration.revoked", registration_id=registration.id, comment=given.reason)


def withdraw_registration(session: Session, actor: Actor, given: SeenRegistration) -> None:
    """Take back what nobody has decided about: a draft, a doubtful registration, an appeal."""
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    asking.take_back(session, actor, registration, given.version)


def _refuse_changed(version: int, seen: int) -> None:
    if version != seen:
        raise Refused("registration.changed_meanwhile")
