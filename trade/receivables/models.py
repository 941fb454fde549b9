from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base, BigId


class Payment(Base):
    """Money that came in (回款). A bank reference counts once per legal entity; a slip that was voided frees it."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("legal_entity_id", "reference", "voided_as"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        CheckConstraint("(voided_at IS NULL) = (voided_as = 0)", name="voided"),
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
    origin: Mapped[str] = mapped_column(default="hand")  # hand, bank, proof, online
    voided_at: Mapped[datetime | None]
    voided_as: Mapped[int] = mapped_column(BigId, default=0)  # its own id once it is void
    void_reason: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Refund(Base):
    """Money that went back (退款), out of a payment or a credit note that was left."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("legal_entity_id", "reference"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        Index("ix_refund_distributor_id", "distributor_id", "id"),
        Index("ix_refund_money_id", "money_id"),
    )
    number: Mapped[str] = mapped_column(unique=True)
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    money_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))  # what it was paid out of
    refunded_on: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    reference: Mapped[str]  # the bank's
    note: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
