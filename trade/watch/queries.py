"""The figures of a running installation; a handful of statements, whatever has piled up."""

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, case, func, select, text
from sqlalchemy.orm import Session

from trade import clock
from trade.attachments.store import folder
from trade.audit import AuditEntry
from trade.backups.models import BackupRun
from trade.jobs import heartbeats
from trade.jobs.models import Heartbeat, Job
from trade.notices import backlog
from trade.notices.models import OutboxMessage
from trade.watch.models import VerifyRun
from trade.watch.rules import Backup, Database, Disk, Pile, Proof, Queue, Sign, State

RECENT = timedelta(hours=24)
LOOKED_THROUGH = 5000  # entries of the audit at most, so that an old one costs no more than a young one
SHOWN = timedelta(hours=24)  # how long a worker that has ended is still told of

ON_SQLITE = """SELECT page_count * page_size, (SELECT max(version_num) FROM alembic_version), 0
    FROM pragma_page_count(), pragma_page_size()"""
ON_POSTGRESQL = """SELECT pg_database_size(current_database()), (SELECT max(version_num) FROM alembic_version),
    extract(epoch FROM clock_timestamp())"""


def look(session: Session, now: datetime) -> State:
    """Everything that somebody may have to mend, as it is at this moment."""
    return State(
        now,
        signs=signs(session, now),
        piles=piles(session),
        queues=queues(session),
        proof=last_proof(session),
        backup=last_backup(session),
        disk=disk(),
        database=database(session),
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
    """What waits to be told, and what was laid aside, by kind of channel; the app first, with nothing if need be."""
    found: dict[str, Queue] = {}
    for each in backlog.depths(session):
        known = found.get(each.kind, Queue(each.kind, 0, None, 0))
        oldest = min((moment for moment in (known.oldest, each.oldest) if moment), default=None)
        found[each.kind] = Queue(each.kind, known.waiting + each.waiting, oldest, known.dead + each.dead)
    return tuple(found.values())


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


def last_backup(session: Session) -> Backup | None:
    """How the newest attempt ended, and when the newest whole backup was made."""
    is_whole = BackupRun.error.is_(None), BackupRun.removed_at.is_(None)
    good_at = select(func.max(BackupRun.finished_at)).where(*is_whole).scalar_subquery()
    newest = select(BackupRun.finished_at, BackupRun.error, good_at).order_by(BackupRun.id.desc()).limit(1)
    last = session.execute(newest).one_or_none()
    if last is None:
        return None
    minutes = os.environ.get("TONGQU_BACKUP_MINUTES", "")
    between = timedelta(minutes=int(minutes) if minutes.isdecimal() else 24 * 60)
    return Backup(last[0], last[1], last[2], between * 1.1 + timedelta(hours=1))


def stuck(since: datetime) -> ColumnElement[int]:
    """How much was laid aside, and one more when no worker was seen: a part of the statement that every page pays for."""
    jobs = select(func.count(Job.id)).where(Job.state == "dead").scalar_subquery()
    is_dead = OutboxMessage.sent_at.is_(None), OutboxMessage.dead_at.is_not(None)
    messages = select(func.count(OutboxMessage.id)).where(*is_dead).scalar_subquery()
    lives = select(Heartbeat.id).where(*heartbeats.is_alive(since)).exists()
    return jobs + messages + case((lives, 0), else_=1)


def disk() -> Disk | None:
    """The disk under the data folder; None when it cannot be asked."""
    place = folder().parent
    try:
        usage = shutil.disk_usage(place if place.exists() else Path.cwd())
    except OSError:
        return None
    return Disk(usage.total, usage.free)


def database(session: Session) -> Database:
    """What the database says of itself, in one statement; SQLite has our clock."""
    kind = session.get_bind().dialect.name
    row = session.execute(text(ON_SQLITE if kind == "sqlite" else ON_POSTGRESQL)).one()
    ahead = 0.0 if kind == "sqlite" else float(row[2]) - clock.now().timestamp()
    return Database(kind, int(row[0]), str(row[1]), ahead)


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
    return {code: count for code, count in session.execute(grouped)}
