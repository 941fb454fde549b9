from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base

# open orders, shipped not invoiced, payments not applied (negative), approved credit notes (negative)
PARTS = ("order", "shipped", "payment", "credit_note")


class CreditAccount(Base):
    """One per distributor and legal entity. `used` is the sum of its entries; `effective_limit` holds on `as_of`."""

    __tablename__ = "credit_account"
    __table_args__ = (
        UniqueConstraint("distributor_id", "legal_entity_id"),
        CheckConstraint("effective_limit >= 0", name="limit"),
    )
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    currency: Mapped[str]
    used: Mapped[Decimal] = mapped_column(default=Decimal(0))
    effective_limit: Mapped[Decimal] = mapped_column(default=Decimal(0))
    blocked_reason: Mapped[str | None]  # overdue, manual
    as_of: Mapped[date]


class CreditLimit(Base):
    """A limit with its period and reason: one base limit at a time, and temporary ones on top.

    A base limit that is replaced on its first day keeps its row with an empty period.
    """

    __tablename__ = "credit_limit"
    __table_args__ = (
        CheckConstraint("kind IN ('base', 'temporary')", name="kind"),
        CheckConstraint("amount >= 0 AND amount % 100 = 0", name="amount"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        Index("ix_credit_limit_account_id", "account_id", "valid_from"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    kind: Mapped[str]
    amount: Mapped[Decimal]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class CreditEntry(Base):
    """Append-only. What a document added to or took from one part of the exposure."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("source", "part"),
        CheckConstraint("amount % 100 = 0 AND amount <> 0", name="amount"),
        CheckConstraint("part IN ('order', 'shipped', 'payment', 'credit_note')", name="part"),
        Index("ix_credit_entry_account_id", "account_id", "part"),
        Index("ix_credit_entry_order_id", "order_id"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    part: Mapped[str]
    amount: Mapped[Decimal]
    source: Mapped[str]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class CreditDecision(Base):
    """Every check with its inputs, also when it refuses."""

    __tablename__ = "credit_decision"
    __table_args__ = (Index("ix_credit_decision_account_id", "account_id", "id"),)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    outcome: Mapped[str]  # taken, over_limit, blocked
    amount: Mapped[Decimal]
    used: Mapped[Decimal]  # before
    effective_limit: Mapped[Decimal]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(default=clock.now)
