"""Fulfilment, receipt and payment of an order, from the sums of its lines and debts."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, func, select, update
from sqlalchemy.orm import Session

from trade.books.models import OpenItem
from trade.credit import exceptions
from trade.money import ZERO
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


def settle(session: Session, order_ids: Collection[int]) -> None:
    """Recompute and store how far orders are paid: complete when all was shipped and nothing of it is owed."""
    debts = (OpenItem.order_id == Order.id, OpenItem.is_debt, OpenItem.voided_at.is_(None))
    paid = select(func.coalesce(func.sum(OpenItem.applied), 0)).where(*debts).scalar_subquery()
    owed = select(func.coalesce(func.sum(OpenItem.amount), 0)).where(*debts).scalar_subquery()
    is_done = and_(paid == owed, Order.fulfilment == "complete")
    session.execute(
        update(Order)
        .where(Order.id.in_(order_ids))
        .values(payment=case((paid == ZERO, "open"), (is_done, "complete"), else_="partial"))
        .execution_options(synchronize_session=False)
    )
    settled = select(Order.id).where(Order.id.in_(order_ids), Order.payment == "complete")
    exceptions.end(session, session.scalars(settled).all())


def _sum(order_id: int, quantity: Any) -> ScalarSelect[int]:
    total = func.coalesce(func.sum(quantity), 0)
    return select(total).where(OrderLine.order_id == order_id).scalar_subquery()


def _word(done: ScalarSelect[int], wanted: ScalarSelect[int]) -> ColumnElement[str]:
    return case((done == wanted, "complete"), (done > 0, "partial"), else_="open")
