from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.distributors import members
from trade.people import names
from trade.people.models import Membership, Person


@dataclass(frozen=True)
class NewPerson:
    """Somebody who will sign in; the hash is made outside the transaction (`passwords.hashed`)."""

    name: str
    role: str  # code
    password_hash: str | None
    phone: str | None = None
    email: str | None = None
    user_name: str | None = None
    distributor_id: int | None = None
    manager_id: int | None = None


def create_person(session: Session, actor: Actor, given: NewPerson) -> int:
    """Let a person work here in one role, and return the id; nobody grants at the brand what they lack."""
    typed = names.cleaned(given.phone, given.email, given.user_name)
    members.refuse_unfit(actor)
    role = members.get_place(session, actor, given.role, given.distributor_id)
    names.refuse_taken(session, typed)
    if given.distributor_id is None:
        members.refuse_manager(session, actor, given.manager_id, None)
    person = Person(name=given.name, password_hash=given.password_hash, manager_id=given.manager_id, **typed)
    session.add(person)
    session.flush()
    session.add(Membership(person_id=person.id, distributor_id=given.distributor_id, role_id=role.id))
    facts = {"role": role.code, "distributor_id": given.distributor_id}
    audit.record(session, actor, "person.created", facts, subject="person", subject_id=person.id)
    return person.id
