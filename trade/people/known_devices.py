"""Browsers in which a person was in before: told apart from new ones, and never shut out by strangers who guess."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade.people.models import KnownDevice
from trade.people.queries import token_hash


@dataclass(frozen=True)
class Seen:
    """The token for the browser to keep, and whether the person is told: a first browser is no news."""

    token: str
    is_news: bool


def find(session: Session, person_id: int | None, token: str | None) -> int | None:
    """The browser as one of this person's; the same statement for whoever it is."""
    known = select(KnownDevice.id).where(
        KnownDevice.person_id == (person_id or 0), KnownDevice.token_hash == token_hash(token or "")
    )
    return session.scalar(known)


def see(session: Session, person_id: int, token: str | None, now: datetime) -> Seen:
    """Note that a person is in with this browser; an unknown one gets a token of its own."""
    known = (
        update(KnownDevice)
        .where(KnownDevice.person_id == person_id, KnownDevice.token_hash == token_hash(token or ""))
        .values(seen_at=now)
        .returning(KnownDevice.id)
    )
    if token and session.scalar(known.execution_options(synchronize_session=False)):
        return Seen(token, is_news=False)
    is_first = (
        session.scalar(select(KnownDevice.id).where(KnownDevice.person_id == person_id).limit(1)) is None
    )
    # A browser that somebody else used keeps its token: it is one browser, known to each for itself.
    kept = token if token and _exists(session, token) else secrets.token_urlsafe(32)
    session.add(KnownDevice(person_id=person_id, token_hash=token_hash(kept), created_at=now, seen_at=now))
    return Seen(kept, is_news=not is_first)


def _exists(session: Session, token: str) -> bool:
    known = select(KnownDevice.id).where(KnownDevice.token_hash == token_hash(token)).limit(1)
    return session.scalar(known) is not None
