from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.distributors import members
from trade.people import attempts, authority, invitations, sessions
from trade.people.invitations import Issued
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
    person = _replace(session, actor, given)
    return Renewed(person.name, person.phone or person.email or person.user_name or "")


def reset_by_link(session: Session, actor: Actor, given: Reset) -> Issued:
    """The same with a password that nobody knows, and a link by which the person chooses the next one."""
    person = _replace(session, actor, given)
    return invitations.issue(session, person, actor.person_id, clock.now())


def _replace(session: Session, actor: Actor, given: Reset) -> Person:
    person = members.get_managed(session, actor, given.person_id)
    authority.refuse_renewal(actor, person)
    changed = update(Person).where(Person.id == person.id).values(password_hash=given.password_hash)
    session.execute(changed.execution_options(synchronize_session=False))
    now = clock.now()
    sessions.end_all(session, person.id, now)
    invitations.revoke(session, person.id, now)
    attempts.forgive(session, [person.phone, person.email, person.user_name])
    audit.record(session, actor, "password.reset", {}, subject="person", subject_id=person.id)
    return person
