from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base
from trade.numbers import tail_of


class Shipment(Base):
    """One dispatch from one warehouse (发货单)."""

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("source", "external_code"),
        CheckConstraint("state IN ('shipped', 'received')", name="state"),
        Index("ix_shipment_order_id", "order_id"),
        Index("ix_shipment_tracking_tail", "tracking_tail"),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    number: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="shipped")
    version: Mapped[int] = mapped_column(default=1)
    carrier: Mapped[str]
    tracking_number: Mapped[str]
    tracking_tail: Mapped[str] = mapped_column(
        Computed(tail_of("tracking_number"), persisted=True), deferred=True
    )
    ship_date: Mapped[date]
    gross: Mapped[Decimal] = mapped_column(default=Decimal(0))
    signed_on: Mapped[date | None]  # by the receiver, as the carrier says
    received_at: Mapped[datetime | None]
    is_auto_received: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(default="portal")
    external_code: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class ShipmentLine(Base):
    """Base units of one order line and lot; `gross` is the part of the line's gross that went with them."""

    __tablename__ = "shipment_line"
    __table_args__ = (
        UniqueConstraint("shipment_id", "order_line_id", "lot"),
        CheckConstraint("quantity > 0 AND received >= 0 AND received <= quantity", name="quantity"),
        Index("ix_shipment_line_order_line_id", "order_line_id"),
    )
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    quantity: Mapped[int]
    received: Mapped[int] = mapped_column(default=0)
    lot: Mapped[str] = mapped_column(default="")
    expires_on: Mapped[date | None]
    gross: Mapped[Decimal] = mapped_column(default=Decimal(0))
