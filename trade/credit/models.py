from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class CreditAccount(Base):
    """What a distributor, the members of a credit group, or a parent with all below it owe and may still order.

    The parts are kept sums of the books' entries and `used` is the sum of the parts. `earmarked` is what of the money
    that is not applied was paid for orders in advance. `effective_limit` and `blocked_reason` hold on `as_of`.
    """

    __tablename__ = "credit_account"
    __table_args__ = (
        UniqueConstraint("distributor_id", "legal_entity_id"),
        UniqueConstraint("credit_group_id", "legal_entity_id", "currency"),
        UniqueConstraint("head_id", "legal_entity_id", "currency"),
        CheckConstraint(
            "CASE WHEN head_id IS NULL THEN (distributor_id IS NULL) <> (credit_group_id IS NULL)"
            " ELSE distributor_id IS NULL AND credit_group_id IS NULL END",
            name="whose",
        ),
        CheckConstraint("effective_limit >= 0", name="limit"),
        CheckConstraint("used = hold + unbilled + billed + prepayment + credit_note", name="used"),
        CheckConstraint("hold >= 0 AND unbilled >= 0 AND billed >= 0", name="owed"),
        CheckConstraint("prepayment <= 0 AND credit_note <= 0", name="paid"),
        CheckConstraint("earmarked >= 0 AND earmarked + prepayment + credit_note <= 0", name="earmarked"),
        CheckConstraint("block_mode IN ('auto', 'on', 'off')", name="block_mode"),
        CheckConstraint("blocked_reason IN ('overdue', 'manual')", name="blocked_reason"),
        Index("ix_credit_account_group_account_id", "group_account_id"),
        Index("ix_credit_account_family_account_id", "family_account_id"),
    )
    distributor_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    credit_group_id: Mapped[int | None] = mapped_column(ForeignKey("credit_group.id"))
    group_account_id: Mapped[int | None] = mapped_column(
        ForeignKey("credit_account.id")
    )  # tested and moved too
    head_id: Mapped[int | None] = mapped_column(
        ForeignKey("distributor.id")
    )  # the parent of a family's account
    family_account_id: Mapped[int | None] = mapped_column(
        ForeignKey("credit_account.id")
    )  # the family it counts for, tested and moved too; a family's own is the next one above
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    currency: Mapped[str]
    used: Mapped[Decimal] = mapped_column(default=Decimal(0))
    hold: Mapped[Decimal] = mapped_column(default=Decimal(0))  # ordered, not shipped
    unbilled: Mapped[Decimal] = mapped_column(default=Decimal(0))  # shipped, not invoiced, not paid
    billed: Mapped[Decimal] = mapped_column(default=Decimal(0))  # invoiced, not paid
    prepayment: Mapped[Decimal] = mapped_column(default=Decimal(0))  # payments not applied, below zero
    credit_note: Mapped[Decimal] = mapped_column(default=Decimal(0))  # credit notes not applied, below zero
    earmarked: Mapped[Decimal] = mapped_column(default=Decimal(0))
    effective_limit: Mapped[Decimal] = mapped_column(default=Decimal(0))
    block_mode: Mapped[str] = mapped_column(default="auto")  # on: blocked by hand, off: never
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


class CreditException(Base):
    """How far an account may be beyond its limit with one order in it, and who said so.

    It ends when the order is settled or given up.
    """

    __tablename__ = "credit_exception"
    __table_args__ = (
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        Index("ix_credit_exception_account_id", "account_id"),
        Index("ix_credit_exception_order_id", "order_id"),
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("credit_account.id")
    )  # whose limit: its own, or the group's
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"))
    amount: Mapped[Decimal]
    reason: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[datetime | None]


class LimitRequest(Base):
    """A distributor asks for a temporary limit; approvals decide about it."""

    __tablename__ = "limit_request"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'approved', 'rejected', 'withdrawn', 'expired')", name="state"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        Index("ix_limit_request_account_id", "account_id", "id"),
        Index(
            "uq_limit_request_open",
            "account_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    amount: Mapped[Decimal]
    until: Mapped[date]  # the last day on which it is wanted
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    limit_id: Mapped[int | None] = mapped_column(ForeignKey("credit_limit.id"))  # what was given
    comment: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]


class CreditDecision(Base):
    """Every check with its inputs, also when it refuses."""

    __tablename__ = "credit_decision"
    __table_args__ = (
        CheckConstraint("over >= 0", name="over"),
        CheckConstraint("advance >= 0", name="advance"),
        Index("ix_credit_decision_account_id", "account_id", "id"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    outcome: Mapped[str]  # taken, released, over_limit, unpaid, blocked
    amount: Mapped[Decimal]
    used: Mapped[Decimal]  # before
    effective_limit: Mapped[Decimal]
    over: Mapped[Decimal] = mapped_column(default=Decimal(0))  # that was approved beyond it
    advance: Mapped[Decimal] = mapped_column(default=Decimal(0))  # of the amount, what was paid before
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(default=clock.now)
