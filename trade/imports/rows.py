"""What the generic importers take: plain values keyed by the source's own codes, whatever file they came from.

Each row has `external_code`, its key at the source. References to other nouns are our codes (tier, territory,
category, SKU, price list, distributor, warehouse); people have none, so a rep is named by external code.
A key stands once in a delivery; whoever reads the file refuses a second. `facts` is what the source says and we do not
use; it is kept, so that nothing is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node of the category or territory tree; `parent` is our code or None at the root."""

    external_code: str
    code: str
    name: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class TierRow:
    external_code: str
    code: str
    name: str
    rank: int = 1


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A rep whom the source knows by number; without a password nobody can sign in as one."""

    external_code: str
    name: str


@dataclass(frozen=True, slots=True)
class DistributorRow:
    """A company with its address and standing. The last block opens it and is left alone from then on."""

    external_code: str
    code: str
    name: str
    phone: str | None
    address: str
    tier: str
    territory: str | None
    facts: Facts
    currency: str
    rep: str | None
    since: date


@dataclass(frozen=True, slots=True)
class FamilyRow:
    external_code: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SkuRow:
    """A sellable thing; `safety_stock` in base units, `order_factor` base units in an order unit."""

    external_code: str
    code: str
    name: str
    category: str
    family: str | None
    tax_rate: Decimal
    base_unit: str
    order_unit: str
    order_factor: int
    is_sellable: bool
    safety_stock: int
    colour: str | None
    size: str | None
    description: str | None
    facts: Facts


@dataclass(frozen=True, slots=True)
class PriceListRow:
    external_code: str
    code: str
    name: str
    kind: str  # base, tier
    tier: str | None
    currency: str
    basis: str  # gross, net
    valid_from: date


@dataclass(frozen=True, slots=True)
class PriceEntry:
    """A fixed price of a SKU per `unit`; holds on `valid_from <= day < valid_to`."""

    external_code: str
    price_list: str
    sku: str
    unit: str
    factor: int
    min_quantity: int
    price: Decimal
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class StockCount:
    """Base units on hand in a warehouse at a moment. An opening count only fills a place that never moved."""

    warehouse: str
    sku: str
    quantity: int
    as_of: datetime
    is_opening: bool = False


@dataclass(frozen=True, slots=True)
class OrderLineRow:
    """`price` and `list_price` per `unit`; amounts of the whole line, with up to 4 decimals.

    A line is known by its order and number; `external_code` is what the source sold under.
    """

    line_no: int
    external_code: str
    sku: str
    sku_name: str
    category: str
    unit: str
    quantity: int
    tax_rate: Decimal
    list_price: Decimal | None
    price: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    unit_cost: Decimal | None
    promotion: str | None
    facts: Facts
    factor: int = 1  # base units in the unit


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A closed document of the past: everything was shipped and received, nothing is owed for it here."""

    external_code: str
    number: str
    order_date: date
    distributor: str
    territory: str | None
    rep: str | None
    currency: str
    ship_date: date
    tracking_number: str
    charges: Mapping[str, Decimal]
    lines: tuple[OrderLineRow, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one delivery of a source brings; it is written as a whole or not at all."""

    source: str
    brand: str  # the company that invoices, where none is set up yet
    territories: tuple[NodeRow, ...] = ()
    tiers: tuple[TierRow, ...] = ()
    people: tuple[PersonRow, ...] = ()
    distributors: tuple[DistributorRow, ...] = ()
    categories: tuple[NodeRow, ...] = ()
    families: tuple[FamilyRow, ...] = ()
    skus: tuple[SkuRow, ...] = ()
    price_lists: tuple[PriceListRow, ...] = ()
    prices: tuple[PriceEntry, ...] = ()
    counts: tuple[StockCount, ...] = ()
    orders: tuple[OrderRow, ...] = field(default=(), repr=False)
