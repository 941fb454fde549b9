"""Orders that are paid in advance, whole (款到发货) or in part (预付 x %): what is to be there, and what is kept of it."""

from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade.money import ZERO, rounded
from trade.orders.models import Order

IN_ADVANCE = "advance"


def percent(terms: str, advance_percent: int) -> int:
    """Of an order's gross, what must be there before it is released."""
    return advance_percent if terms == IN_ADVANCE else 0


def wanted(gross: Decimal, share: int) -> Decimal:
    """So much of an amount, whole 分."""
    return rounded(gross * share / 100)


def left_after(order: Order, gone: Decimal) -> Decimal:
    """What stays earmarked when so much of the order's gross is shipped or cancelled; in the end nothing."""
    whole = wanted(order.gross, order.advance_percent)
    return whole - rounded(whole * gone / order.gross) if order.gross else ZERO


def keep(session: Session, order_id: int, amount: Decimal) -> None:
    """Write down what is earmarked for an order; its account keeps the sum."""
    session.execute(update(Order).where(Order.id == order_id).values(earmarked=amount))
