"""Fulfilment and receipt of an order, from the sums of its lines, by one function."""

from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, func, select, update
from sqlalchemy.orm import Session

from trade.orders.models import Order, OrderLine


def refresh(session: Session, order_id: int) -> None:
    """Recompute and store what the lines say, in the caller's transaction; what is credited as lost is not awaited."""
    wanted = _sum(order_id, OrderLine.base_quantity - OrderLine.cancelled)
    shipped = _sum(order_id, OrderLine.shipped)
    received = _sum(order_id, OrderLine.received + OrderLine.lost)
    session.execute(
        update(Order)
        .where(Order.id == order_id)
        .values(fulfilment=_word(shipped, wanted), receipt=_word(received, wanted))
        .execution_options(synchronize_session=False)
    )


def _sum(order_id: int, quantity: Any) -> ScalarSelect[int]:
    total = func.coalesce(func.sum(quantity), 0)
    return select(total).where(OrderLine.order_id == order_id).scalar_subquery()


def _word(done: ScalarSelect[int], wanted: ScalarSelect[int]) -> ColumnElement[str]:
    return case((done == wanted, "complete"), (done > 0, "partial"), else_="open")
