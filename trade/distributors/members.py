"""Which people are within an actor's reach: the team at the brand, and those at the distributors it looks after."""

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.people import authority
from trade.people.models import Face, Membership, Person, Role
from trade.people.queries import CAN_WORK, team_of


def reached(actor: Actor) -> ColumnElement[bool]:
    """Whether a person belongs to the actor's team, or works at a distributor within reach."""
    if actor.scope.is_everyone:
        return true()
    places = select(Membership.person_id).where(
        Membership.distributor_id.is_not(None),
        Membership.is_active,
        Membership.distributor_id.in_(_companies(actor)),
    )
    return or_(Person.id.in_(actor.scope.rep_ids), Person.id.in_(places))


def get_person(session: Session, actor: Actor, person_id: int, *, is_locked: bool = False) -> Person:
    """A person within reach; a stranger's does not exist."""
    wanted = select(Person).where(Person.id == person_id, reached(actor))
    if is_locked:
        wanted = wanted.with_for_update(of=Person).execution_options(populate_existing=True)
    person = session.scalar(wanted)
    if person is None:
        raise Refused("person.not_found")
    return person


def get_managed(session: Session, actor: Actor, person_id: int) -> Person:
    """A person whose account the actor may change: within reach, no better, with every place within reach too."""
    refuse_unfit(actor, person_id)
    person = get_person(session, actor, person_id, is_locked=True)
    authority.refuse_betters(session, actor, person.id)
    if person.id != actor.person_id:
        refuse_elsewhere(session, actor, person)
    return person


def refuse_unfit(actor: Actor, person_id: int | None = None) -> None:
    """Managing people takes the right to it, at the brand or for one's own company."""
    needed = Permission.PERSON_MANAGE if actor.distributor_id is None else Permission.TEAM_MANAGE
    if not actor.may(needed):
        raise Refused("access.denied", keep={"person_id": person_id})


def get_place(session: Session, actor: Actor, role_code: str, distributor_id: int | None) -> Role:
    """The role to be given at a place: it fits the place, the place is within reach, the role within one's own."""
    refuse_unfit(actor)
    role = authority.get_role(session, role_code)
    if actor.distributor_id is not None and (
        role.face != Face.PORTAL or distributor_id != actor.distributor_id
    ):
        raise Refused("role.not_found")
    authority.refuse_beyond(session, actor, role)
    if (distributor_id is not None) != (role.face == Face.PORTAL):
        raise Refused("person.distributor_needed", field="distributor")
    if distributor_id is not None:
        home = distributors.get_for(session, actor, distributor_id)
        # nobody comes in again before the business does
        if distributors.held_status(session, home.id) == "ended":
            raise Refused("person.company_ended", field="distributor")
    return role


def refuse_manager(session: Session, actor: Actor, manager_id: int | None, person_id: int | None) -> None:
    """Refuse a manager outside of one's reach, or one whose own chain of managers leads to this person."""
    if manager_id is None:
        if not actor.scope.is_everyone and person_id != actor.person_id:
            raise Refused("person.manager_needed", field="manager")
        return
    wanted = select(Person.id).where(Person.id == manager_id, Person.is_active, reached(actor))
    if session.scalar(wanted) is None:
        raise Refused("person.manager_unknown", field="manager")
    if person_id is not None and manager_id in team_of(session, person_id):
        raise Refused("person.manager_circle", field="manager")


def refuse_far(session: Session, actor: Actor, person: Person, distributor_id: int | None) -> None:
    """A place that is taken away lies within reach: a distributor of one's own, or one's team at the brand."""
    if distributor_id is not None:
        distributors.get_for(session, actor, distributor_id)
    elif not actor.scope.is_everyone and person.id not in actor.scope.rep_ids:
        raise Refused("membership.not_found")


def refuse_elsewhere(session: Session, actor: Actor, person: Person) -> None:
    """Who also works where the actor does not reach is not the actor's to change as a whole."""
    if actor.scope.is_everyone:
        return
    far = and_(Membership.distributor_id.is_not(None), Membership.distributor_id.not_in(_companies(actor)))
    staff = and_(Membership.distributor_id.is_(None), Membership.person_id.not_in(actor.scope.rep_ids))
    wanted = select(Membership.id).where(Membership.person_id == person.id, Membership.is_active)
    if session.scalar(wanted.where(or_(far, staff)).limit(1)):
        raise Refused("person.elsewhere_too", name=person.name)


def refuse_not_staff(session: Session, person_id: int) -> None:
    """Only somebody at the brand who can sign in looks after distributors. Raises Refused("person.successor_unfit")."""
    wanted = (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Person.id == person_id, *CAN_WORK, Role.face == Face.ADMIN)
    )
    if session.scalar(wanted.limit(1)) is None:
        raise Refused("person.successor_unfit", field="successor")


def _companies(actor: Actor) -> Select[int]:
    return select(Distributor.id).where(distributors.within(actor, Distributor.id))
