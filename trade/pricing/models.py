from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade.db import Base


class PriceList(Base):
    """Prices for whom `kind` says: everyone (base) or a tier. Gross or net is the list's basis."""

    __tablename__ = "price_list"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint("kind IN ('base', 'tier')", name="kind"),
        CheckConstraint("(kind = 'tier') = (tier_id IS NOT NULL)", name="target"),
        CheckConstraint("basis IN ('gross', 'net')", name="basis"),
    )
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    tier_id: Mapped[int | None] = mapped_column(ForeignKey("tier.id"))
    currency: Mapped[str] = mapped_column(default="CNY")
    basis: Mapped[str] = mapped_column(default="gross")
    priority: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]  # the first day on which it no longer holds
    published_at: Mapped[datetime | None]
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
        Index("ix_price_row_family", "family_id", "price_list_id"),
        Index("ix_price_row_category", "category_id", "price_list_id"),
        Index("ix_price_row_list", "price_list_id"),
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
    source: Mapped[str | None]
    external_code: Mapped[str | None]
