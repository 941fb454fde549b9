"""Who could decide about something now: able to sign in, with the right to it, and reaching whose it is."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Permission
from trade.approvals import subjects
from trade.approvals.models import Whose
from trade.distributors.models import Standing
from trade.distributors.queries import on_day
from trade.people.models import Absence, Face, Membership, Person, Reach, Role, RolePermission
from trade.people.queries import CAN_WORK, chain_of


def deciders(subject: str, whose: Whose, day: date) -> Select[int]:
    """Everybody at the brand who could open and decide it, as a part of a statement."""
    right = subjects.of(subject).right
    leaders = chain_of(select(Person.id).where(Person.id == rep_of(whose, day)))
    is_within = or_(
        Role.reach == Reach.EVERYONE,
        and_(Role.reach == Reach.OWN, Person.id == rep_of(whose, day)),
        and_(Role.reach == Reach.TEAM, Person.id.in_(leaders)),
    )
    return holding(right).where(is_within)


def rep_of(whose: Whose, day: date) -> ColumnElement[int | None]:
    """Who looks after a distributor on a day, or after what is no distributor yet, as a part of a statement."""
    if whose.distributor_id is None:
        return literal(whose.rep_id, Integer)
    theirs = select(Standing.rep_id).where(Standing.distributor_id == whose.distributor_id, on_day(day))
    return theirs.limit(1).scalar_subquery()


def holding(right: Permission) -> Select[int]:
    """Everybody at the brand who can sign in and holds a right in a role, which says how far it reaches."""
    return (
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(*CAN_WORK, Role.face == Face.ADMIN, RolePermission.permission == right.value)
    )


def able(session: Session, subject: str, whose: Whose) -> frozenset[int]:
    """The people who could decide it today."""
    return frozenset(session.scalars(deciders(subject, whose, clock.today())))


def absent(subject: str, day: date) -> ScalarSelect[str | None]:
    """Who is away on a day, for whom, and whether that one has the right: spelled for `there`, as a part of a statement."""
    has_right = Absence.substitute_id.in_(holding(subjects.of(subject).right))
    facts = Absence.person_id, Absence.substitute_id, case((has_right, 1), else_=0)
    spelled: ColumnElement[str] = cast(facts[0], String)
    for fact in facts[1:]:
        spelled = spelled + ":" + cast(fact, String)
    away = select(func.aggregate_strings(spelled, ",")).where(Absence.from_day <= day, Absence.until > day)
    return away.scalar_subquery()


def there(spelled: str | None) -> dict[int, int | None]:
    """By who is away, who decides meanwhile: the last substitute of the chain; none who lacks the right."""
    rows = [[int(part) for part in each.split(":")] for each in (spelled or "").split(",") if each]
    deputies = {away: (deputy, bool(can)) for away, deputy, can in rows}
    return {away: _last(away, deputies) for away in deputies}


def _last(away: int, deputies: Mapping[int, tuple[int, bool]]) -> int | None:
    at, can = away, True
    for _ in deputies:
        if at not in deputies:
            break
        at, can = deputies[at]
    return at if can and at not in deputies else None
