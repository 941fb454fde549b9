from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
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
