"""Work for later: put down with the deed that causes it, done by a worker, never lost and never done twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import insert_once
from trade.jobs.leases import LAST_ATTEMPT, LEASE, back_off, is_due, is_free, shortened
from trade.jobs.models import Job

_MOMENTS = (Job.due_at, Job.attempts, Job.created_at)


class LeaseLost(Exception):
    """Another worker has taken the job over; what this one did must not count."""


@dataclass(frozen=True)
class Claim:
    kinds: Sequence[str]  # which this worker knows how to do
    lease: timedelta = LEASE


@dataclass(frozen=True)
class Task:
    """One job that this worker may do until `leased_until`."""

    id: int
    kind: str
    key: str
    payload: dict[str, Any]
    attempts: int
    leased_until: datetime


@dataclass(frozen=True)
class Step:
    """How far a task has come, and for how long its worker wants to keep it."""

    task: Task
    done: int
    total: int
    lease: timedelta = LEASE


@dataclass(frozen=True)
class Failure:
    task: Task
    error: str
    may_die: bool = True  # periodic work does not: it is tried for ever


def enqueue(
    session: Session, kind: str, key: str, payload: Mapping[str, Any], due_at: datetime | None = None
) -> bool:
    """Put work down in the caller's transaction; false when the key was there, done or not.

    A key names the work with the version or the day that causes it (`order.expire-12-v4`), so that a finished
    one needs no second run and a new cause has a new key.
    """
    now = clock.now()
    return insert_once(
        session, Job, kind=kind, key=key, payload=dict(payload), due_at=due_at or now, created_at=now
    )


def due(now: datetime, kinds: Sequence[str]) -> ColumnElement[bool]:
    """Whether a job waits for a worker, or lost the one it had."""
    return and_(
        Job.kind.in_(kinds),
        or_(
            and_(Job.state == "waiting", Job.due_at <= now),
            and_(Job.state == "waiting", Job.key.not_like("every-%"), is_due(*_MOMENTS, now)),
            and_(Job.state == "running", is_free(Job.leased_until, now)),
        ),
    )


def claim(session: Session, actor: Actor, given: Claim) -> Task | None:
    """Take the job that is due longest; one that outlived too many workers is laid aside as dead."""
    now = clock.now()
    oldest = select(Job).where(due(now, given.kinds)).order_by(Job.due_at, Job.id).limit(1)
    found = session.scalars(oldest.with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    if found.attempts >= LAST_ATTEMPT and not is_periodic(found.key):
        found.state, found.finished_at, found.leased_until = "dead", now, None
        found.last_error = found.last_error or "no worker lived to tell"
        session.flush()
        return claim(session, actor, given)
    found.state, found.attempts, found.leased_until = "running", found.attempts + 1, now + given.lease
    session.flush()
    return Task(found.id, found.kind, found.key, dict(found.payload), found.attempts, found.leased_until)


def is_periodic(key: str) -> bool:
    """Whether the job comes back by itself; such keys begin with `every-`."""
    return key.startswith("every-")


def keep(session: Session, actor: Actor, step: Step) -> Task:
    """Say how far long work has come and keep it for another lease; answers the task as it is held from now on.

    Work that has come further than ever counts its attempts anew: what outlives many workers is laid aside only
    when none of them moves it.
    """
    until, is_further = clock.now() + step.lease, Job.done < step.done
    attempts = _update(
        session,
        step.task,
        done=case((is_further, step.done), else_=Job.done),
        attempts=case((is_further, 1), else_=Job.attempts),
        total=step.total,
        leased_until=until,
    )
    return replace(step.task, leased_until=until, attempts=attempts)


def finish(session: Session, task: Task, note: str | None = None) -> None:
    """Mark done in the transaction of the effect; raises LeaseLost when the effect is no longer this worker's."""
    _update(session, task, state="done", finished_at=clock.now(), leased_until=None, last_error=note)


def come_back(session: Session, task: Task, due_at: datetime) -> None:
    """Finish one round of periodic work and let it wait for the next."""
    _update(
        session,
        task,
        state="waiting",
        due_at=due_at,
        attempts=0,
        leased_until=None,
        last_error=None,
        finished_at=clock.now(),
    )


def fail(session: Session, actor: Actor, failure: Failure) -> bool:
    """Try again later, each time later; after the last attempt lay the job aside and return true."""
    task, now = failure.task, clock.now()
    is_dead = failure.may_die and task.attempts >= LAST_ATTEMPT
    _update(
        session,
        task,
        state="dead" if is_dead else "waiting",
        due_at=now + back_off(task.attempts),
        leased_until=None,
        finished_at=now if is_dead else None,
        last_error=shortened(failure.error),
    )
    return is_dead


def revive(session: Session, actor: Actor, job_id: int) -> bool:
    """Give a dead job its attempts back, as the operator does after mending the cause."""
    again = (
        update(Job)
        .where(Job.id == job_id, Job.state == "dead")
        .values(state="waiting", attempts=0, due_at=clock.now(), finished_at=None)
    )
    return session.scalar(again.returning(Job.id)) is not None


def tidy(session: Session, actor: Actor, days: int) -> int:
    """Drop what was done long ago, so that the table stays small; the dead stay until somebody looks."""
    before = clock.now() - timedelta(days=days)
    old = delete(Job).where(Job.state == "done", Job.finished_at < before).returning(Job.id)
    return len(session.scalars(old.execution_options(synchronize_session=False)).all())


def _update(session: Session, task: Task, **changes: Any) -> int:
    """Change a job while this worker holds it; attempts and lease together name the claim. Answers its attempts."""
    held = (
        update(Job)
        .where(
            Job.id == task.id,
            Job.state == "running",
            Job.attempts == task.attempts,
            Job.leased_until == task.leased_until,
        )
        .values(changes)
        .execution_options(synchronize_session=False)
    )
    attempts: int | None = session.scalar(held.returning(Job.attempts))
    if attempts is None:
        raise LeaseLost(task.key)
    return attempts
