"""Who is at a distributor: contacts whom the brand calls, people who sign in; and single contacts and addresses.

Whoever calls has loaded the distributor through the actor's scope.
"""

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.distributors.models import Address, Contact
from trade.errors import Refused
from trade.people.models import Membership, Person, Role

Row = TypeVar("Row", Contact, Address)


def contacts_of(session: Session, distributor_id: int) -> Sequence[Contact]:
    """Whom the brand calls, the longest known first."""
    known = select(Contact).where(Contact.distributor_id == distributor_id, Contact.archived_at.is_(None))
    return session.scalars(known.order_by(Contact.id)).all()


def contact_of(session: Session, distributor_id: int, contact_id: int) -> Contact:
    """One contact of this distributor that is in use; another's does not exist."""
    return _one(session, Contact, distributor_id, contact_id, "contact.not_found")


def address_of(session: Session, distributor_id: int, address_id: int) -> Address:
    """One address of this distributor that is in use; another's does not exist."""
    return _one(session, Address, distributor_id, address_id, "address.not_found")


def members_of(session: Session, distributor_id: int) -> list[tuple[Person, Membership, str]]:
    """Who signs in for a distributor, with the name of the role; those who may no longer last."""
    rows = session.execute(
        select(Person, Membership, Role.name)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.distributor_id == distributor_id)
        .order_by((Membership.is_active & Person.is_active).desc(), Person.name, Membership.id)
    )
    return [(person, membership, name) for person, membership, name in rows]


def _one(session: Session, model: type[Row], distributor_id: int, row_id: int, unknown: str) -> Row:
    wanted = select(model).where(
        model.id == row_id, model.distributor_id == distributor_id, model.archived_at.is_(None)
    )
    found = session.scalar(wanted)
    if found is None:
        raise Refused(unknown)
    return found
