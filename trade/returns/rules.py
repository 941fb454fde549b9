"""What may come back, until when, and what a part of a line is worth then."""

from datetime import datetime, timedelta
from decimal import Decimal

from trade.money import ZERO, share
from trade.orders.models import OWN, Order


def takes_returns(order: Order) -> bool:
    """Whether goods of an order may come back at all; what was imported is settled where it was made."""
    return order.source == OWN and order.approval_state == "approved"


def has_come(order: Order) -> bool:
    """Whether something of such an order was signed for, so that it can be given back."""
    return takes_returns(order) and order.receipt != "open"


def worth(
    shipped_gross: Decimal, shipped: int, quantity: int, returned_before: int, credited_before: Decimal
) -> Decimal:
    """What was really paid for `quantity` base units of what was shipped; the parts add up to all of it.

    `returned_before` base units (come back, or lost) were credited with `credited_before` already. A shipment
    between two returns may shift a 分 between them, never below nothing and never beyond the whole.
    """
    return max(share(shipped_gross, returned_before + quantity, shipped, credited_before), ZERO)


def is_over(received_at: datetime | None, window_days: int, now: datetime) -> bool:
    """Whether the days in which goods may be given back have passed; 0 days set no limit."""
    if not window_days or received_at is None:
        return False
    return now > received_at + timedelta(days=window_days)
