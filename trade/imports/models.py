from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class ImportRun(Base):
    """What an import read and changed."""

    __tablename__ = "import_run"
    source: Mapped[str]
    kind: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)  # read, inserted, updated, unchanged
    changes: Mapped[list[Any]] = mapped_column(JSON)  # the updated rows by code, with before and after
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class Upload(Base):
    """A file that somebody brings in by page: uploaded, its columns named, checked row by row, then written by a job."""

    __tablename__ = "import_upload"
    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'writing', 'done', 'failed', 'dropped')",
            name="state",
        ),
        CheckConstraint("mode IN ('all', 'valid')", name="mode"),
        Index("ix_import_upload_person_id", "person_id", "id"),
    )
    kind: Mapped[str]  # a key of uploads_fields.KINDS
    state: Mapped[str] = mapped_column(default="uploaded")
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    stored_as: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]  # bytes
    shape: Mapped[str]  # sha256 over kind and headings: files of one shape share their column mapping
    headings: Mapped[list[str]] = mapped_column(JSON)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # field → heading
    choices: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # price list, warehouse, as of …
    mode: Mapped[str] = mapped_column(default="all")  # all or nothing, or valid rows
    rows: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)  # progress of the step under way
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # the first ones, for the page
    problems_as: Mapped[str | None]  # the file of all bad rows with what is wrong with each
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]


class ColumnMapping(Base):
    """Which heading of a file's shape is which field, as somebody said the last time."""

    __tablename__ = "import_mapping"
    __table_args__ = (UniqueConstraint("kind", "shape"),)
    kind: Mapped[str]
    shape: Mapped[str]
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
