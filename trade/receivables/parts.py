"""What the parts of an account's exposure are made of: open items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from trade.books.models import OpenItem
from trade.books.rules import BILLED, CREDIT_NOTE, PREPAYMENT, UNBILLED, split
from trade.receivables.items import IS_OPEN

IN_PART: Mapping[str, ColumnElement[bool]] = {
    BILLED: and_(OpenItem.is_debt, OpenItem.billed > OpenItem.applied),
    UNBILLED: and_(OpenItem.is_debt, OpenItem.billed < OpenItem.amount),
    PREPAYMENT: OpenItem.kind == "payment",
    CREDIT_NOTE: OpenItem.kind == "return",
}


@dataclass(frozen=True)
class Summary:
    """How many documents make up a part, and when the first of them is due."""

    count: int
    first_due: date | None = None


@dataclass(frozen=True)
class Open:
    """A document with what of it belongs to the part; what can be paid with is below zero."""

    item: OpenItem
    amount: Decimal


def summaries(session: Session, account_id: int) -> dict[str, Summary]:
    """Per part its documents and its first due day; one statement."""
    columns = []
    for is_in in IN_PART.values():
        columns += [func.count(case((is_in, OpenItem.id))), func.min(case((is_in, OpenItem.due_on)))]
    row = session.execute(select(*columns).where(OpenItem.account_id == account_id, *IS_OPEN)).one()
    return {part: Summary(row[2 * at], row[2 * at + 1]) for at, part in enumerate(IN_PART)}


def documents(session: Session, account_id: int, part: str) -> Sequence[Open]:
    """The open documents of a part, the first due or the oldest first; together they are its sum."""
    wanted = select(OpenItem).where(OpenItem.account_id == account_id, IN_PART[part], *IS_OPEN)
    ordered = wanted.order_by(OpenItem.due_on, OpenItem.day, OpenItem.id)
    return [Open(item, _amount(item, part)) for item in session.scalars(ordered)]


def next_due(session: Session, account_id: int) -> tuple[date, Decimal] | None:
    """The next day on which something is due, also one that has passed, and how much is due on it."""
    wanted = (
        select(OpenItem.due_on, func.sum(OpenItem.amount), func.sum(OpenItem.applied))
        .where(OpenItem.account_id == account_id, OpenItem.is_debt, *IS_OPEN)
        .group_by(OpenItem.due_on)
        .order_by(OpenItem.due_on)
        .limit(1)
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None or row[0] is None else (row[0], row[1] - row[2])


def _amount(item: OpenItem, part: str) -> Decimal:
    if not item.is_debt:
        return item.applied - item.amount
    unbilled, billed = split(item.amount, item.billed, item.applied)
    return billed if part == BILLED else unbilled
