"""Held orders are tested again when money or a limit moves: the oldest first, each when the one before it is done."""

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from trade.jobs import queue
from trade.orders.models import Order


def call_for(session: Session, distributor_id: int, cause: str) -> None:
    """Queue a re-test of a distributor's oldest held order, which calls the next; `cause` names what moved."""
    _call(session, distributor_id, cause)


def call_next(session: Session, order: Order, cause: str) -> None:
    """Queue the one that was submitted after this one."""
    younger = or_(
        Order.submitted_at > order.submitted_at,
        and_(Order.submitted_at == order.submitted_at, Order.id > order.id),
    )
    _call(session, order.distributor_id, cause, younger)


def _call(session: Session, distributor_id: int, cause: str, *further: ColumnElement[bool]) -> None:
    held = select(Order.id).where(
        Order.distributor_id == distributor_id, Order.approval_state == "held", *further
    )
    order_id = session.scalar(held.order_by(Order.submitted_at, Order.id).limit(1))
    if order_id is not None:
        payload = {"order_id": order_id, "cause": cause}
        queue.enqueue(session, "order.retest", f"order.retest-{order_id}-{cause}", payload)
