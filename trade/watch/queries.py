"""The figures of a running installation; a handful of statements, whatever has piled up."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import case, func, select, text
from sqlalchemy.orm import Session

from trade import clock
from trade.attachments.store import folder
from trade.audit import AuditEntry
from trade.jobs.models import Heartbeat, Job
from trade.notices.models import OutboxMessage
from trade.watch.models import VerifyRun
from trade.watch.rules import Disk, Pile, Proof, Queue, Sign, State

RECENT = timedelta(hours=24)
LOOKED_THROUGH = 5000  # entries of the audit at most, so that an old one costs no more than a young one
SHOWN = timedelta(hours=24)  # how long a worker that has ended is still told of


def look(session: Session, now: datetime) -> State:
    """Everything that somebody may have to mend, as it is at this moment."""
    return State(
        now,
        signs=signs(session, now),
        piles=piles(session),
        queues=queues(session),
        proof=last_proof(session),
        disk=disk(),
        clock_seconds=clock_seconds(session),
    )


def signs(session: Session, now: datetime) -> tuple[Sign, ...]:
    """The workers of the last day, the latest first."""
    columns = (
        Heartbeat.name,
        Heartbeat.started_at,
        Heartbeat.seen_at,
        Heartbeat.stopped_at,
        Heartbeat.done,
        Heartbeat.sent,
        Heartbeat.failed,
    )
    recent = select(*columns).where(Heartbeat.seen_at > now - SHOWN).order_by(Heartbeat.seen_at.desc())
    return tuple(Sign(*row) for row in session.execute(recent.limit(50)))


def piles(session: Session) -> tuple[Pile, ...]:
    """Jobs that are not done, by kind and state."""
    grouped = (
        select(Job.kind, Job.state, func.count(Job.id), func.min(Job.due_at))
        .where(Job.state != "done")
        .group_by(Job.kind, Job.state)
        .order_by(Job.kind, Job.state)
    )
    return tuple(Pile(*row) for row in session.execute(grouped))


def queues(session: Session) -> tuple[Queue, ...]:
    """What waits to be told, and what was laid aside, by channel; without any the app alone, with nothing."""
    is_waiting = OutboxMessage.dead_at.is_(None)
    row = session.execute(
        select(
            func.count(case((is_waiting, 1))),
            func.min(case((is_waiting, OutboxMessage.at))),
            func.count(case((~is_waiting, 1))),
        ).where(OutboxMessage.sent_at.is_(None))
    ).one()
    return (Queue("app", row[0], row[1], row[2]),)


def last_proof(session: Session) -> Proof | None:
    """The newest run of verify that has ended; while there is none, the newest that was asked for."""
    newest = (
        select(
            VerifyRun.id,
            VerifyRun.source,
            VerifyRun.asked_at,
            VerifyRun.finished_at,
            VerifyRun.milliseconds,
            VerifyRun.invariants,
            VerifyRun.breaches,
        )
        .order_by(VerifyRun.finished_at.is_(None), VerifyRun.id.desc())
        .limit(1)
    )
    row = session.execute(newest).one_or_none()
    return None if row is None else Proof(*row)


def disk() -> Disk | None:
    """The disk under the data folder; None when it cannot be asked."""
    place = folder().parent
    try:
        usage = shutil.disk_usage(place if place.exists() else Path.cwd())
    except OSError:
        return None
    return Disk(usage.total, usage.free)


def clock_seconds(session: Session) -> float:
    """How far the database's clock is ahead of ours; SQLite has ours."""
    if session.get_bind().dialect.name == "sqlite":
        return 0.0
    theirs = session.scalar(select(func.clock_timestamp()))
    return (theirs - clock.now()).total_seconds() if theirs else 0.0


def database_bytes(session: Session) -> int:
    """How large the database is on its disk."""
    if session.get_bind().dialect.name == "sqlite":
        pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        return int(session.scalar(text(pages)) or 0)
    return int(session.scalar(select(func.pg_database_size(func.current_database()))) or 0)


def refusals(session: Session, now: datetime, codes: set[str]) -> dict[str, int]:
    """Refusals of the last day that were written down, by code, the commonest first."""
    counted = func.count(AuditEntry.id)
    newest = select(func.coalesce(func.max(AuditEntry.id), 0)).scalar_subquery()
    grouped = (
        select(AuditEntry.event, counted)
        .where(AuditEntry.id > newest - LOOKED_THROUGH)
        .where(AuditEntry.at > now - RECENT, AuditEntry.event.in_(sorted(codes)))
        .group_by(AuditEntry.event)
        .order_by(counted.desc(), AuditEntry.event)
    )
    return dict(session.execute(grouped).tuples().all())
