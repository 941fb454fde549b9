from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Amendment(Base):
    """A change of an approved order before it is shipped; re-priced and re-tested as a whole when it is applied."""

    __tablename__ = "order_amendment"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'applied', 'rejected', 'withdrawn', 'expired')", name="state"),
        Index(
            "uq_order_amendment_pending",
            "order_id",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    state: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str]
    gross_before: Mapped[Decimal]
    gross_after: Mapped[Decimal]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # why a person decides
    decide_by: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]


class AmendmentLine(Base):
    """What an amendment makes of one SKU of its order; quantities of `unit`, 0 before = added, 0 after = taken out."""

    __tablename__ = "order_amendment_line"
    __table_args__ = (UniqueConstraint("amendment_id", "sku_id"),)
    amendment_id: Mapped[int] = mapped_column(ForeignKey("order_amendment.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    unit: Mapped[str]
    quantity_before: Mapped[int]
    quantity_after: Mapped[int]
    price_before: Mapped[Decimal | None]
    price_after: Mapped[Decimal | None]
    gross_before: Mapped[Decimal] = mapped_column(default=Decimal(0))
    gross_after: Mapped[Decimal] = mapped_column(default=Decimal(0))
