"""When periodic work is due again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.jobs import queue
from trade.jobs.leases import ASTRAY, LONGEST_PAUSE
from trade.jobs.models import Job

Next = Callable[[datetime], datetime]


@dataclass(frozen=True)
class Work:
    """What a round puts down: one job for one document."""

    kind: str
    key: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Round:
    """Periodic look for documents that time alone has made due; each found one becomes a job of `kind`."""

    kind: str
    next: Next
    find: Callable[[Session, datetime], Iterable[Work]]

    @property
    def key(self) -> str:
        return f"every-{self.kind}"


def every(**length: float) -> Next:
    """Again after a length of time, such as minutes=1."""
    return lambda now: now + timedelta(**length)


def daily(at: time) -> Next:
    """Again at the next moment when the brand's clocks show this time."""

    def following(now: datetime) -> datetime:
        day = clock.business_date(now)
        today = datetime.combine(day, at, clock.BRAND_ZONE)
        return today if today > now else datetime.combine(day + timedelta(days=1), at, clock.BRAND_ZONE)

    return following


def plant(session: Session, actor: Actor, rounds: Iterable[Round]) -> None:
    """See that each round is in the queue; the first time it is due at once.

    One that waits for later than its own next time was put off by a clock that ran ahead: it is due now.
    """
    now = clock.now()
    for each in rounds:
        if queue.enqueue(session, each.key, each.key, {}):
            continue
        latest = max(each.next(now), now + LONGEST_PAUSE) + ASTRAY
        astray = update(Job).where(Job.key == each.key, Job.state == "waiting", Job.due_at > latest)
        session.execute(astray.values(due_at=now).execution_options(synchronize_session=False))


def call_in(session: Session, actor: Actor, rounds: Iterable[Round]) -> None:
    """Make every round due now, for a worker that runs once."""
    plant(session, actor, rounds)
    waiting = update(Job).where(Job.key.in_([each.key for each in rounds]), Job.state == "waiting")
    session.execute(waiting.values(due_at=clock.now()))


def walk(session: Session, now: datetime, task: queue.Task, round_: Round) -> int:
    """Put down a job per due document, and come back later, in one transaction; says how many were new."""
    found = sum(
        queue.enqueue(session, work.kind, work.key, work.payload) for work in round_.find(session, now)
    )
    queue.come_back(session, task, round_.next(now))
    return found
