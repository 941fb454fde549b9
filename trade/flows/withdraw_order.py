from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals import kernel
from trade.orders import intake, queries, states
from trade.orders.queries import Seen


def withdraw_order(session: Session, actor: Actor, seen: Seen) -> None:
    """Take an order back that nobody has decided about; it can be corrected and submitted again."""
    order = queries.get_for(session, actor, seen.order_id, is_locked=True)
    source = states.move(session, actor, order, "withdraw", seen.version)
    request = kernel.find_open(session, "order", order.id)
    if request is not None:
        kernel.close(session, request, "withdrawn", request.version)
    intake.give_back(session, order, source)
