from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.people import queries, sessions
from trade.people.models import Person


@dataclass(frozen=True)
class Reset:
    """A new random password for somebody; the hash is made outside the transaction (`passwords.hashed`)."""

    person_id: int
    password_hash: str


@dataclass(frozen=True)
class Renewed:
    name: str
    sign_in: str  # what the person types beside the password


def reset_password(session: Session, actor: Actor, given: Reset) -> Renewed:
    """Replace a forgotten password and sign the person out everywhere; never one's own, never one's betters'."""
    if not actor.may(Permission.PERSON_MANAGE) or not actor.scope.is_everyone:
        raise Refused("access.denied", keep={"person_id": given.person_id})
    person = session.scalar(select(Person).where(Person.id == given.person_id).with_for_update())
    if person is None:
        raise Refused("person.not_found")
    if person.id == actor.person_id:
        raise Refused("person.is_oneself")
    held = {permission.value for permission in actor.permissions}
    if lacked := sorted(queries.rights_of(session, person.id) - held):
        raise Refused("role.beyond_own", keep={"person_id": person.id, "lacked": lacked})
    if person.password_hash is None:
        raise Refused("person.no_login", name=person.name)
    changed = update(Person).where(Person.id == person.id).values(password_hash=given.password_hash)
    session.execute(changed.execution_options(synchronize_session=False))
    sessions.end_all(session, person.id, clock.now())
    audit.record(session, actor, "password.reset", {}, subject="person", subject_id=person.id)
    return Renewed(person.name, person.phone or person.email or person.user_name or "")
