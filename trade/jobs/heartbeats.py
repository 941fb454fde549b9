"""Workers say that they live; silence is how the house learns that one does not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import insert_once
from trade.jobs.models import Heartbeat

BEAT = timedelta(seconds=30)
SILENCE = timedelta(minutes=5)  # longer than a deed and a lease together
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Beat:
    """What a worker has done since it started; `is_last` when it ends in order."""

    name: str
    done: int = 0
    sent: int = 0
    failed: int = 0
    is_last: bool = False


def begin(session: Session, actor: Actor, name: str) -> datetime | None:
    """Say that a worker starts; answers since when there was none, if that was longer than a silence."""
    now = clock.now()
    session.execute(delete(Heartbeat).where(Heartbeat.seen_at < now - KEPT))
    last = session.scalar(select(func.max(Heartbeat.seen_at)))
    insert_once(session, Heartbeat, name=name, started_at=now, seen_at=now)
    return last if last is not None and now - last > SILENCE else None


def beat(session: Session, actor: Actor, given: Beat) -> None:
    """Say that a worker lives, and what it has done."""
    now = clock.now()
    facts = {"done": given.done, "sent": given.sent, "failed": given.failed, "seen_at": now}
    if given.is_last:
        facts["stopped_at"] = now
    session.execute(update(Heartbeat).where(Heartbeat.name == given.name).values(facts))


def is_alive(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a row speaks of a worker that runs: it was seen since then."""
    return Heartbeat.stopped_at.is_(None), Heartbeat.seen_at > since
