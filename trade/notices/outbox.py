"""What leaves the building: written with the deed, sent after it, at least once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.jobs.leases import LAST_ATTEMPT, LEASE, back_off, is_due, is_free, shortened
from trade.notices.models import OutboxMessage

Plain = str | int | bool | None


@dataclass(frozen=True)
class Letter:
    """One message that this worker may send until `leased_until`."""

    id: int
    topic: str
    payload: dict[str, Any]
    at: datetime
    attempts: int
    leased_until: datetime


@dataclass(frozen=True)
class Failure:
    letter: Letter
    error: str


def post(session: Session, topic: str, **payload: Plain) -> None:
    """Leave a message in the caller's transaction: it exists exactly if the deed does. Amounts go as text."""
    session.add(OutboxMessage(topic=topic, payload=payload))


def waiting(now: datetime) -> ColumnElement[bool]:
    """Whether a message is due and nobody holds it."""
    return and_(
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.dead_at.is_(None),
        is_due(OutboxMessage.due_at, OutboxMessage.attempts, OutboxMessage.at, now),
        is_free(OutboxMessage.leased_until, now),
    )


def claim(session: Session, actor: Actor, lease: timedelta = LEASE) -> Letter | None:
    """Take the oldest due message for the length of a lease; what killed its senders too often is laid aside."""
    now = clock.now()
    found = session.scalars(_next(now)).first()
    if found is None:
        return None
    changes: dict[str, Any] = {"attempts": found.attempts + 1, "leased_until": now + lease}
    if found.attempts >= LAST_ATTEMPT:
        changes = {"dead_at": now, "last_error": found.last_error or "no sender lived to tell"}
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == found.id)
        .values(changes)
        .execution_options(synchronize_session=False)
    )
    if "dead_at" in changes:
        return claim(session, actor, lease)
    return Letter(found.id, found.topic, found.payload, found.at, found.attempts + 1, now + lease)


def mark_sent(session: Session, letter: Letter) -> bool:
    """Say that a message has arrived; false when another worker took it over and says so itself."""
    done = _held(letter).values(sent_at=clock.now(), leased_until=None, last_error=None)
    return session.scalar(done.returning(OutboxMessage.id)) is not None


def fail(session: Session, actor: Actor, failure: Failure) -> bool:
    """Try again later, each time later; after the last attempt lay the message aside and return true."""
    letter, now = failure.letter, clock.now()
    is_dead = letter.attempts >= LAST_ATTEMPT
    session.execute(
        _held(letter).values(
            leased_until=None,
            due_at=now + back_off(letter.attempts),
            dead_at=now if is_dead else None,
            last_error=shortened(failure.error),
        )
    )
    return is_dead


def _next(now: datetime) -> Select[OutboxMessage]:
    return (
        select(OutboxMessage)
        .where(waiting(now))
        .order_by(OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _held(letter: Letter) -> Any:
    """UPDATE of a message while this worker holds it; attempts and lease together name the claim."""
    return (
        update(OutboxMessage)
        .where(
            OutboxMessage.id == letter.id,
            OutboxMessage.attempts == letter.attempts,
            OutboxMessage.leased_until == letter.leased_until,
        )
        .execution_options(synchronize_session=False)
    )
