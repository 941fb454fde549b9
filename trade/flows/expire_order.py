from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals import kernel
from trade.notices import outbox
from trade.orders import intake, queries, states
from trade.orders.queries import Seen


def expire_order(session: Session, actor: Actor, seen: Seen) -> None:
    """Give back credit and stock of an order that nobody decided about in time; it can be submitted again."""
    order = queries.get_for(session, actor, seen.order_id, is_locked=True)
    source = states.move(session, actor, order, "expire", seen.version)
    request = kernel.find_open(session, "order", order.id)
    if request is not None:
        kernel.close(session, request, "expired", request.version)
    intake.give_back(session, order, source)
    outbox.post(session, "order.expired", order_id=order.id)
