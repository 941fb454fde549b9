"""Entries of the books: written once, never changed; a correction is an entry the other way round."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.books.models import LedgerEntry
from trade.books.rules import Leg
from trade.db import insert_many
from trade.errors import Refused


@dataclass(frozen=True)
class Document:
    """What is booked: the deed by its source, what kind it is, and the document that opens from the entry."""

    source: str
    kind: str
    subject: str
    subject_id: int
    day: date
    order_id: int | None = None


def enter(
    session: Session, account_id: int, document: Document, legs: Sequence[Leg], booked_on: date
) -> None:
    """Write the legs of a deed; the account's own figures are the caller's to move, in the same transaction."""
    insert_many(
        session,
        LedgerEntry,
        [_row(account_id, document, booked_on, at, leg) for at, leg in enumerate(legs, 1)],
    )


def legs_to_turn(session: Session, source: str) -> list[tuple[int, Leg]]:
    """What a reversal of a deed writes: each entry's id and its leg the other way round.

    Raises Refused for a deed that is a reversal itself, or was reversed before.
    """
    found = session.scalars(
        select(LedgerEntry).where(LedgerEntry.source == source).order_by(LedgerEntry.line_no)
    ).all()
    if not found:
        raise Refused("ledger.unknown")
    if any(each.reverses_id for each in found):
        raise Refused("ledger.is_reversal")
    ids = [each.id for each in found]
    if session.scalar(select(LedgerEntry.id).where(LedgerEntry.reverses_id.in_(ids)).limit(1)) is not None:
        raise Refused("ledger.is_reversed")
    return [(each.id, Leg(each.credit, each.debit, each.amount)) for each in found]


def enter_turned(
    session: Session, account_id: int, document: Document, turned: Sequence[tuple[int, Leg]], booked_on: date
) -> None:
    """Write a reversal; the database takes one for each entry, whoever else tries at the same time."""
    rows = [
        _row(account_id, document, booked_on, at, leg) | {"reverses_id": entry_id}
        for at, (entry_id, leg) in enumerate(turned, 1)
    ]
    insert_many(session, LedgerEntry, rows)


def _row(account_id: int, document: Document, booked_on: date, at: int, leg: Leg) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "source": document.source,
        "line_no": at,
        "kind": document.kind,
        "debit": leg.debit,
        "credit": leg.credit,
        "amount": leg.amount,
        "subject": document.subject,
        "subject_id": document.subject_id,
        "order_id": document.order_id,
        "day": document.day,
        "booked_on": booked_on,
    }
