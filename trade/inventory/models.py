from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Warehouse(Base):
    __tablename__ = "warehouse"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    source: Mapped[str | None]
    external_code: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class Stock(Base):
    """Base units. `on_hand` may fall below `reserved` after a count (shown, not refused), never by a reservation."""

    __tablename__ = "stock"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "sku_id"),
        CheckConstraint("reserved >= 0", name="reserved"),
        Index("ix_stock_sku_id", "sku_id"),
    )
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)


class StockMovement(Base):
    """Append-only; `on_hand` and `reserved` of the stock are the sums of its rows."""

    __tablename__ = "stock_movement"
    __table_args__ = (
        UniqueConstraint("source", "warehouse_id", "sku_id", "lot"),
        CheckConstraint("kind IN ('count', 'reserve', 'release', 'issue')", name="kind"),
        CheckConstraint("on_hand <> 0 OR reserved <> 0", name="moves"),
        Index("ix_stock_movement_key", "warehouse_id", "sku_id", "id"),
    )
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    kind: Mapped[str]
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    lot: Mapped[str] = mapped_column(default="")  # "" = not known
    expires_on: Mapped[date | None]
    source: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
