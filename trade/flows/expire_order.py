from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals import kernel
from trade.notices import outbox
from trade.orders import intake, queries, states
from trade.orders.models import Order
from trade.orders.queries import Seen


def expired(session: Session, now: datetime) -> Sequence[Seen]:
    """The pending orders whose time to decide is over."""
    over = select(Order.id, Order.version).where(Order.approval_state == "pending", Order.decide_by <= now)
    return [Seen(order_id, version) for order_id, version in session.execute(over.order_by(Order.id))]


def expire_order(session: Session, actor: Actor, seen: Seen) -> None:
    """Give back credit and stock of an order that nobody decided about in time; it can be submitted again."""
    order = queries.get_for(session, actor, seen.order_id, is_locked=True)
    source = states.move(session, actor, order, "expire", seen.version)
    request = kernel.find_open(session, "order", order.id)
    if request is not None:
        kernel.close(session, request, "expired", request.version)
    intake.give_back(session, order, source)
    outbox.post(session, "order.expired", order_id=order.id)
