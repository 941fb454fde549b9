from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Warehouse(Base):
    """A house from which goods leave. Where several have a SKU, one that serves the distributor's territory goes first."""

    __tablename__ = "warehouse"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    address: Mapped[str | None]
    contact_name: Mapped[str | None]
    phone: Mapped[str | None]
    priority: Mapped[int] = mapped_column(default=1)  # among equals the smallest goes first
    transit_days: Mapped[int] = mapped_column(default=3)
    version: Mapped[int] = mapped_column(default=1)
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class WarehouseTerritory(Base):
    """A territory whose subtree a warehouse serves first."""

    __tablename__ = "warehouse_territory"
    __table_args__ = (UniqueConstraint("warehouse_id", "territory_id"),)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))


class Stock(Base):
    """Base units. `quarantine` lies apart and is not part of `on_hand`; below `low_at` the warehouse is told.

    `on_hand` may fall below `reserved` after a count (shown, not refused), never by a reservation.
    """

    __tablename__ = "stock"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "sku_id"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("quarantine >= 0", name="quarantine"),
        Index("ix_stock_sku_id", "sku_id"),
    )
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    quarantine: Mapped[int] = mapped_column(default=0)
    low_at: Mapped[int | None]
    told_low_at: Mapped[datetime | None]  # since when the warehouse knows that it is below


class StockMovement(Base):
    """Append-only; `on_hand`, `reserved` and `quarantine` of the stock are the sums of its rows."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        UniqueConstraint("source", "warehouse_id", "sku_id", "lot"),
        CheckConstraint(
            "kind IN ('count', 'reserve', 'release', 'issue', 'transfer_out', 'transfer_in', 'return',"
            " 'restock', 'scrap')",
            name="kind",
        ),
        CheckConstraint("on_hand <> 0 OR reserved <> 0 OR quarantine <> 0", name="moves"),
        Index("ix_stock_movement_key", "sku_id", "warehouse_id", "id"),
    )
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    kind: Mapped[str]
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    quarantine: Mapped[int] = mapped_column(default=0)
    lot: Mapped[str] = mapped_column(default="")  # "" = not known
    expires_on: Mapped[date | None]
    source: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class StockTransfer(Base):
    """Goods on their way from one warehouse to another; they left on dispatch and count again on arrival."""

    __tablename__ = "stock_transfer"
    __table_args__ = (
        CheckConstraint("state IN ('dispatched', 'arrived')", name="state"),
        CheckConstraint("from_id <> to_id", name="way"),
    )
    number: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # of the form: the same form twice is one transfer
    from_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    state: Mapped[str] = mapped_column(default="dispatched")
    version: Mapped[int] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    arrived_at: Mapped[datetime | None]


class StockTransferLine(Base):
    """Base units that left and that arrived; the difference was lost on the way."""

    __tablename__ = "stock_transfer_line"
    __table_args__ = (
        UniqueConstraint("transfer_id", "sku_id"),
        CheckConstraint(
            "quantity > 0 AND (arrived IS NULL OR arrived BETWEEN 0 AND quantity)", name="quantity"
        ),
    )
    transfer_id: Mapped[int] = mapped_column(ForeignKey("stock_transfer.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    quantity: Mapped[int]
    arrived: Mapped[int | None]


class StockCount(Base):
    """Somebody counted a warehouse: on hand as of a moment; what differed was booked."""

    __tablename__ = "stock_count"
    number: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)  # of the form: the same form twice is one count
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    as_of: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class StockCountLine(Base):
    __tablename__ = "stock_count_line"
    __table_args__ = (UniqueConstraint("count_id", "sku_id"), CheckConstraint("counted >= 0", name="counted"))
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    counted: Mapped[int]
    difference: Mapped[int]
