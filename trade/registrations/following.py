"""Writing down what was done about a registered customer, which holds it for who keeps at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.filing import Stored, file_under
from trade.errors import Refused
from trade.registrations import ending, queries, states
from trade.registrations.models import Registration, RegistrationFollowUp


@dataclass(frozen=True)
class FollowUp:
    """What was done about the customer on a day, and what comes next."""

    registration_id: int
    kind: str  # visit, call, message, meeting, sample, quotation, other
    day: date
    words: str
    next_step: str = ""
    next_on: date | None = None
    files: Sequence[Stored] = ()


def follow_up(session: Session, actor: Actor, registration: Registration, given: FollowUp) -> int:
    """Write down a follow-up of a locked registration; answers its id.

    It counts from the day on which it happened. What is over by its days is over, also when nobody has looked.
    """
    today = clock.today()
    if not states.allows(registration, "follow_up"):
        raise Refused("registration.not_allowed")
    if ending.standing(session, registration, queries.figures(session), today) == ending.OVER:
        raise Refused("registration.protection_over", until=registration.protected_until)
    if given.day > today:
        raise Refused("registration.follow_up_future", field="day")
    if registration.live_on is not None and given.day < registration.live_on:
        raise Refused("registration.follow_up_early", day=registration.live_on, field="day")
    if given.next_on is not None and given.next_on < today:
        raise Refused("registration.next_past", field="next_on")
    latest = max(registration.followed_on or given.day, given.day)
    states.move(
        session,
        actor,
        registration,
        "follow_up",
        registration.version,
        facts={"kind": given.kind, "day": given.day.isoformat()},
        followed_on=latest,
        warned_on=registration.warned_on if latest == registration.followed_on else None,
    )
    told = RegistrationFollowUp(
        registration_id=registration.id,
        kind=given.kind,
        day=given.day,
        words=given.words.strip(),
        next_step=given.next_step.strip(),
        next_on=given.next_on,
        person_id=actor.person_id,
    )
    session.add(told)
    session.flush()
    for file in given.files:
        file_under(session, actor, queries.SUBJECT, registration.id, file)
    return told.id
