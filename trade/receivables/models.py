from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
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


class PaymentProof(Base):
    """What a distributor sends to show that it paid (付款凭证); no money until finance confirms it."""

    __tablename__ = "payment_proof"
    __table_args__ = (
        UniqueConstraint("distributor_id", "key"),
        UniqueConstraint("payment_id"),
        CheckConstraint("state IN ('submitted', 'confirmed', 'refused', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'confirmed') = (payment_id IS NOT NULL)", name="payment"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        Index("ix_payment_proof_distributor_id", "distributor_id", "id"),
        Index("ix_payment_proof_state", "state", "id"),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    key: Mapped[str]  # of the form: a second tap sends nothing more
    state: Mapped[str] = mapped_column(default="submitted")
    version: Mapped[int] = mapped_column(default=1)
    paid_on: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    payer: Mapped[str]  # bank and name from which it was paid
    reference: Mapped[str]
    note: Mapped[str]
    debts: Mapped[list[int]] = mapped_column(JSON, default=list)  # open items that it is meant for
    reason: Mapped[str] = mapped_column(default="")  # why it was refused
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
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
