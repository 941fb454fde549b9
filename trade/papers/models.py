from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class PaperRun(Base):
    """Papers or a large sheet that a job makes for one person, who may leave and fetch the file later."""

    __tablename__ = "paper_run"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
        Index("ix_paper_run_person_id", "person_id", "id"),
    )
    kind: Mapped[str]  # order, delivery, return, price-list, list-orders …
    given: Mapped[dict[str, Any]] = mapped_column(JSON)  # ids or filters, and the reach of who asked
    state: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    name: Mapped[str]
    media_type: Mapped[str]
    stored_as: Mapped[str | None]
    size: Mapped[int | None]  # bytes
    last_error: Mapped[str | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]
