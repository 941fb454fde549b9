from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.orders import corrections, queries, states
from trade.orders.queries import Seen


def cancel_order(session: Session, actor: Actor, seen: Seen) -> None:
    """Give up an order that came back to its buyer; it holds nothing, and its history stays."""
    order = queries.get_for(session, actor, seen.order_id, is_locked=True)
    states.move(session, actor, order, "give_up", seen.version)
    corrections.forget(session, order)
