from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.filing import Stored, file_under
from trade.distributors.queries import hold_going
from trade.errors import Refused
from trade.notices import outbox
from trade.registrations import asking, queries, states

ONCE = 1


@dataclass(frozen=True)
class Appeal:
    """Why a refusal is not right, and what shows it."""

    registration_id: int
    version: int
    reason: str
    files: Sequence[Stored] = ()


def appeal_registration(session: Session, actor: Actor, given: Appeal) -> None:
    """Appeal against a refusal (申诉), once and within the days; a person of the brand decides with both sides in view."""
    hold_going(session, queries.get_for(session, actor, given.registration_id).distributor_id)
    registration = queries.get_for(session, actor, given.registration_id, is_locked=True)
    figures, now = queries.figures(session), clock.now()
    if not given.reason.strip():
        raise Refused("registration.reason_needed", field="reason")
    if registration.appeals >= ONCE:
        raise Refused("registration.appealed_already")
    refused_on = registration.ended_on or clock.business_date(now)
    if clock.business_date(now) > refused_on + timedelta(days=figures.appeal_days):
        raise Refused("registration.appeal_late", days=figures.appeal_days)
    last = next(iter(queries.decisions_of(session, registration)), None)
    states.move(
        session,
        actor,
        registration,
        "appeal",
        given.version,
        facts={"reason": given.reason},
        appeals=registration.appeals + 1,
    )
    for file in given.files:
        file_under(session, actor, queries.SUBJECT, registration.id, file)
    reason = {"code": "registration.appeal", "words": given.reason, "rule": last.rule if last else ""}
    if last is not None and last.against_id is not None:
        reason["against"] = last.against_id  # type: ignore[assignment]
    asking.ask(session, actor, registration, [reason], now)
    outbox.post(session, "registration.appealed", registration_id=registration.id)
