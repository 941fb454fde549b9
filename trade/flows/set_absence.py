"""Somebody goes on holiday: whoever is named decides in their place and reaches what they reach, and only then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.approvals import fitness, succession, worlds
from trade.errors import Refused
from trade.notices import outbox
from trade.people import absences, authority
from trade.people.models import Absence
from trade.people.queries import names_of

LATER = timedelta(days=1)  # days are half open: the person is back on the day after the last one
LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Away:
    """Who is away from which day on, until and without which, and who does their work."""

    person_id: int
    substitute_id: int
    from_day: date
    until: date
    reason: str = ""


@dataclass(frozen=True)
class Kept:
    """What was written down, and about what nobody whom its policy names could answer everybody then."""

    absence_id: int
    unanswered: Sequence[str]


def set_absence(session: Session, actor: Actor, given: Away) -> Kept:
    """Name a substitute for days; oneself, or anybody for who looks after people.

    What waits for somebody who is not there now goes on: later approvers are asked, then those who keep the roles.
    """
    _refuse_others(actor, given.person_id)
    authority.lock(session)  # two that together make a circle wait for each other
    today = clock.today()
    if not today <= given.from_day < given.until <= today + LONGEST:
        raise Refused("absence.days", field="until")
    if given.substitute_id == given.person_id:
        raise Refused("absence.oneself", field="substitute")
    if lacked := fitness.lacked(session, given.person_id, given.substitute_id):
        raise Refused("absence.unfit", field="substitute", lacked=lacked)
    if absences.overlapping(session, given.person_id, given.from_day, given.until) is not None:
        raise Refused("absence.overlaps", field="from_day")
    if absences.makes_circle(session, given.person_id, given.substitute_id, given.from_day, given.until):
        raise Refused("absence.circle", field="substitute")
    absence = Absence(
        person_id=given.person_id,
        substitute_id=given.substitute_id,
        from_day=given.from_day,
        until=given.until,
        reason=given.reason,
        set_by_id=actor.person_id,
    )
    session.add(absence)
    session.flush()
    _record(session, actor, "absence.set", absence)
    if given.from_day <= today:
        _go_on(session, given.person_id)
    return Kept(absence.id, worlds.unanswered(session, given.from_day))


def end_absence(session: Session, actor: Actor, absence_id: int) -> None:
    """The person is back sooner, or does not go."""
    absence = session.scalar(select(Absence).where(Absence.id == absence_id).with_for_update())
    if absence is None or absence.until <= clock.today():
        raise Refused("absence.not_found")
    _refuse_others(actor, absence.person_id)
    _record(session, actor, "absence.ended", absence)
    absences.end(session, absence, clock.today())
    _go_on(session, absence.person_id)


def _go_on(session: Session, person_id: int) -> None:
    """What waited where nobody is any more finds who is there, and those are told."""
    for moved in succession.find_others(session, person_id):
        outbox.post(session, f"{moved.subject}.pending", **moved.letter)


def _refuse_others(actor: Actor, person_id: int) -> None:
    is_own = actor.person_id == person_id and actor.distributor_id is None
    if not is_own and not (actor.may(Permission.PERSON_MANAGE) and actor.scope.is_everyone):
        raise Refused("absence.not_found")


def _record(session: Session, actor: Actor, event: str, absence: Absence) -> None:
    facts = {
        "substitute": names_of(session, {absence.substitute_id}).get(absence.substitute_id, ""),
        "from_day": absence.from_day.isoformat(),
        "until": absence.until.isoformat(),
    }
    audit.record(session, actor, event, facts, subject="person", subject_id=absence.person_id)
