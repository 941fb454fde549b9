from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, aliased, column_property, mapped_column

from trade import clock
from trade.db import Base
from trade.distributors import states
from trade.distributors.rules import spelled_line


class LegalEntity(Base):
    """A company of the brand that issues invoices (开票主体)."""

    __tablename__ = "legal_entity"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    credit_code: Mapped[str | None]  # unified social credit code, as tax number on papers
    address: Mapped[str | None]
    phone: Mapped[str | None]
    bank_name: Mapped[str | None]
    bank_account: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class PriceGroup(Base):
    """Distributors who share a price list although their tiers differ (价格组)."""

    __tablename__ = "price_group"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]


class CreditGroup(Base):
    """Distributors whose exposure is looked at together (授信组)."""

    __tablename__ = "credit_group"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]


class Tier(Base):
    """A grade of distributors (等级); price, assortment, credit and policy hang on it. Rank 1 is the highest."""

    __tablename__ = "tier"
    __table_args__ = (UniqueConstraint("source", "external_code"),)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    rank: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Channel(Base):
    __tablename__ = "channel"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]


class Territory(Base):
    """A node of the brand's own tree; `path` is the ids from the root, such as /1/7/, so a prefix is a subtree."""

    __tablename__ = "territory"
    __table_args__ = (UniqueConstraint("source", "external_code"), Index("ix_territory_path", "path"))
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    path: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Region(Base):
    """A province (2 digits), city (4) or county (6) of GB/T 2260; addresses and territories refer to codes, never names."""

    __tablename__ = "region"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    full_name: Mapped[str]  # 福建省漳州市芗城区: what stands before the street on papers
    parent_code: Mapped[str | None] = mapped_column(index=True)


class TerritoryRegion(Base):
    """Which regions a territory covers, by prefix of GB/T 2260; the longest prefix of an address decides."""

    __tablename__ = "territory_region"
    __table_args__ = (Index("ix_territory_region_territory_id", "territory_id"),)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    region_code: Mapped[str] = mapped_column(unique=True)


class Distributor(Base):
    """A company that buys from the brand (经销商)."""

    __tablename__ = "distributor"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint("status IN ('prospect', 'active', 'suspended', 'ended')", name="status"),
        CheckConstraint("back_order_policy IN ('refuse', 'wait', 'partial')", name="back_order_policy"),
        CheckConstraint("tax_mode IN ('special', 'normal', 'none')", name="tax_mode"),
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
    legal_representative: Mapped[str | None]
    registered_address: Mapped[str | None]
    licence_expires_on: Mapped[date | None]  # the licence itself is an attachment
    bank_name: Mapped[str | None]
    bank_account: Mapped[str | None]
    internal_note: Mapped[str | None]  # the brand's own; never shown on the portal
    credit_group_id: Mapped[int | None] = mapped_column(ForeignKey("credit_group.id"))
    currency: Mapped[str] = mapped_column(default="CNY")
    status: Mapped[str] = mapped_column(default="active")
    status_reason: Mapped[str | None]  # why it is suspended or ended
    tax_mode: Mapped[str] = mapped_column(default="special")  # which invoice it wants: 专票, 普票, 不开票
    back_order_policy: Mapped[str] = mapped_column(default="refuse")
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    source_facts: Mapped[str | None]  # what the source says and we do not use, as JSON text
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]
    welcome_since: Mapped[datetime | None]  # its people see the first steps until they lay them aside
    forgotten_at: Mapped[datetime | None]  # its people's personal data are overwritten

    @property
    def is_closed(self) -> bool:
        """Whether nothing is ordered: paused, or ended."""
        return self.status in states.CLOSED


class Standing(Base):
    """What a distributor is to the brand from one day on: tier, channel, territory, rep, parent, terms.

    Valid on `valid_from <= day < valid_to`; an open end is None. A change closes one row and opens the next.
    """

    __tablename__ = "distributor_standing"
    __table_args__ = (
        UniqueConstraint("distributor_id", "valid_from"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        CheckConstraint("terms IN ('monthly', 'delivery', 'advance')", name="terms"),
        CheckConstraint("advance_percent BETWEEN 1 AND 100", name="advance_percent"),
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
    price_group_id: Mapped[int | None] = mapped_column(ForeignKey("price_group.id"))
    terms: Mapped[str] = mapped_column(default="monthly")  # 月结, 货到, 款到发货
    terms_days: Mapped[int] = mapped_column(default=30)
    advance_percent: Mapped[int] = mapped_column(default=100)  # of an order, with terms in advance: 预付 x %
    reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who set it, if a person did
    set_at: Mapped[datetime | None] = mapped_column(default=clock.now)


_Place = aliased(Region)  # of an address, whatever else a statement asks of regions


class Address(Base):
    __tablename__ = "address"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        Index("ix_address_distributor_id", "distributor_id"),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    contact_name: Mapped[str]
    phone: Mapped[str | None]
    region_code: Mapped[str | None] = mapped_column()  # GB/T 2260
    line: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]
    region_name: Mapped[str | None] = column_property(
        select(_Place.full_name).where(_Place.code == region_code).correlate_except(_Place).scalar_subquery()
    )

    @property
    def spelled(self) -> str:
        """The whole of it as people write it, from the province on."""
        return spelled_line(self.line, self.region_name)


class Contact(Base):
    """Somebody at a distributor whom the brand calls; need not sign in."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_distributor_id", "distributor_id"),)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    name: Mapped[str]
    position: Mapped[str] = mapped_column(default="")
    phone: Mapped[str | None]
    email: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]


class Authorisation(Base):
    """What a distributor may sell (授权): product line × area × channel, None = any of that kind.

    No row at all = no restriction; else a SKU must lie in one that holds on the day.
    """

    __tablename__ = "authorisation"
    __table_args__ = (Index("ix_authorisation_distributor_id", "distributor_id"),)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
