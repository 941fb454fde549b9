from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.db import insert_once
from trade.errors import Refused
from trade.people.models import Face, Membership, Person, Role


@dataclass(frozen=True)
class Login:
    """A way in for somebody who is known without one, such as a rep whom an import brought."""

    person_id: int
    role: str  # code, of the brand's side
    password_hash: str
    user_name: str
    manager_id: int | None = None


def give_login(session: Session, actor: Actor, given: Login) -> None:
    """Let a person who is known here sign in and work in a role; whoever has a password already keeps it."""
    role = session.scalar(
        select(Role).where(Role.code == given.role, ~Role.is_archived, Role.face == Face.ADMIN)
    )
    if role is None:
        raise Refused("role.not_found")
    user_name = given.user_name.strip().lower()
    if session.scalar(select(Person.id).where(Person.user_name == user_name, Person.id != given.person_id)):
        raise Refused("person.name_taken", field="user_name")
    admitted = session.scalar(
        update(Person)
        .where(Person.id == given.person_id, Person.password_hash.is_(None))
        .values(password_hash=given.password_hash, user_name=user_name, manager_id=given.manager_id)
        .returning(Person.id)
    )
    if admitted is None:
        raise Refused("person.not_found")
    insert_once(
        session, Membership, person_id=given.person_id, distributor_id=None, role_id=role.id, is_active=True
    )
    facts = {"role": role.code, "user_name": user_name}
    audit.record(session, actor, "person.admitted", facts, subject="person", subject_id=given.person_id)
