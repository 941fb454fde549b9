"""Held orders are tested again when money or a limit moves: one job for each, the oldest first."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.jobs import queue
from trade.orders.models import Order


def call_for(session: Session, distributor_id: int, cause: str) -> None:
    """Queue a re-test of every held order of a distributor; `cause` names the payment or the limit."""
    held = select(Order.id, Order.version).where(
        Order.distributor_id == distributor_id, Order.approval_state == "held"
    )
    for order_id, version in session.execute(held.order_by(Order.submitted_at, Order.id)):
        payload = {"order_id": order_id, "version": version}
        queue.enqueue(session, "order.retest", f"order.retest-{order_id}-{cause}", payload)
