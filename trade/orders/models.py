from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trade import clock
from trade.db import Base
from trade.numbers import tail_of

OWN = "portal"  # the source of orders made here; imported history has its own
WHOLE_CENTS = "source = 'import' OR ({0} % 100 = 0)"


class Order(Base):
    """A cart while it is a draft, an order from submission on. Amounts in its currency.

    The facts from `distributor_code` to `currency` are frozen at submission; reports read them, not the masters.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint(
            "approval_state IN ('draft', 'held', 'pending', 'returned', 'approved', 'rejected', 'cancelled')",
            name="approval_state",
        ),
        CheckConstraint(WHOLE_CENTS.format("gross"), name="gross_cents"),
        CheckConstraint("advance_percent BETWEEN 0 AND 100", name="advance_percent"),
        CheckConstraint("earmarked >= 0 AND earmarked % 100 = 0", name="earmarked"),
        Index("ix_sales_order_distributor", "distributor_id", "approval_state", "id"),
        CheckConstraint("approval_state = 'draft' OR order_date IS NOT NULL", name="order_date"),
        Index("ix_sales_order_state", "approval_state", "order_date", "id"),
        Index("ix_sales_order_fulfilment", "fulfilment", "order_date", "id"),
        Index("ix_sales_order_rep", "rep_id", "order_date", "id"),
        Index("ix_sales_order_date", "order_date", "id"),
        Index("ix_sales_order_report", "distributor_id", "order_date", "id"),
        Index("ix_sales_order_number_tail", "number_tail"),
        Index("ix_sales_order_together_id", "together_id"),
        Index("ix_sales_order_registration_id", "registration_id", "id"),
        Index(
            "uq_sales_order_cart",
            "distributor_id",
            "buyer_id",
            unique=True,
            sqlite_where=text("approval_state = 'draft'"),
            postgresql_where=text("approval_state = 'draft'"),
        ),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approval_state: Mapped[str] = mapped_column(default="draft")
    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[str | None] = mapped_column(unique=True)
    number_tail: Mapped[str | None] = mapped_column(
        Computed(tail_of("number"), persisted=True), deferred=True
    )
    order_date: Mapped[date | None]
    submitted_at: Mapped[datetime | None]
    decide_by: Mapped[datetime | None]  # then a pending order is given back
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # why held or pending
    is_taken: Mapped[bool] = mapped_column(default=False)  # whether it holds credit and stock
    remark: Mapped[str] = mapped_column(default="")
    wanted_date: Mapped[date | None]
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    together_id: Mapped[int | None] = mapped_column(
        ForeignKey("sales_order.id")
    )  # the first of one cart's orders
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id")
    )  # the customer (报备) that it is for; a project price hangs on it

    distributor_code: Mapped[str | None]
    distributor_name: Mapped[str | None]
    tier_code: Mapped[str | None]
    tier_name: Mapped[str | None]
    channel_code: Mapped[str | None]
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    territory_code: Mapped[str | None]
    rep_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    rep_name: Mapped[str | None]
    terms: Mapped[str | None]
    terms_days: Mapped[int | None]
    advance_percent: Mapped[int] = mapped_column(default=0)  # of the gross to be paid before it is released
    ship_to: Mapped[str | None]
    ship_contact: Mapped[str | None]
    ship_phone: Mapped[str | None]
    invoice_title: Mapped[str | None]
    currency: Mapped[str]

    gross: Mapped[Decimal] = mapped_column(
        default=Decimal(0)
    )  # sums of the lines and charges, written with them
    net: Mapped[Decimal] = mapped_column(default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(default=Decimal(0))
    earmarked: Mapped[Decimal] = mapped_column(default=Decimal(0))  # money kept for what is not shipped of it
    fulfilment: Mapped[str] = mapped_column(default="open")  # open, partial, complete
    receipt: Mapped[str] = mapped_column(default="open")
    payment: Mapped[str] = mapped_column(default="open")
    source: Mapped[str] = mapped_column(default=OWN)
    external_code: Mapped[str | None]
    source_facts: Mapped[str | None]  # what the source says and we do not use, as JSON text
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.line_no", lazy="raise", viewonly=True)


class OrderLine(Base):
    """Quantities after `quantity` are base units; `price` is per `unit`, `list_price` too.

    The facts from `sku_code` on and the price with its steps are frozen at submission.
    """

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "sku_id", "delivery_no"),
        UniqueConstraint("order_id", "line_no"),
        CheckConstraint("quantity > 0 AND factor > 0 AND base_quantity = quantity * factor", name="quantity"),
        CheckConstraint(
            "shipped >= 0 AND cancelled >= 0 AND shipped + cancelled <= base_quantity", name="shipped"
        ),
        CheckConstraint("received >= 0 AND lost >= 0 AND received + lost <= shipped", name="received"),
        CheckConstraint("returned >= 0 AND returned <= received", name="returned"),
        CheckConstraint("reserved >= 0 AND reserved + shipped + cancelled <= base_quantity", name="reserved"),
        CheckConstraint("gross = net + tax", name="gross"),
        Index("ix_order_line_sku_id", "sku_id", "order_id"),
        Index(
            "ix_order_line_cancelled",
            "order_id",
            "cancelled_gross",
            sqlite_where=text("cancelled > 0"),
            postgresql_where=text("cancelled > 0"),
        ),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    line_no: Mapped[int]
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    unit: Mapped[str]
    factor: Mapped[int]
    quantity: Mapped[int]  # of `unit`
    base_quantity: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    shipped: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)
    lost: Mapped[int] = mapped_column(default=0)  # shipped, never received, and credited
    delivery_no: Mapped[int] = mapped_column(default=1)  # of a cart that goes to several places

    sku_code: Mapped[str | None]
    sku_name: Mapped[str | None]
    brand: Mapped[str | None]
    category_code: Mapped[str | None]
    tax_rate: Mapped[Decimal | None]
    list_price: Mapped[Decimal | None]
    price: Mapped[Decimal | None]
    discount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    gross: Mapped[Decimal] = mapped_column(default=Decimal(0))
    net: Mapped[Decimal] = mapped_column(default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(default=Decimal(0))
    cancelled_gross: Mapped[Decimal] = mapped_column(default=Decimal(0))  # of `gross`, what was cancelled
    shipped_gross: Mapped[Decimal] = mapped_column(default=Decimal(0))  # of `gross`, what was shipped
    returned_gross: Mapped[Decimal] = mapped_column(default=Decimal(0))  # of `gross`, what was credited
    unit_cost: Mapped[Decimal | None]  # per `unit`; only who may read costs
    promotion_code: Mapped[str | None]
    price_inputs: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    price_steps: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    external_code: Mapped[str | None]
    source_facts: Mapped[str | None]


class OrderCharge(Base):
    """Freight and fees; part of the order's gross."""

    __tablename__ = "order_charge"
    __table_args__ = (UniqueConstraint("order_id", "kind"),)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    kind: Mapped[str]
    amount: Mapped[Decimal]


