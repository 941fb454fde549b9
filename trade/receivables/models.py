from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Payment(Base):
    """Money that came in (回款). A bank reference counts once per legal entity."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("legal_entity_id", "reference"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        Index("ix_payment_distributor_id", "distributor_id", "id"),
    )
    number: Mapped[str] = mapped_column(unique=True)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    paid_on: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    reference: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
