from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class LegalEntity(Base):
    """A company of the brand that issues invoices (开票主体)."""

    __tablename__ = "legal_entity"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Tier(Base):
    """A grade of distributors (等级); price, assortment, credit and policy hang on it. Rank 1 is the highest."""

    __tablename__ = "tier"
    __table_args__ = (UniqueConstraint("source", "external_code"),)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    rank: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Channel(Base):
    __tablename__ = "channel"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    archived_at: Mapped[datetime | None]


class Territory(Base):
    """A node of the brand's own tree; `path` is the ids from the root, such as /1/7/, so a prefix is a subtree."""

    __tablename__ = "territory"
    __table_args__ = (UniqueConstraint("source", "external_code"), Index("ix_territory_path", "path"))
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    path: Mapped[str] = mapped_column(default="")
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Distributor(Base):
    """A company that buys from the brand (经销商)."""

    __tablename__ = "distributor"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint("status IN ('active', 'suspended', 'ended')", name="status"),
        CheckConstraint("back_order_policy IN ('refuse', 'wait', 'partial')", name="back_order_policy"),
        Index("ix_distributor_sort_key", "sort_key", "id"),
    )
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str]  # text.sort_key(name): both databases order by it alike
    search_text: Mapped[str]  # text.search_text(code, name)
    credit_code: Mapped[str | None] = mapped_column(unique=True)  # unified social credit code
    phone: Mapped[str | None]
    contact_name: Mapped[str | None]
    invoice_title: Mapped[str]
    currency: Mapped[str] = mapped_column(default="CNY")
    status: Mapped[str] = mapped_column(default="active")
    back_order_policy: Mapped[str] = mapped_column(default="refuse")
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    source_facts: Mapped[str | None]  # what the source says and we do not use, as JSON text
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]


class Standing(Base):
    """What a distributor is to the brand from one day on: tier, channel, territory, rep, parent, terms.

    Valid on `valid_from <= day < valid_to`; an open end is None. A change closes one row and opens the next.
    """

    __tablename__ = "distributor_standing"
    __table_args__ = (
        UniqueConstraint("distributor_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        CheckConstraint("terms IN ('monthly', 'delivery', 'advance')", name="terms"),
        Index("ix_distributor_standing_rep", "rep_id", "distributor_id"),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    tier_id: Mapped[int] = mapped_column(ForeignKey("tier.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    terms: Mapped[str] = mapped_column(default="monthly")  # 月结, 货到, 款到发货
    terms_days: Mapped[int] = mapped_column(default=30)


class Address(Base):
    __tablename__ = "address"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        Index("ix_address_distributor_id", "distributor_id"),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    contact_name: Mapped[str]
    phone: Mapped[str | None]
    region_code: Mapped[str | None]  # GB/T 2260
    line: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Authorisation(Base):
    """What a distributor may sell (授权). No row at all = no restriction; else a SKU's category must lie in one."""

    __tablename__ = "authorisation"
    __table_args__ = (UniqueConstraint("distributor_id", "category_id", "valid_from"),)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
