from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Attachment(Base):
    """A file that belongs to a document; who may see the document may see it."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index("ix_attachment_subject", "subject", "subject_id"),
    )
    subject: Mapped[str]  # noun of the owning document
    subject_id: Mapped[int]
    name: Mapped[str]  # as the person named it; shown, never a path
    media_type: Mapped[str]  # by content
    size: Mapped[int]  # bytes
    sha256: Mapped[str]
    stored_as: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]
