from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.amendments import changes as amendments
from trade.amendments.models import Amendment, AmendmentLine
from trade.approvals import kernel
from trade.approvals.kernel import Verdict
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import queries, status
from trade.orders.circumstances import Circumstances, get_to_take
from trade.orders.models import Order


@dataclass(frozen=True)
class AmendmentDecision:
    """What the approver decided about the amendment that they saw, and the amount that stood there."""

    amendment_id: int
    version: int
    decision: str  # approve, reject
    comment: str = ""
    seen_gross: Decimal | None = None
    step: int | None = None  # of its approval, as it was seen


def decide_amendment(session: Session, actor: Actor, given: AmendmentDecision) -> None:
    """Apply a change that was asked for, priced and tested as of now, or refuse it; the order goes on either way."""
    order_id = amendments.get_for(session, actor, given.amendment_id).order_id
    order, known = get_to_take(session, actor, order_id)
    amendment = amendments.get_for(session, actor, given.amendment_id)
    request = kernel.get_open(session, actor, "amendment", amendment.id, given.step)
    if given.decision not in ("approve", "reject"):
        raise Refused("approval.not_open")
    if amendment.version != given.version:
        raise Refused("amendment.changed_meanwhile")
    verdict = Verdict(request.id, request.version, given.decision, given.comment)
    answer = kernel.decide(session, actor, request, verdict)
    if answer in kernel.WAITS:
        if answer == kernel.NEXT:
            outbox.post(session, "amendment.pending", order_id=order.id, amendment_id=amendment.id)
        return
    if given.decision == "approve":
        _apply(session, actor, order, known, amendment, given)
    state = "applied" if given.decision == "approve" else "rejected"
    amendments.close(session, amendment, state, given.version, clock.now())
    topic = "order.amended" if given.decision == "approve" else "amendment.rejected"
    outbox.post(session, topic, order_id=order.id, amendment_id=amendment.id, comment=given.comment)


def _apply(
    session: Session,
    actor: Actor,
    order: Order,
    known: Circumstances,
    amendment: Amendment,
    given: AmendmentDecision,
) -> None:
    if order.approval_state != "approved":
        raise Refused("amendment.out_of_date")
    day = clock.today()
    terms = amendments.terms_for(session, order, day)
    wanted = {line.sku_id: line.quantity_after for line in amendments.lines_of(session, amendment.id)}
    lines = {line.sku_id: line for line in queries.lines_of(session, order.id)}
    change = amendments.foresee(session, order, lines, terms, known, wanted, day)
    if change.problems:
        raise Refused("order.lines_refused", lines=change.problems)
    if given.seen_gross is not None and given.seen_gross != change.gross_after:
        before, after = given.seen_gross, change.gross_after
        raise Refused("order.price_changed", before=before, after=after, currency=order.currency)
    amendment.gross_before, amendment.gross_after = change.gross_before, change.gross_after
    session.execute(delete(AmendmentLine).where(AmendmentLine.amendment_id == amendment.id))
    amendments.write_steps(session, amendment, change)  # before the lines of the order move
    session.flush()
    amendments.apply(session, actor, order, order.version, terms, change, amendment.reason)
    status.refresh(session, order.id)
