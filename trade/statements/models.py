from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class Statement(Base):
    """What an account owed and paid in a month (对账单), frozen when it is issued: it closes as it says, for good.

    `through_id` is the last entry of the account that was there to be seen; what is booked later into the same
    month stands on the next one, so that each opens with what the one before closed with.
    """

    __tablename__ = "statement"
    __table_args__ = (
        UniqueConstraint("account_id", "first_day"),
        CheckConstraint("state IN ('issued', 'disputed', 'confirmed', 'closed')", name="state"),
        CheckConstraint("closing = opening + increase - decrease", name="closing"),
        CheckConstraint("increase >= 0 AND decrease >= 0", name="amounts"),
        Index("ix_statement_first_day", "first_day", "id"),
        Index("ix_statement_distributor_id", "distributor_id", "first_day"),
    )
    number: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    distributor_id: Mapped[int] = mapped_column(ForeignKey("distributor.id"))
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    currency: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    opening: Mapped[Decimal]
    increase: Mapped[Decimal]
    decrease: Mapped[Decimal]
    closing: Mapped[Decimal]
    sums: Mapped[dict[str, Any]] = mapped_column(JSON)  # by kind of document, as text
    parts: Mapped[dict[str, Any]] = mapped_column(JSON)  # what the closing is made of
    ageing: Mapped[dict[str, Any]] = mapped_column(JSON)  # what is owed at the end, by how late it is
    lines: Mapped[int]  # that change the balance
    through_id: Mapped[int]
    state: Mapped[str] = mapped_column(default="issued")
    version: Mapped[int] = mapped_column(default=1)
    confirm_by: Mapped[date]
    reminded_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class StatementLine(Base):
    """Append-only. One entry of the books on a statement, once; a memo (an invoice) changes no balance."""

    __tablename__ = "statement_line"
    __table_args__ = (
        UniqueConstraint("entry_id"),
        UniqueConstraint("statement_id", "line_no"),
        CheckConstraint("is_memo OR entry_id IS NOT NULL", name="entry"),
        Index("ix_statement_line_subject", "subject", "subject_id"),
        CheckConstraint("increase >= 0 AND decrease >= 0", name="amounts"),
        CheckConstraint("NOT is_memo OR (increase = 0 AND decrease = 0)", name="memo"),
    )
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    line_no: Mapped[int]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    is_memo: Mapped[bool]
    day: Mapped[date]  # the document's own
    booked_on: Mapped[date]
    kind: Mapped[str]
    subject: Mapped[str]  # the document that it opens
    subject_id: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    number: Mapped[str]
    words: Mapped[str]  # what names the document besides: its order, the bank's reference
    increase: Mapped[Decimal]
    decrease: Mapped[Decimal]
    memo: Mapped[Decimal]  # the amount of a memo
    running: Mapped[Decimal]


class StatementEvent(Base):
    """The history of a statement, append-only."""

    __tablename__ = "statement_event"
    __table_args__ = (UniqueConstraint("statement_id", "version"),)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    version: Mapped[int]
    action: Mapped[str]
    state: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    origin: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class StatementDispute(Base):
    """A line that the distributor does not agree with (异议): the line stays, and what is agreed comes later."""

    __tablename__ = "statement_dispute"
    __table_args__ = (
        CheckConstraint(
            "reason IN ('quantity', 'price', 'amount', 'missing', 'foreign', 'other')", name="reason"
        ),
        CheckConstraint("state IN ('open', 'answered', 'settled', 'withdrawn')", name="state"),
        CheckConstraint("amount IS NULL OR (amount > 0 AND amount % 100 = 0)", name="amount"),
        Index("ix_statement_dispute_statement_id", "statement_id", "id"),
        Index(
            "uq_statement_dispute_open",
            "line_id",
            unique=True,
            sqlite_where=text("state IN ('open', 'answered')"),
            postgresql_where=text("state IN ('open', 'answered')"),
        ),
    )
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"))
    reason: Mapped[str]
    amount: Mapped[Decimal | None]  # in question, as far as the distributor says
    state: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str] = mapped_column(default="")  # how it was settled, in the brand's words
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    closed_at: Mapped[datetime | None]


class DisputeRemark(Base):
    """Append-only. What distributor and brand write to each other about a line."""

    __tablename__ = "dispute_remark"
    __table_args__ = (
        CheckConstraint("side IN ('portal', 'admin')", name="side"),
        Index("ix_dispute_remark_dispute_id", "dispute_id", "id"),
    )
    dispute_id: Mapped[int] = mapped_column(ForeignKey("statement_dispute.id"))
    side: Mapped[str]
    text: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class StatementRun(Base):
    """The making of a month's statements: how far it is, one under way for a month at a time."""

    __tablename__ = "statement_run"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done')", name="state"),
        Index(
            "uq_statement_run_open",
            "first_day",
            unique=True,
            sqlite_where=text("state <> 'done'"),
            postgresql_where=text("state <> 'done'"),
        ),
    )
    first_day: Mapped[date]
    state: Mapped[str] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)  # accounts of total
    total: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    finished_at: Mapped[datetime | None]
