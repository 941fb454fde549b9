from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Verdict
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import intake, queries, states
from trade.orders.models import Order
from trade.orders.queries import Seen

WORDS = {"approve": "approved", "reject": "rejected", "return": "returned"}


@dataclass(frozen=True)
class Decision(Seen):
    """What the approver decided about the version that they saw; a no and a return say why."""

    decision: str  # approve, reject, return
    comment: str
    most: Decimal | None = None  # gross; a larger order is decided by itself, after a look at it


def decide_order(session: Session, actor: Actor, given: Decision) -> None:
    """Approve, return or reject an order that waits for this person; a no gives back what it held."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    if order.approval_state == "held" and given.decision != "approve":
        _send_back(session, actor, order, given)
        return
    if given.most is not None and order.gross > given.most:
        raise Refused("order.decide_alone", most=given.most, currency=order.currency)
    request = kernel.get_open(session, actor, "order", order.id)
    facts = {"comment": given.comment}
    source = states.move(session, actor, order, given.decision, given.version, facts=facts)
    kernel.decide(
        session, actor, request, Verdict(request.id, request.version, given.decision, given.comment)
    )
    if given.decision != "approve":
        intake.give_back(session, order, source)
    outbox.post(session, f"order.{WORDS[given.decision]}", order_id=order.id, comment=given.comment)


def _send_back(session: Session, actor: Actor, order: Order, given: Decision) -> None:
    """Return or reject a held order, which holds nothing and waits for no approver."""
    if not given.comment.strip():
        raise Refused("approval.comment_needed")
    states.move(session, actor, order, given.decision, given.version, facts={"comment": given.comment})
    outbox.post(session, f"order.{WORDS[given.decision]}", order_id=order.id, comment=given.comment)
