from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class LibraryItem(Base):
    """Something distributors may fetch: product material (物料), training (培训), a price or a policy paper.

    For whom it is, its audience says, asked on the day of reading: who comes into a tier finds what is for the tier.
    """

    __tablename__ = "library_item"
    __table_args__ = (
        CheckConstraint("kind IN ('material', 'training', 'price', 'policy')", name="kind"),
        Index("ix_library_item_kind", "kind", "id"),
    )
    kind: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    search_text: Mapped[str]
    is_everyone: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    edition: Mapped[int] = mapped_column(default=0)  # of its latest file; without a file nobody sees it
    downloads: Mapped[int] = mapped_column(default=0)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]


class LibraryTie(Base):
    """What of the range an item is about: a category with all below it, or one SKU."""

    __tablename__ = "library_tie"
    __table_args__ = (
        UniqueConstraint("item_id", "category_id"),
        UniqueConstraint("item_id", "sku_id"),
        CheckConstraint("(category_id IS NULL) <> (sku_id IS NULL)", name="one"),
        Index("ix_library_tie_sku_id", "sku_id"),
        Index("ix_library_tie_category_id", "category_id"),
    )
    item_id: Mapped[int] = mapped_column(ForeignKey("library_item.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    sku_id: Mapped[int | None] = mapped_column(ForeignKey("sku.id"))


class LibraryFile(Base):
    """Append-only. One version of an item's file; the one of its edition is the one that is handed out."""

    __tablename__ = "library_file"
    __table_args__ = (UniqueConstraint("item_id", "edition"),)
    item_id: Mapped[int] = mapped_column(ForeignKey("library_item.id"))
    edition: Mapped[int]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    note: Mapped[str] = mapped_column(default="")  # what is new in it
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class LibraryDownload(Base):
    """Append-only. Who fetched which version, for which distributor (none: the brand's own people)."""

    __tablename__ = "library_download"
    __table_args__ = (
        Index("ix_library_download_item_id", "item_id", "id"),
        Index("ix_library_download_distributor_id", "distributor_id"),
    )
    item_id: Mapped[int] = mapped_column(ForeignKey("library_item.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("library_file.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
