"""Between who it is and the second factor: a row of its own that opens nothing, for some minutes, once."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from trade.people.models import HalfSignIn, Person
from trade.people.queries import token_hash

MINUTES = 10


def await_factor(session: Session, person_id: int, how: str, now: datetime) -> str:
    """Remember whose second factor is awaited, under a fresh random token, which is returned and kept nowhere."""
    session.execute(delete(HalfSignIn).where(HalfSignIn.expires_at < now - timedelta(days=1)))
    token = secrets.token_urlsafe(32)
    ends = now + timedelta(minutes=MINUTES)
    session.add(
        HalfSignIn(
            token_hash=token_hash(token), person_id=person_id, how=how, created_at=now, expires_at=ends
        )
    )
    session.flush()
    return token


def find(session: Session, token: str | None, now: datetime) -> HalfSignIn | None:
    """Whose second factor is awaited in this browser."""
    wanted = select(HalfSignIn).join(Person, Person.id == HalfSignIn.person_id)
    return session.scalar(wanted.where(*_is_open(token, now), Person.is_active)) if token else None


def take(session: Session, token: str | None, now: datetime) -> HalfSignIn | None:
    """Use it up; of two who try at once, one gets it."""
    if find(session, token, now) is None:
        return None
    return session.scalar(
        update(HalfSignIn)
        .where(*_is_open(token, now))
        .values(ended_at=now)
        .returning(HalfSignIn)
        .execution_options(synchronize_session=False)
    )


def end_all(session: Session, person_id: int, now: datetime) -> None:
    """Send whoever stands before a person's second factor back to the beginning."""
    gone = update(HalfSignIn).where(HalfSignIn.person_id == person_id, HalfSignIn.ended_at.is_(None))
    session.execute(gone.values(ended_at=now).execution_options(synchronize_session=False))


def _is_open(token: str | None, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        HalfSignIn.token_hash == token_hash(token or ""),
        HalfSignIn.ended_at.is_(None),
        HalfSignIn.expires_at > now,
    )
