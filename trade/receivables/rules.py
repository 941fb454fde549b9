"""When a debt is due, and how much of what."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from trade.actor import Actor, Permission

MONTHLY = "monthly"
TELLING = 4  # signs of a bank's reference by which two people know that they speak of the same money
LEAST = 8  # signs of one of which so many tell nothing yet


def sees_references(actor: Actor) -> bool:
    """Whether somebody may read by which transfer money came: who sees payments, and the company that paid itself."""
    is_own = actor.distributor_id is not None and actor.on_behalf_of is None
    return is_own or actor.may(Permission.PAYMENT_READ)


def seen_reference(actor: Actor, reference: str) -> str:
    """A bank's reference, for who may not read it down to its last four signs."""
    if sees_references(actor) or not reference:
        return reference
    return f"****{reference[-TELLING:] if len(reference) >= LEAST else ''}"


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
