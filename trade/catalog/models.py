from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base, BigId


class Category(Base):
    """A node of the category tree; `path` is the ids from the root, such as /3/12/."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("source", "external_code"), Index("ix_category_path", "path"))
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    path: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)  # among its siblings; equal ones go by sort_key
    sort_key: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Family(Base):
    """SKUs that are one product in several sizes, colours or flavours."""

    __tablename__ = "product_family"
    __table_args__ = (UniqueConstraint("source", "external_code"),)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Sku(Base):
    """One sellable thing. Quantities are base units; `tax_rate` is a fraction such as 0.13."""

    __tablename__ = "sku"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint("moq > 0 AND multiple > 0", name="steps"),
        Index("ix_sku_listing", "category_id", "sort_key", "id"),
        Index("ix_sku_sort_key", "sort_key", "id"),
        Index("ix_sku_barcode", "barcode"),
        Index("ix_sku_external_code", "external_code"),
    )
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sort_key: Mapped[str]
    search_text: Mapped[str]  # what the grams are made of: name, code, barcodes, pinyin, initials
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    family_id: Mapped[int | None] = mapped_column(ForeignKey("product_family.id"))
    brand: Mapped[str | None]
    colour: Mapped[str | None]
    size: Mapped[str | None]
    description: Mapped[str | None]
    flavour: Mapped[str | None]
    barcode: Mapped[str | None]  # of the base unit; those of packs stand with the packs
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id"))  # of its pictures, the first
    base_unit: Mapped[str]  # 瓶; msgid of the unit word
    order_unit: Mapped[str]  # 箱: the unit that orders and price lists show first
    order_factor: Mapped[int] = mapped_column(default=1)  # base units in an order unit
    moq: Mapped[int] = mapped_column(default=1)  # order units
    multiple: Mapped[int] = mapped_column(default=1)  # order units
    tax_rate: Mapped[Decimal]
    floor_price: Mapped[Decimal | None]  # gross per order unit; no list goes below it unseen
    safety_stock: Mapped[int] = mapped_column(default=0)  # base units
    is_sellable: Mapped[bool] = mapped_column(default=True)
    is_restricted: Mapped[bool] = mapped_column(
        default=False
    )  # only those whom a VisibilityRule names see it
    sale_from: Mapped[date | None]
    sale_to: Mapped[date | None]
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    source_facts: Mapped[str | None]  # what the source says and we do not use, as JSON text
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]


class SkuPack(Base):
    """A pack of a SKU (盒, 箱, 托) with how many base units it holds and its own barcode."""

    __tablename__ = "sku_pack"
    __table_args__ = (
        UniqueConstraint("sku_id", "unit"),
        CheckConstraint("factor > 0", name="factor"),
    )
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    unit: Mapped[str]
    factor: Mapped[int]
    barcode: Mapped[str | None] = mapped_column(unique=True)


class BarcodeClaim(Base):
    """Whose barcode it is, so that no other SKU and no pack can have it; written by `index.write` alone."""

    __tablename__ = "barcode_claim"
    __table_args__ = (Index("ix_barcode_claim_sku_id", "sku_id"),)
    barcode: Mapped[str] = mapped_column(unique=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))


class SkuPicture(Base):
    """A picture of a SKU with its small size for lists; the lowest position comes first."""

    __tablename__ = "sku_picture"
    __table_args__ = (Index("ix_sku_picture_sku_id", "sku_id", "position"),)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    thumbnail_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), unique=True)
    position: Mapped[int]


class VisibilityRule(Base):
    """Opens a restricted SKU to a tier, a territory's subtree, a channel, a distributor, or all at once; None means any."""

    __tablename__ = "visibility_rule"
    __table_args__ = (Index("ix_visibility_rule_sku_id", "sku_id"),)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    tier_id: Mapped[int | None] = mapped_column(ForeignKey("tier.id"))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))


class SearchGram(Base):
    """Two neighbouring characters of a SKU's search text; a two-character word is one look-up.

    Half a million rows in an import, made from the SKUs alone: no key of its own and no foreign key; verify compares.
    """

    __tablename__ = "search_gram"
    __table_args__ = (Index("ix_search_gram_sku_id", "sku_id"),)
    id = None  # type: ignore[assignment]  # the pair is the key
    gram: Mapped[str] = mapped_column(primary_key=True)
    sku_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
