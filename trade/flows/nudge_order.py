from datetime import timedelta

from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor, Permission
from trade.db import insert_once
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import queries, remarks
from trade.orders.models import OrderRemark


def nudge_order(session: Session, actor: Actor, order_id: int) -> None:
    """Urge an order that waits for the brand (催单): once until it is answered, and not too often."""
    order = queries.get_for(session, actor, order_id, is_locked=True)
    if actor.distributor_id is None or not actor.may(Permission.ORDER_REMARK):
        raise Refused("access.denied", keep={"order_id": order.id})
    if not remarks.is_urgeable(order):
        raise Refused("nudge.nothing_waits")
    last, now = remarks.last_nudge(session, order.id), clock.now()
    if last is not None and last.answered_at is None:
        raise Refused("nudge.open_already")
    hours = int(settings.load(session, "order.nudge_hours")["order.nudge_hours"])
    if last is not None and last.at + timedelta(hours=hours) > now:
        raise Refused("nudge.too_soon", hours=hours)
    who = {"person_id": actor.person_id, "on_behalf_of": actor.on_behalf_of}
    if not insert_once(
        session, OrderRemark, order_id=order.id, kind="nudge", side="portal", text="", at=now, **who
    ):
        raise Refused("nudge.open_already")
    outbox.post(session, "order.nudged", order_id=order.id)
