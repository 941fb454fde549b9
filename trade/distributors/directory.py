"""Who works where: people with their roles at the brand and at the distributors, as far as an actor reaches."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade import clock, settings
from trade.actor import Actor
from trade.audit import AuditEntry
from trade.distributors.members import reached
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day
from trade.people.models import LoginSession, Membership, Person, Role
from trade.windows import Page, Sort, Totals, Window, page_of

Place = tuple[Membership, Role, Distributor | None]
SORTS = {"id": Sort(Person.id, "whole"), "name": Sort(Person.name)}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    role: str = ""  # code
    state: str = ""  # active, inactive, invited
    distributor_id: int | None = None


@dataclass(frozen=True)
class Entry:
    """A person with the places where they work now."""

    person: Person
    manager_name: str | None
    seen_at: datetime | None
    places: list[Place] = field(default_factory=list)


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window) -> Page[Entry]:
    """A page of people with roles, companies and when they last signed in; two statements."""
    manager = aliased(Person)
    seen = (
        select(func.max(LoginSession.created_at)).where(LoginSession.person_id == Person.id).scalar_subquery()
    )
    query = _filtered(
        select(Person, manager.name, seen).outerjoin(manager, manager.id == Person.manager_id), actor, wanted
    )
    page = page_of(session, query, window, SORTS, Person.id, "-id")
    entries = [Entry(*row) for row in page.rows]
    by_id = {entry.person.id: entry for entry in entries}
    for place in places_of(session, by_id):
        by_id[place[0].person_id].places.append(place)
    return page.of(entries)


def names_around(session: Session, person_id: int | None) -> list[str | None]:
    """What a person, their companies and the brand are called: what others guess a password from; two statements."""
    called = (
        select(Person.phone, Person.user_name, Person.email, Person.name, Distributor.name)
        .outerjoin(Membership, and_(Membership.person_id == Person.id, Membership.is_active))
        .outerjoin(Distributor, Distributor.id == Membership.distributor_id)
        .where(Person.id == person_id)
    )
    brand = settings.load(session, "brand.name")["brand.name"]
    found = {brand: None}
    for phone, user_name, email, name, company in session.execute(called):
        found |= dict.fromkeys((phone, user_name, (email or "").partition("@")[0], name, company))
    return list(found)


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many people match."""
    return Totals(session.scalar(_filtered(select(func.count(Person.id)), actor, wanted)) or 0)


def places_of(
    session: Session, person_ids: Collection[int], distributor_id: int | None = None
) -> list[Place]:
    """Where these people work now, longest-held first; one statement."""
    query = (
        select(Membership, Role, Distributor)
        .join(Role, Role.id == Membership.role_id)
        .outerjoin(Distributor, Distributor.id == Membership.distributor_id)
        .where(Membership.person_id.in_(person_ids), Membership.is_active)
        .order_by(Membership.id)
    )
    if distributor_id is not None:
        query = query.where(Membership.distributor_id == distributor_id)
    return [(membership, role, distributor) for membership, role, distributor in session.execute(query)]


@dataclass(frozen=True)
class Member:
    """Somebody who works at a distributor: person, role, when they last signed in."""

    person: Person
    membership: Membership
    role: Role
    seen_at: datetime | None


def members_of(session: Session, distributor_id: int) -> list[Member]:
    """Everybody who works at a distributor that the caller has loaded through the actor's scope; one statement."""
    seen = (
        select(func.max(LoginSession.seen_at))
        .where(LoginSession.membership_id == Membership.id)
        .correlate(Membership)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Person, Membership, Role, seen)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.distributor_id == distributor_id, Membership.is_active)
        .order_by(Role.id, Person.name, Person.id)
    )
    return [Member(*row) for row in rows]


def rep_of(session: Session, distributor_id: int, day: date) -> Person | None:
    """The sales representative whom the distributor calls on that day."""
    holds = and_(Standing.rep_id == Person.id, on_day(day))
    return session.scalar(
        select(Person).join(Standing, holds).where(Standing.distributor_id == distributor_id)
    )


def left_by_end(session: Session, person_id: int) -> Distributor | None:
    """The company whose end took a person's last place; none for whoever was taken off in another way."""
    places = (
        select(Distributor)
        .join(Membership, Membership.distributor_id == Distributor.id)
        .where(Membership.person_id == person_id, Distributor.status == "ended")
    )
    return session.scalar(places.order_by(Membership.id.desc()).limit(1))


def ended_on(session: Session, distributor_id: int) -> date | None:
    """The day on which the business ended, as the audit knows it; an import may have brought it ended."""
    changed = (AuditEntry.subject == "distributor", AuditEntry.event == "distributor.status_changed")
    at = session.scalar(
        select(func.max(AuditEntry.at)).where(*changed, AuditEntry.subject_id == distributor_id)
    )
    return clock.business_date(at) if at else None


def _filtered(query: Select[*tuple[Any, ...]], actor: Actor, wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    query = query.where(reached(actor))
    if word := wanted.search.strip().lower():
        columns = (Person.name, Person.phone, Person.email, Person.user_name)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if wanted.role or wanted.distributor_id is not None:
        holders = (
            select(Membership.person_id)
            .join(Role, Role.id == Membership.role_id)
            .where(
                Membership.is_active,
                Role.code == wanted.role if wanted.role else Role.id.is_not(None),
                Membership.distributor_id == wanted.distributor_id
                if wanted.distributor_id is not None
                else Role.id.is_not(None),
            )
        )
        query = query.where(Person.id.in_(holders))
    states = {
        "active": Person.is_active,
        "inactive": ~Person.is_active,
        "invited": and_(Person.is_active, Person.password_hash.is_(None)),
    }
    return query.where(states[wanted.state]) if wanted.state in states else query
