from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class ReturnReason(Base):
    """Why goods come back or are credited; rows that the administrator edits."""

    __tablename__ = "return_reason"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]  # Chinese or English as the brand writes it; shipped ones are msgids
    needs_photo: Mapped[bool] = mapped_column(default=False)
    brings_goods: Mapped[bool] = mapped_column(
        default=True
    )  # False: missing on receipt, nothing can come back
    version: Mapped[int] = mapped_column(default=1)
    archived_at: Mapped[datetime | None]


class ReturnRequest(Base):
    """A distributor asks to give goods back, or to be credited for what never came (退货申请)."""

    __tablename__ = "return_request"
    __table_args__ = (
        CheckConstraint(
            "state IN ('requested', 'returned', 'approved', 'rejected', 'withdrawn', 'credited')",
            name="state",
        ),
        CheckConstraint("gross >= 0 AND gross % 100 = 0", name="gross"),
        CheckConstraint("NOT (is_missing AND is_waived)", name="goods"),
        Index("ix_return_request_distributor_id", "distributor_id", "id"),
        Index("ix_return_request_order_id", "order_id"),
        Index("ix_return_request_state", "state", "id"),
    )
    number: Mapped[str] = mapped_column(unique=True)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipment.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))  # where the goods came back
    reason_id: Mapped[int] = mapped_column(ForeignKey("return_reason.id"))
    is_missing: Mapped[bool] = mapped_column(default=False)  # never came, so nothing can come back
    is_waived: Mapped[bool] = mapped_column(default=False)  # credited without the goods coming back
    state: Mapped[str] = mapped_column(default="requested")
    version: Mapped[int] = mapped_column(default=1)
    remark: Mapped[str] = mapped_column(default="")
    currency: Mapped[str]
    gross: Mapped[Decimal] = mapped_column(default=Decimal(0))  # credited in the end
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class ReturnLine(Base):
    """Base units of one order line: asked for, granted, come back good or for quarantine; `gross` is their credit."""

    __tablename__ = "return_line"
    __table_args__ = (
        UniqueConstraint("request_id", "order_line_id"),
        CheckConstraint("requested > 0", name="requested"),
        CheckConstraint("accepted IS NULL OR accepted BETWEEN 0 AND requested", name="accepted"),
        CheckConstraint(
            "restocked >= 0 AND quarantined >= 0 AND restocked + quarantined <= COALESCE(accepted, 0)",
            name="came_back",
        ),
        CheckConstraint("gross >= 0 AND gross % 100 = 0", name="gross"),
        Index("ix_return_line_order_line_id", "order_line_id"),
    )
    request_id: Mapped[int] = mapped_column(ForeignKey("return_request.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    requested: Mapped[int]
    accepted: Mapped[int | None]
    restocked: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    lot: Mapped[str] = mapped_column(default="")
    gross: Mapped[Decimal] = mapped_column(default=Decimal(0))


class ReturnEvent(Base):
    """The history of a return request, append-only."""

    __tablename__ = "return_event"
    __table_args__ = (UniqueConstraint("request_id", "version"),)
    request_id: Mapped[int] = mapped_column(ForeignKey("return_request.id"))
    version: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
