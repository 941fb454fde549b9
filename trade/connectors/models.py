from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class OnlinePayment(Base):
    """A payment that was begun with a gateway; it is money once the gateway has said so, signed."""

    __tablename__ = "online_payment"
    __table_args__ = (
        UniqueConstraint("gateway", "reference"),
        UniqueConstraint("payment_id"),
        CheckConstraint("state IN ('begun', 'paid', 'failed')", name="state"),
        CheckConstraint("(state = 'paid') = (payment_id IS NOT NULL)", name="payment"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        Index("ix_online_payment_distributor_id", "distributor_id", "id"),
    )
    token: Mapped[str] = mapped_column(unique=True)
    gateway: Mapped[str]
    reference: Mapped[str | None]  # the gateway's own, once it has spoken
    state: Mapped[str] = mapped_column(default="begun")
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    amount: Mapped[Decimal]
    currency: Mapped[str]
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
