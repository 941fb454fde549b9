from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from trade.db import Base


class BackupRun(Base):
    """One attempt to keep everything in a file; written when it has ended, so that no backup holds half of its own."""

    __tablename__ = "backup_run"
    __table_args__ = (
        CheckConstraint("kind IN ('by_hand', 'scheduled')", name="kind"),
        CheckConstraint("error IS NOT NULL OR (file IS NOT NULL AND size > 0)", name="outcome"),
        Index("ix_backup_run_finished_at", "finished_at"),
    )
    kind: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    file: Mapped[str | None]  # its name, without the folder
    size: Mapped[int | None] = mapped_column(BigInteger)  # bytes
    verified_at: Mapped[datetime | None]  # when it was restored into a scratch place and proven
    error: Mapped[str | None]
    told_at: Mapped[datetime | None]  # when administrators were told of the failure
    removed_at: Mapped[datetime | None]  # when newer ones took its place
