from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.books.rules import ACCOUNTS
from trade.db import Base

_NAMES = ", ".join(f"'{each}'" for each in ACCOUNTS)


class LedgerEntry(Base):
    """Append-only. An amount that went from one account to another: what is debited is credited, in one row.

    `source` and `line_no` name the deed, once. `day` is the document's own date, `booked_on` the one that counts: the
    same, or the first day of the next open period. A correction is a row with the accounts exchanged.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("source", "line_no"),
        UniqueConstraint("reverses_id"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        CheckConstraint(f"debit IN ({_NAMES})", name="debit"),
        CheckConstraint(f"credit IN ({_NAMES})", name="credit"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        Index("ix_ledger_entry_account_id", "account_id", "booked_on", "id"),
        Index("ix_ledger_entry_order_id", "order_id"),
        Index("ix_ledger_entry_subject", "subject", "subject_id"),
    )
    account_id: Mapped[int] = mapped_column(
        ForeignKey("credit_account.id")
    )  # whose: distributor × legal entity
    source: Mapped[str]
    line_no: Mapped[int]
    kind: Mapped[str]  # what was done: hold, release, shipment, invoice, payment, application, …
    debit: Mapped[str]
    credit: Mapped[str]
    amount: Mapped[Decimal]
    subject: Mapped[str]  # the document that it opens: order, shipment, invoice, payment, return
    subject_id: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    day: Mapped[date]
    booked_on: Mapped[date]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)


class LedgerSeal(Base):
    """Append-only. What the entries from `first_id` to `last_id` were when they were sealed.

    `marks` are an id and a digest for each, of 8 bytes both, in hexadecimal digits; `digest` is over them and over the
    seal before.
    """

    __tablename__ = "ledger_seal"
    __table_args__ = (CheckConstraint("first_id <= last_id", name="range"),)
    first_id: Mapped[int] = mapped_column(unique=True)
    last_id: Mapped[int] = mapped_column(unique=True)
    marks: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    sealed_at: Mapped[datetime] = mapped_column(default=clock.now)


class Period(Base):
    """A month of a legal entity's books. Whoever posts holds its row shared, whoever closes it alone."""

    __tablename__ = "accounting_period"
    __table_args__ = (
        UniqueConstraint("legal_entity_id", "first_day"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
    )
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    first_day: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class OpenItem(Base):
    """What is owed, or is there to pay with, until it is settled: a shipment, a refund; a payment, a return's credit.

    `billed` is what of a debt, or of a credit note, stands on invoices; `applied` what is settled. One that was taken
    back has a `voided_at` and counts for nothing.
    """

    __tablename__ = "open_item"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint("kind IN ('opening', 'shipment', 'refund', 'payment', 'return')", name="kind"),
        CheckConstraint("is_debt = (due_on IS NOT NULL)", name="due_on"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        CheckConstraint("applied >= 0 AND applied <= amount AND applied % 100 = 0", name="applied"),
        CheckConstraint("billed >= 0 AND billed <= amount AND billed % 100 = 0", name="billed"),
        Index("ix_open_item_account_id", "account_id", "is_debt", "day"),
        Index("ix_open_item_order_id", "order_id"),
        Index(
            "ix_open_item_open",
            "account_id",
            "is_debt",
            "due_on",
            "id",
            sqlite_where=text("applied < amount AND voided_at IS NULL"),
            postgresql_where=text("applied < amount AND voided_at IS NULL"),
        ),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_account.id"))
    kind: Mapped[str]
    subject_id: Mapped[int]  # the shipment, payment, return
    number: Mapped[str]  # of the document
    is_debt: Mapped[bool]
    day: Mapped[date]
    due_on: Mapped[date | None]  # the last day on which a debt is paid in time
    amount: Mapped[Decimal]
    billed: Mapped[Decimal] = mapped_column(default=Decimal(0))
    applied: Mapped[Decimal] = mapped_column(default=Decimal(0))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id"))
    voided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Application(Base):
    """Append-only. Money that settles a debt (核销); taken back, it is a row below zero that names the first."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("undoes_id"),
        CheckConstraint("amount <> 0 AND amount % 100 = 0", name="amount"),
        CheckConstraint("(undoes_id IS NULL) = (amount > 0)", name="undoes"),
        Index("ix_application_debt_id", "debt_id"),
        Index("ix_application_money_id", "money_id"),
    )
    debt_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    money_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    amount: Mapped[Decimal]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
