"""Somebody leaves or comes back; what a rep looked after and what waited for them goes to a successor."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.approvals import succession
from trade.distributors import handover, members
from trade.distributors.models import Distributor
from trade.editing import record
from trade.errors import Refused
from trade.notices import outbox
from trade.people import absences, authority, invitations, sessions
from trade.people.models import Person

FARTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Handover:
    """To whom distributors and open approvals go, and from which day on; today where none is said."""

    person_id: int
    successor_id: int
    from_day: date | None = None


@dataclass(frozen=True)
class Activity:
    """On or off; a rep with distributors leaves with a successor, or (`is_later`) keeps them for the time being."""

    person_id: int
    is_active: bool
    successor_id: int | None = None
    from_day: date | None = None
    is_later: bool = False


def set_person_active(session: Session, actor: Actor, given: Activity) -> None:
    """Let a person in again or shut them out at once, sessions included; never oneself, never one's betters."""
    had_keeper = authority.lock(session)
    person = members.get_managed(session, actor, given.person_id)
    if person.id == actor.person_id:
        raise Refused("person.is_oneself")
    if person.is_active == given.is_active:
        return
    changed = update(Person).where(Person.id == person.id)
    session.execute(changed.values(is_active=given.is_active).execution_options(synchronize_session=False))
    facts = {"before": person.is_active, "after": given.is_active}
    event = "person.activated" if given.is_active else "person.deactivated"
    audit.record(session, actor, event, facts, subject="person", subject_id=person.id)
    if given.is_active:
        return
    now = clock.now()
    sessions.end_all(session, person.id, now)
    invitations.revoke(session, person.id, now)
    absences.end_of_substitute(session, person.id, clock.today())
    if given.successor_id is not None:
        _pass_on(session, actor, Handover(person.id, given.successor_id, given.from_day))
    elif not given.is_later and (count := handover.looked_after(session, person.id, clock.today())):
        raise Refused("person.successor_needed", count=count, field="successor")
    authority.refuse_no_keeper(session, had_keeper)
    _tell_new_approvers(session, succession.refill(session, _both(given), "approval.nobody_left"))


def hand_over(session: Session, actor: Actor, given: Handover) -> int:
    """Give a rep's distributors and open approvals to another, who stays in; answers how many distributors."""
    members.get_managed(session, actor, given.person_id)
    count = _pass_on(session, actor, given)
    _tell_new_approvers(session, succession.refill(session, _both(given)))
    return count


def _both(given: Activity | Handover) -> list[int]:
    """Who goes and who comes in, as the successor may be away themselves."""
    return [each for each in (given.person_id, given.successor_id) if each is not None]


def _pass_on(session: Session, actor: Actor, given: Handover) -> int:
    today = clock.today()
    day = given.from_day or today
    if not today <= day <= today + FARTHEST:
        raise Refused("person.handover_day", field="from_day")
    successor = members.get_person(session, actor, given.successor_id)
    if successor.id == given.person_id or not successor.is_active:
        raise Refused("person.successor_unfit", field="successor")
    members.refuse_not_staff(session, successor.id)
    passed = handover.pass_on(session, given.person_id, successor.id, day, actor.person_id, "")
    changes = {"rep_id": (members.get_person(session, actor, given.person_id).name, successor.name)}
    for each in passed:
        record(
            session,
            actor,
            "distributor.standing_changed",
            Distributor,
            each.distributor_id,
            changes,
            version=each.version,
            valid_from=day.isoformat(),
            reason="",
        )
    if day <= today:
        _tell_new_approvers(session, succession.hand_over(session, given.person_id, successor.id))
        homes = [
            each.distributor_id for each in passed
        ]  # whoever led the one who goes may not reach them now
        _tell_new_approvers(session, succession.refill_distributors(session, homes))
    return len(passed)


def _tell_new_approvers(session: Session, moved: list[succession.Moved]) -> None:
    for each in moved:
        outbox.post(session, f"{each.subject}.pending", **each.letter)
