"""One link per invited person: random, kept only as its hash, good once and for some days."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from trade import settings
from trade.people.models import Invitation, Person
from trade.people.queries import token_hash


@dataclass(frozen=True)
class Issued:
    """A link's token, which is returned once and kept nowhere, and until when it is good."""

    token: str
    person_id: int
    name: str
    sign_in: str
    expires_at: datetime


def issue(session: Session, person: Person, inviter_id: int | None, now: datetime) -> Issued:
    """Make a new link for a person; an earlier one is worth nothing from now on."""
    revoke(session, person.id, now)
    token = secrets.token_urlsafe(32)
    days = int(settings.load(session, "invitation.")["invitation.days"])
    expires_at = now + timedelta(days=days)
    session.add(
        Invitation(
            token_hash=token_hash(token),
            person_id=person.id,
            inviter_id=inviter_id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return Issued(token, person.id, person.name, sign_in_of(person), expires_at)


def sign_in_of(person: Person) -> str:
    """With what a person signs in, as it is told to them."""
    return person.phone or person.email or person.user_name or ""


def find_invited(session: Session, token: str, now: datetime) -> Person | None:
    """Whom a link that is still good was made for."""
    wanted = select(Person).join(Invitation, Invitation.person_id == Person.id)
    return session.scalar(
        wanted.where(Invitation.token_hash == token_hash(token), *is_open(now), Person.is_active)
    )


def take(session: Session, token: str, now: datetime) -> int | None:
    """Use a link up and answer whose it was; of two who try at once, one gets it."""
    return session.scalar(
        update(Invitation)
        .where(Invitation.token_hash == token_hash(token), *is_open(now))
        .values(used_at=now)
        .returning(Invitation.person_id)
        .execution_options(synchronize_session=False)
    )


def revoke(session: Session, person_id: int, now: datetime) -> int:
    """Make every open link of a person worthless, and say how many there were."""
    gone = (
        update(Invitation)
        .where(Invitation.person_id == person_id, *is_open(now))
        .values(revoked_at=now)
        .returning(Invitation.id)
    )
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())


def open_until(session: Session, person_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """Until when the open link of each of these people is good."""
    rows = session.execute(
        select(Invitation.person_id, Invitation.expires_at).where(
            Invitation.person_id.in_(person_ids), *is_open(now)
        )
    )
    return {person_id: expires_at for person_id, expires_at in rows}


def is_open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Whether a link can still be used."""
    return Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now
