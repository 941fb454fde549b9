from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class VerifyRun(Base):
    """One proof of the books: when, how long, and what it found. A run without an end was interrupted."""

    __tablename__ = "verify_run"
    __table_args__ = (
        CheckConstraint("source IN ('night', 'page', 'command')", name="source"),
        Index("ix_verify_run_started_at", "started_at"),
    )
    source: Mapped[str]  # who asked: the worker's nightly round, a person on the page, the operator
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    milliseconds: Mapped[int] = mapped_column(default=0)
    invariants: Mapped[int] = mapped_column(default=0)  # how many promises were tested
    breaches: Mapped[int] = mapped_column(default=0)
    found: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON, default=list
    )  # the first breaches, as they were told
