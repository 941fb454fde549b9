"""A new password ends every session of the person; this browser goes on with a new one."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.db import read
from trade.distributors.directory import names_around
from trade.errors import Refused
from trade.people import passwords, sessions
from trade.people.entrance import Browser
from trade.people.models import Person


@dataclass(frozen=True)
class NewPassword:
    """The new hash, and the old one that the person proved to know."""

    new_hash: str
    proven_hash: str
    membership_id: int
    browser: Browser


def prove_change(
    actor: Actor, current: str, password: str, membership_id: int, browser: Browser
) -> NewPassword:
    """Check the old password and hash the new one, outside every transaction.

    Raises Refused: password.wrong, password.same, password.length, password.guessable.
    """
    with read() as session:
        known = session.scalar(select(Person.password_hash).where(Person.id == actor.person_id))
        names = names_around(session, actor.person_id)
    if known is None or not passwords.matches(known, current):
        raise Refused("password.wrong", keep={"person_id": actor.person_id}, field="current")
    if password == current:
        raise Refused("password.same", field="password")
    passwords.refuse_weak(password, *names)
    return NewPassword(passwords.hashed(password), known, membership_id, browser)


def change_password(session: Session, actor: Actor, given: NewPassword) -> str:
    """Set the new password, sign out everywhere, and return this browser's new token."""
    changed = session.scalar(
        update(Person)
        .where(Person.id == actor.person_id, Person.password_hash == given.proven_hash, Person.is_active)
        .values(password_hash=given.new_hash)
        .returning(Person.id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Refused("password.wrong", field="current")
    now = clock.now()
    factor = sessions.end_token(session, given.browser.old_token, now)
    sessions.end_all(session, changed, now)
    audit.record(session, actor, "password.changed", {}, subject="person", subject_id=changed)
    here = given.browser.address, given.browser.user_agent, now
    return sessions.open_session(session, changed, given.membership_id, *here, factor=factor)
