"""What became of each backup, for whoever must know that there is one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.backups.models import BackupRun
from trade.jobs.leases import shortened
from trade.notices import outbox

TOLD_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """A backup that was made, or why it was not."""

    kind: str  # by_hand or scheduled
    started_at: datetime
    file: str | None = None
    size: int | None = None
    verified_at: datetime | None = None
    error: str | None = None


def note(session: Session, actor: Actor, given: Outcome) -> int:
    """Write an outcome down; administrators are told of the first failure, and once a day while it lasts."""
    now = clock.now()
    is_told = given.error is not None and given.kind == "scheduled" and not _is_known(session, now)
    row = BackupRun(
        kind=given.kind,
        started_at=given.started_at,
        finished_at=now,
        file=given.file,
        size=given.size,
        verified_at=given.verified_at,
        error=None if given.error is None else shortened(given.error),
        told_at=now if is_told else None,
    )
    session.add(row)
    session.flush()
    if is_told:
        outbox.post(session, "backup.failed", backup_run_id=row.id, error=shortened(given.error or "")[:300])
    return row.id


def forget(session: Session, actor: Actor, files: Collection[str]) -> None:
    """Say which files are gone, because newer ones are there."""
    gone = update(BackupRun).where(BackupRun.file.in_(files), BackupRun.removed_at.is_(None))
    session.execute(gone.values(removed_at=clock.now()).execution_options(synchronize_session=False))


def latest(session: Session, count: int = 10) -> Sequence[BackupRun]:
    """The last attempts, newest first."""
    return session.scalars(select(BackupRun).order_by(BackupRun.id.desc()).limit(count)).all()


def last_good(session: Session) -> BackupRun | None:
    """The newest backup that was made and is still there."""
    good = select(BackupRun).where(BackupRun.error.is_(None), BackupRun.removed_at.is_(None))
    return session.scalars(good.order_by(BackupRun.id.desc()).limit(1)).first()


def is_proven_since(session: Session, moment: datetime) -> bool:
    """Whether one was restored and compared since then."""
    return session.scalar(select(func.max(BackupRun.verified_at) >= moment)) is True


def _is_known(session: Session, now: datetime) -> bool:
    """Whether people were told of this failure already: since the last good one, and not too long ago."""
    last = select(func.max(BackupRun.id)).where(BackupRun.error.is_(None)).scalar_subquery()
    told = select(BackupRun.id).where(
        BackupRun.told_at > now - TOLD_AGAIN_AFTER, BackupRun.id > func.coalesce(last, 0)
    )
    return session.scalar(select(told.exists())) is True
