from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.approvals import kernel
from trade.approvals.kernel import Verdict
from trade.credit import ledger
from trade.credit.ledger import Hold
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import intake, queries, refusals, states
from trade.orders.models import Order
from trade.orders.queries import Seen
from trade.registrations import tied

WORDS = {"approve": "approved", "reject": "rejected", "return": "returned"}


@dataclass(frozen=True)
class Decision(Seen):
    """What the approver decided about the version that they saw; a no and a return say why."""

    decision: str  # approve, reject, return
    comment: str
    most: Decimal | None = None  # gross; a larger order is decided by itself, after a look at it
    step: int | None = None  # of its approval, as it was seen


def decide_order(session: Session, actor: Actor, given: Decision) -> None:
    """Approve, return or reject an order that waits for this person; a no gives back what it held."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    if order.approval_state == "held" and given.decision != "approve":
        _send_back(session, actor, order, given)
        return
    if given.most is not None and order.gross > given.most:
        raise Refused("order.decide_alone", most=given.most, currency=order.currency)
    request = kernel.get_open(session, actor, "order", order.id, given.step)
    if order.version != given.version:
        raise Refused("order.changed_meanwhile")
    if given.decision == "approve":
        tied.refuse_gone(session, order)
    verdict = Verdict(request.id, request.version, given.decision, given.comment)
    answer = kernel.decide(session, actor, request, verdict)
    if answer in kernel.WAITS:
        if answer == kernel.NEXT:
            outbox.post(session, "order.pending", order_id=order.id)
        return
    facts = {"comment": given.comment}
    source = states.move(session, actor, order, given.decision, given.version, facts=facts)
    if given.decision == "approve":
        _test(session, order, source)
    if given.decision != "approve":
        intake.give_back(session, order, source)
    outbox.post(session, f"order.{WORDS[given.decision]}", order_id=order.id, comment=given.comment)


def _test(session: Session, order: Order, source: str) -> None:
    """An order that waited keeps its credit only if the account is still in order."""
    day = clock.today()
    hold = Hold(
        order.distributor_id, order.legal_entity_id, order.id, order.gross, source, day, order.earmarked
    )
    answer = ledger.test(session, hold, day)
    if not answer.is_taken:
        raise refusals.of(order, answer)


def _send_back(session: Session, actor: Actor, order: Order, given: Decision) -> None:
    """Return or reject a held order, which holds nothing and waits for no approver."""
    if not given.comment.strip():
        raise Refused("approval.comment_needed")
    states.move(session, actor, order, given.decision, given.version, facts={"comment": given.comment})
    outbox.post(session, f"order.{WORDS[given.decision]}", order_id=order.id, comment=given.comment)
