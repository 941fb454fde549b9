from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import queries, remarks
from trade.orders.models import OrderRemark

LONGEST = 500


@dataclass(frozen=True)
class NewRemark:
    """What somebody writes about an order; `is_note` keeps it within the brand."""

    order_id: int
    text: str
    is_note: bool = False


def remark_order(session: Session, actor: Actor, given: NewRemark) -> int:
    """Write to the other side about an order; the brand's answer ends what the distributor urges."""
    side, text = remarks.side_of(actor), given.text.strip()
    if not actor.may(Permission.ORDER_REMARK) or (given.is_note and side == "portal"):
        raise Refused("access.denied", keep={"order_id": given.order_id})
    if not text or len(text) > LONGEST:
        raise Refused("remark.empty", field="text")
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    if order.approval_state == "draft":
        raise Refused("order.not_found")
    remark = OrderRemark(
        order_id=order.id,
        kind="note" if given.is_note else "remark",
        side=side,
        person_id=actor.person_id,
        on_behalf_of=actor.on_behalf_of,
        text=text,
    )
    session.add(remark)
    session.flush()
    if given.is_note:
        return remark.id
    if side == "admin":
        remarks.answer(session, actor, order.id)
    said = text if len(text) <= 60 else f"{text[:60]}…"
    outbox.post(session, f"order.remarked_by_{side}", order_id=order.id, text=said)
    return remark.id
