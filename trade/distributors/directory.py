"""Who works where: people with their roles at the brand and at the distributors."""

from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from trade.distributors.models import Distributor
from trade.people.models import Membership, Person, Role

PAGE = 50


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    role: str = ""  # code
    after: int | None = None  # id of the last row seen


@dataclass(frozen=True)
class Entry:
    """A person with the places where they work."""

    person: Person
    manager_name: str | None
    places: list[tuple[Membership, Role, str | None]] = field(default_factory=list)


def directory(session: Session, wanted: ListFilter) -> tuple[list[Entry], int | None]:
    """A page of people, the latest first, with roles and companies, and where the next page begins; two statements."""
    manager = aliased(Person)
    query = (
        select(Person, manager.name)
        .outerjoin(manager, manager.id == Person.manager_id)
        .order_by(Person.id.desc())
        .limit(PAGE + 1)
    )
    if word := wanted.search.strip().lower():
        columns = (Person.name, Person.phone, Person.email, Person.user_name)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    if wanted.role:
        holders = select(Membership.person_id).join(Role, Role.id == Membership.role_id)
        query = query.where(Person.id.in_(holders.where(Role.code == wanted.role, Membership.is_active)))
    if wanted.after is not None:
        query = query.where(Person.id < wanted.after)
    people = {person.id: Entry(person, name) for person, name in session.execute(query)}
    entries = list(people.values())[:PAGE]
    rows = session.execute(
        select(Membership, Role, Distributor.name)
        .join(Role, Role.id == Membership.role_id)
        .outerjoin(Distributor, Distributor.id == Membership.distributor_id)
        .where(Membership.person_id.in_([entry.person.id for entry in entries]))
        .order_by(Membership.id)
    )
    for membership, role, distributor_name in rows:
        people[membership.person_id].places.append((membership, role, distributor_name))
    return entries, entries[-1].person.id if len(people) > PAGE else None
