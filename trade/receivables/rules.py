"""When a debt is due, and how much of what."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

MONTHLY = "monthly"


def due_on(terms: str | None, terms_days: int | None, shipped_on: date) -> date:
    """The last day on which goods are paid in time: so many days after they left, at once without monthly terms."""
    return shipped_on + timedelta(days=terms_days or 0) if terms == MONTHLY else shipped_on


def spread(amount: Decimal, open_: Sequence[tuple[int, Decimal]]) -> dict[int, Decimal]:
    """How far an amount reaches over debts in their order, by debt; what is beyond them stays."""
    found = {}
    for key, each in open_:
        part = min(amount, each)
        if part > 0:
            found[key] = part
            amount -= part
    return found
