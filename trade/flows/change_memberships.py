"""Several places per person: a role at the brand, roles at distributors; given, taken, exchanged."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.approvals import succession
from trade.distributors import members
from trade.errors import Refused
from trade.notices import outbox
from trade.people import authority, places, sessions
from trade.people.models import Face, Membership, Person, Role


@dataclass(frozen=True)
class Place:
    """A role at a distributor, or (none) at the brand."""

    person_id: int
    role: str  # code
    distributor_id: int | None = None


@dataclass(frozen=True)
class Departure:
    """A place that is taken away, or everything at one distributor."""

    person_id: int
    membership_id: int | None = None
    distributor_id: int | None = None


def add_membership(session: Session, actor: Actor, given: Place) -> None:
    """Let a person work in one more role; who gives it holds it, and reaches the person and the place."""
    authority.lock(session)
    person = members.get_person(session, actor, given.person_id, is_locked=True)
    _refuse_oneself(actor, person)
    role = members.get_place(session, actor, given.role, given.distributor_id)
    if not places.give(session, person.id, given.distributor_id, role.id):
        raise Refused("membership.held", field="role")
    if role.face == Face.ADMIN:  # the brand may ask for a second factor, which the browsers have not shown
        sessions.end_all(session, person.id, clock.now())
    _record(session, actor, "membership.added", person, role, given.distributor_id)


def end_membership(session: Session, actor: Actor, given: Departure) -> None:
    """Take a place from a person, never from oneself, the last keeper or a company's last owner."""
    had_keeper = authority.lock(session)
    person = members.get_person(session, actor, given.person_id, is_locked=True)
    members.refuse_unfit(actor, person.id)
    _refuse_oneself(actor, person)
    for membership in _meant(session, actor, person, given):
        role = session.get_one(Role, membership.role_id)
        authority.refuse_beyond(session, actor, role)
        members.refuse_far(session, actor, person, membership.distributor_id)
        places.take(session, membership.id, clock.now())
        _record(session, actor, "membership.ended", person, role, membership.distributor_id)
    _keep_the_house(session, actor, person, had_keeper)


def change_membership(session: Session, actor: Actor, given: Place) -> None:
    """Give a person another role at the same place instead of the present one."""
    had_keeper = authority.lock(session)
    person = members.get_person(session, actor, given.person_id, is_locked=True)
    _refuse_oneself(actor, person)
    role = members.get_place(session, actor, given.role, given.distributor_id)
    held = places.places_at(session, person.id, given.distributor_id)
    if not held:
        raise Refused("membership.not_found")
    for membership in held:
        if membership.role_id == role.id:
            continue
        before = session.get_one(Role, membership.role_id)
        authority.refuse_beyond(session, actor, before)
        members.refuse_far(session, actor, person, given.distributor_id)
        places.take(session, membership.id, clock.now())
        places.give(session, person.id, given.distributor_id, role.id)
        facts = {"before": before.code, "after": role.code, "distributor_id": given.distributor_id}
        audit.record(session, actor, "membership.changed", facts, subject="person", subject_id=person.id)
    _keep_the_house(session, actor, person, had_keeper)


def _meant(session: Session, actor: Actor, person: Person, given: Departure) -> list[Membership]:
    if given.membership_id is not None:
        return [places.get_place(session, person.id, given.membership_id)]
    found = list(places.places_at(session, person.id, given.distributor_id))
    if not found:
        raise Refused("membership.not_found")
    return found


def _refuse_oneself(actor: Actor, person: Person) -> None:
    if person.id == actor.person_id:
        raise Refused("person.is_oneself")


def _keep_the_house(session: Session, actor: Actor, person: Person, had_keeper: bool) -> None:
    """Nobody's request is orphaned, the brand keeps an administrator and a company its owner."""
    authority.refuse_no_keeper(session, had_keeper)
    if actor.distributor_id is not None:
        authority.refuse_no_owner(session, actor.distributor_id)
    for moved in succession.refill(session, [person.id]):
        outbox.post(session, f"{moved.subject}.pending", **moved.letter)


def _record(
    session: Session, actor: Actor, event: str, person: Person, role: Role, distributor_id: int | None
) -> None:
    facts = {"role": role.code, "distributor_id": distributor_id}
    audit.record(session, actor, event, facts, subject="person", subject_id=person.id)
