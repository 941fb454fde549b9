from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from trade import clock
from trade.db import Base


class BankMapping(Base):
    """An account of our own at a bank, and which column of its files is what, as somebody said the last time."""

    __tablename__ = "bank_mapping"
    __table_args__ = (
        UniqueConstraint("legal_entity_id", "account_no"),
        CheckConstraint("day_format IN ('ymd', 'dmy', 'mdy')", name="day_format"),
    )
    legal_entity_id: Mapped[int] = mapped_column(ForeignKey("legal_entity.id"))
    bank: Mapped[str]
    account_no: Mapped[str]
    currency: Mapped[str]
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # field → heading
    day_format: Mapped[str] = mapped_column(default="ymd")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class BankFile(Base):
    """A file of a bank: uploaded, looked at, then taken in, once."""

    __tablename__ = "bank_file"
    __table_args__ = (
        CheckConstraint("state IN ('uploaded', 'taken', 'dropped')", name="state"),
        Index("ix_bank_file_mapping_id", "mapping_id", "id"),
    )
    mapping_id: Mapped[int] = mapped_column(ForeignKey("bank_mapping.id"))
    state: Mapped[str] = mapped_column(default="uploaded")
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    stored_as: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]  # bytes
    headings: Mapped[list[str]] = mapped_column(JSON)
    rows: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # new, known, skipped, bad
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class BankLine(Base):
    """Money that came in as the bank tells it, until somebody says whose it is; the same line counts once."""

    __tablename__ = "bank_line"
    __table_args__ = (
        UniqueConstraint("mapping_id", "fingerprint"),
        UniqueConstraint("payment_id"),
        CheckConstraint("state IN ('open', 'booked', 'aside')", name="state"),
        CheckConstraint("(state = 'booked') = (payment_id IS NOT NULL)", name="payment"),
        CheckConstraint("amount > 0 AND amount % 100 = 0", name="amount"),
        Index("ix_bank_line_state", "state", "certainty", "id"),
        Index("ix_bank_line_payer_key", "payer_key"),
        Index("ix_bank_line_file_id", "file_id"),
    )
    mapping_id: Mapped[int] = mapped_column(ForeignKey("bank_mapping.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("bank_file.id"))
    line_no: Mapped[int]  # in the file
    fingerprint: Mapped[str]
    day: Mapped[date]
    amount: Mapped[Decimal]
    currency: Mapped[str]
    payer_name: Mapped[str]
    payer_account: Mapped[str]
    payer_key: Mapped[str]  # by which the payer is known again
    reference: Mapped[str]
    serial: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    certainty: Mapped[int] = mapped_column(default=0)  # of the proposal, 0 to 100
    proposed_id: Mapped[int | None] = mapped_column(ForeignKey("distributor.id"))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    note: Mapped[str] = mapped_column(default="")  # why it was set aside
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # who decided last
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
