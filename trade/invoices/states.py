"""The whole life of an invoice, as data: it stands, or a red one took all of it back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.errors import Refused
from trade.invoices.models import Invoice
from trade.moves import move_once

# (state, action) → state. `note` and `strike` are about the number of the real invoice, which may come late.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("issued", "reverse"): "reversed",
    ("issued", "note"): "issued",
    ("issued", "strike"): "issued",
    ("reversed", "note"): "reversed",
    ("reversed", "strike"): "reversed",
}
EVENTS = {
    "reverse": "invoice.reversed",
    "note": "invoice.tax_number_noted",
    "strike": "invoice.tax_number_struck",
}


def enter(session: Session, actor: Actor, invoice: Invoice, facts: Mapping[str, Any]) -> None:
    """Write down that an invoice, just added, was issued."""
    told = {"number": invoice.number, "amount": str(invoice.gross), **facts}
    audit.record(session, actor, "invoice.issued", told, subject="invoice", subject_id=invoice.id)


def move(
    session: Session, actor: Actor, invoice: Invoice, action: str, version: int, facts: Mapping[str, Any]
) -> str:
    """Advance the invoice or refuse: compare-and-set on state and version, and its history with it.

    Returns the source under which the books take this move.
    """
    after = TRANSITIONS.get((invoice.state, action))
    if after is None:
        raise Refused("invoice.is_reversed", number=invoice.number)
    if not move_once(session, invoice, after, version):
        raise Refused("invoice.changed_meanwhile")
    audit.record(session, actor, EVENTS[action], facts, subject="invoice", subject_id=invoice.id)
    return f"invoice-{invoice.id}-v{invoice.version}"