class OrderEvent(Base):
    """The history of an order, append-only: who did what, when, from where, for whom."""

    __tablename__ = "order_event"
    __table_args__ = (UniqueConstraint("order_id", "version"),)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    version: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class CartDelivery(Base):
    """A further place or day to which a part of a cart goes; on submission it becomes an order of its own."""

    __tablename__ = "cart_delivery"
    __table_args__ = (
        UniqueConstraint("order_id", "delivery_no"),
        CheckConstraint("delivery_no > 1", name="no"),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    delivery_no: Mapped[int]
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    wanted_date: Mapped[date | None]


class Allocation(Base):
    """Base units of a line that a warehouse keeps for it; a line's `reserved` is their sum."""

    __tablename__ = "order_allocation"
    __table_args__ = (
        UniqueConstraint("line_id", "warehouse_id"),
        CheckConstraint("reserved > 0", name="reserved"),
        Index("ix_order_allocation_warehouse_id", "warehouse_id"),
    )
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    reserved: Mapped[int]


class OrderRemark(Base):
    """What distributor and brand write to each other about an order; a nudge (催单) runs until it is answered.

    A `note` is the brand's own and never reaches the portal.
    """

    __tablename__ = "order_remark"
    __table_args__ = (
        CheckConstraint("kind IN ('remark', 'nudge', 'note')", name="kind"),
        CheckConstraint("side IN ('portal', 'admin')", name="side"),
        Index("ix_order_remark_order_id", "order_id", "id"),
        Index(
            "uq_order_remark_open_nudge",
            "order_id",
            unique=True,
            sqlite_where=text("kind = 'nudge' AND answered_at IS NULL"),
            postgresql_where=text("kind = 'nudge' AND answered_at IS NULL"),
        ),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    kind: Mapped[str] = mapped_column(default="remark")
    side: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class OrderTemplate(Base):
    """A named list of SKUs and quantities that the people of one distributor share."""

    __tablename__ = "order_template"
    __table_args__ = (Index("ix_order_template_distributor_id", "distributor_id", "sort_key"),)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    name: Mapped[str]
    sort_key: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    uses: Mapped[int] = mapped_column(default=0)  # how often it went into a cart
    used_at: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    archived_at: Mapped[datetime | None]


class OrderTemplateLine(Base):
    __tablename__ = "order_template_line"
    __table_args__ = (
        UniqueConstraint("template_id", "sku_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )
    template_id: Mapped[int] = mapped_column(ForeignKey("order_template.id"))
    line_no: Mapped[int]
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    quantity: Mapped[int]  # of the order unit
