from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.filing import Stored, file_under
from trade.distributors.queries import hold_going
from trade.errors import Refused
from trade.notices import outbox
from trade.opportunities import sides
from trade.registrations import appealing, asking, queries, rules
from trade.registrations.models import Registration

ONCE = 1


@dataclass(frozen=True)
class Appeal:
    """Why a refusal is not right, and what shows it."""

    registration_id: int
    version: int
    reason: str
    files: Sequence[Stored] = ()


def appeal_registration(session: Session, actor: Actor, given: Appeal) -> None:
    """Appeal (申诉) against a refusal, or an ending by the brand, once and within the days.

    A person of the brand decides with both sides in view; not the one who ended it, where there is somebody else. Who
    is right begins new days of protection, as if it were registered today; nobody can tell how it would have gone on.
    """
    hold_going(session, queries.get_for(session, actor, given.registration_id).distributor_id)
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    figures, now = queries.figures(session), clock.now()
    if not given.reason.strip():
        raise Refused("registration.reason_needed", field="reason")
    if registration.appeals >= ONCE:
        raise Refused("registration.appealed_already")
    today = clock.business_date(now)
    if today > rules.appeal_until(registration.ended_on or today, figures):
        raise Refused("registration.appeal_late", days=figures.appeal_days)
    last = next(iter(queries.decisions_of(session, registration)), None)
    if not appealing.may_be(registration, last):
        raise Refused("registration.not_allowed")
    appealing.enter(session, actor, registration, given.version, given.reason)
    for file in given.files:
        file_under(session, actor, queries.SUBJECT, registration.id, file)
    reason = {"code": "registration.appeal", "words": given.reason, "rule": last.rule if last else ""}
    if last is not None and last.against_id is not None:
        reason["against"] = last.against_id  # type: ignore[assignment]
    doer_id = last.person_id if last and last.rule == appealing.REVOKED else None
    asking.ask(session, actor, registration, [reason], now, doer_id=doer_id)
    outbox.post(session, "registration.appealed", registration_id=registration.id)
    _hear_holders(session, registration)


def _hear_holders(session: Session, registration: Registration) -> None:
    """Tell who keeps the customer that it is looked into, without who asks: what they write down is read by who decides."""
    ids = sides.holders(session, registration)
    kept = select(Registration.id).where(Registration.id.in_(ids), Registration.state.in_(("live", "won")))
    for holder_id in session.scalars(kept.order_by(Registration.id)).all():
        outbox.post(session, "registration.contested", registration_id=holder_id)
