"""The password once more, before what would let a stranger in who found the browser open."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import read, run
from trade.errors import Refused
from trade.people import attempts, passwords
from trade.people.attempts import Try
from trade.people.models import LoginSession, Person

FRESH = timedelta(minutes=15)  # who has no password here shows it by having signed in just now


@dataclass(frozen=True)
class Confirmed:
    """Who has shown the password just now, in which browser; the hash that it fitted must still be the one kept."""

    person_id: int
    session_id: int
    proven_hash: str | None
    address: str


def confirm(actor: Actor, session_id: int, password: str, address: str) -> Confirmed:
    """Compare the password outside every transaction, with its try spent before.

    Raises Refused: password.wrong, login.too_many, password.sign_in_again.
    """
    with read() as session:
        person = session.execute(
            select(
                Person.id,
                Person.password_hash,
                Person.phone,
                Person.email,
                Person.user_name,
                LoginSession.created_at,
            )
            .join(LoginSession, LoginSession.person_id == Person.id)
            .where(Person.id == actor.person_id, LoginSession.id == session_id)
        ).one()
    if person.password_hash is None:
        if person.created_at < clock.now() - FRESH:
            raise Refused("password.sign_in_again", field="password")
        return Confirmed(person.id, session_id, None, address)
    run(attempts.spend, actor, Try(attempts.again_key(person.id), address))
    if not passwords.matches(person.password_hash, password):
        raise Refused("password.wrong", keep={"person_id": person.id}, field="password")
    return Confirmed(person.id, session_id, person.password_hash, address)


def hold(session: Session, actor: Actor, given: Confirmed) -> Person:
    """The person, while the password that was shown is still theirs. Raises Refused("password.wrong")."""
    kept = Person.password_hash.is_not_distinct_from(given.proven_hash)
    mine = select(Person).where(Person.id == actor.person_id, Person.id == given.person_id, Person.is_active)
    person = session.scalar(mine.where(kept).with_for_update())
    if person is None:
        raise Refused("password.wrong", field="password")
    attempts.forget(session, [attempts.again_key(person.id)], given.address)
    return person
