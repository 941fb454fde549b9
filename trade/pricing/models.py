from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class PriceList(Base):
    """Prices for whom `kind` says: one distributor (own), a price group, a tier, a territory's subtree or everyone (base).

    Gross or net is the list's basis. `published_at` is when it first held anything; until then nobody is priced by it.
    """

    __tablename__ = "price_list"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint("kind IN ('own', 'group', 'tier', 'territory', 'base')", name="kind"),
        CheckConstraint("(kind = 'own') = (distributor_id IS NOT NULL)", name="own"),
        CheckConstraint("(kind = 'group') = (price_group_id IS NOT NULL)", name="group"),
        CheckConstraint("(kind = 'tier') = (tier_id IS NOT NULL)", name="target"),
        CheckConstraint("(kind = 'territory') = (territory_id IS NOT NULL)", name="territory"),
        CheckConstraint("basis IN ('gross', 'net')", name="basis"),
        *(
            Index(f"ix_price_list_{name}", name)
            for name in ("distributor_id", "price_group_id", "tier_id", "territory_id", "kind")
        ),
    )
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    price_group_id: Mapped[int | None] = mapped_column(ForeignKey("price_group.id"))
    tier_id: Mapped[int | None] = mapped_column(ForeignKey("tier.id"))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    currency: Mapped[str] = mapped_column(default="CNY")
    basis: Mapped[str] = mapped_column(default="gross")
    priority: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # the first day on which it no longer holds
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class PriceRow(Base):
    """A price per `unit` from `min_quantity` of that unit on; or a percentage of the base list.

    Exactly one of sku_id, family_id, category_id. Valid on `valid_from <= day < valid_to`.
    """

    __tablename__ = "price_row"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint(
            "(CASE WHEN sku_id IS NULL THEN 0 ELSE 1 END + CASE WHEN family_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN category_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="target",
        ),
        CheckConstraint("(price IS NULL) <> (percent IS NULL)", name="value"),
        CheckConstraint("price IS NULL OR price >= 0", name="price"),
        CheckConstraint("min_quantity > 0 AND factor > 0", name="quantity"),
        Index("ix_price_row_sku", "sku_id", "price_list_id"),
        Index(
            "ix_price_row_family",
            "family_id",
            "price_list_id",
            sqlite_where=text("family_id IS NOT NULL"),
            postgresql_where=text("family_id IS NOT NULL"),
        ),
        Index(
            "ix_price_row_category",
            "category_id",
            "price_list_id",
            sqlite_where=text("category_id IS NOT NULL"),
            postgresql_where=text("category_id IS NOT NULL"),
        ),
        Index("ix_price_row_list", "price_list_id", "category_id"),
        Index("ix_price_row_draft_id", "draft_id"),
    )
    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id"))
    sku_id: Mapped[int | None] = mapped_column(ForeignKey("sku.id"))
    family_id: Mapped[int | None] = mapped_column(ForeignKey("product_family.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    unit: Mapped[str]
    factor: Mapped[int] = mapped_column(default=1)  # base units in the unit
    min_quantity: Mapped[int] = mapped_column(default=1)  # of the unit
    price: Mapped[Decimal | None]
    percent: Mapped[Decimal | None]  # of the base list's price for the same SKU and quantity
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("price_draft.id"))  # the publication it came with
    source: Mapped[str | None]
    external_code: Mapped[str | None]


class PriceDraft(Base):
    """A change of a price list: prepared by several people at a time, then published from a day on.

    One is open at a time. What was published stays as it was, also when it is withdrawn before its day.
    """

    __tablename__ = "price_draft"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'published', 'discarded', 'withdrawn')", name="state"),
        Index(
            "uq_price_draft_open",
            "price_list_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id"))
    state: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    valid_from: Mapped[date | None]  # from which day it holds; said when it is published
    note: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changes: Mapped[int] = mapped_column(default=0)  # rows that it changed, added or ended
    accepted: Mapped[dict[str, Any] | None] = mapped_column(
        JSON
    )  # warnings that were accepted: code → how many
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[
        datetime | None
    ]  # since when somebody is asked to let it hold; meanwhile nobody edits it


class PriceDraftRow(Base):
    """What a draft says about one target, unit and break: a new value, or that the row ends."""

    __tablename__ = "price_draft_row"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN sku_id IS NULL THEN 0 ELSE 1 END + CASE WHEN family_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN category_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="target",
        ),
        CheckConstraint("is_removed OR (price IS NULL) <> (percent IS NULL)", name="value"),
        CheckConstraint("price IS NULL OR price >= 0", name="price"),
        CheckConstraint("min_quantity > 0 AND factor > 0", name="quantity"),
        UniqueConstraint("draft_id", "target", "unit", "min_quantity"),
    )
    draft_id: Mapped[int] = mapped_column(ForeignKey("price_draft.id"))
    target: Mapped[str]  # sku-12, family-3, category-7: what the unique key and the grid name
    sku_id: Mapped[int | None] = mapped_column(ForeignKey("sku.id"))
    family_id: Mapped[int | None] = mapped_column(ForeignKey("product_family.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    unit: Mapped[str]
    factor: Mapped[int] = mapped_column(default=1)
    min_quantity: Mapped[int] = mapped_column(default=1)
    price: Mapped[Decimal | None]
    percent: Mapped[Decimal | None]
    is_removed: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who typed it last
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class PriceRowEnd(Base):
    """That a publication ended a row on its day, and until when the row held before; a withdrawal goes by it."""

    __tablename__ = "price_row_end"
    __table_args__ = (
        UniqueConstraint("draft_id", "price_row_id"),
        Index("ix_price_row_end_price_row_id", "price_row_id"),
    )
    draft_id: Mapped[int] = mapped_column(ForeignKey("price_draft.id"))
    price_row_id: Mapped[int] = mapped_column(ForeignKey("price_row.id"))
    valid_to_before: Mapped[date | None]


class ProjectPrice(Base):
    """What a SKU costs for one registered customer (项目价): tied to a registration, and asked before every list.

    It holds on `valid_from <= day < valid_to`, and only while the registration does. Gross per order unit.
    """

    __tablename__ = "project_price"
    __table_args__ = (
        UniqueConstraint("registration_id", "sku_id", "min_quantity", "valid_from"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("min_quantity > 0 AND factor > 0", name="quantity"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        Index("ix_project_price_registration_id", "registration_id", "sku_id"),
    )
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    unit: Mapped[str]
    factor: Mapped[int] = mapped_column(default=1)  # base units in the unit
    min_quantity: Mapped[int] = mapped_column(default=1)  # of the unit
    price: Mapped[Decimal]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who gave it
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
