from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.amendments import changes as amendments
from trade.amendments.models import Amendment
from trade.approvals import kernel
from trade.approvals.kernel import Ask
from trade.distributors.queries import refuse_paused
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import queries, status
from trade.orders.circumstances import Circumstances, get_to_take
from trade.orders.models import Order
from trade.orders.queries import Seen


@dataclass(frozen=True)
class NewAmendment(Seen):
    """By SKU id the quantities in order units that are to stand, 0 to take out; what is not named stays.

    `seen_gross` is what would be due, as it stood on the page: another figure is told, not charged.
    """

    quantities: Mapping[int, int]
    reason: str
    seen_gross: Decimal | None = None


def amend_order(session: Session, actor: Actor, given: NewAmendment) -> int:
    """Change an approved order before it is shipped, or ask whom it must; answers the amendment's id.

    The brand's people change at once unless a rule says that somebody else decides; a distributor always asks.
    """
    if not given.reason.strip():
        raise Refused("amendment.reason_needed", field="reason")
    order, known = get_to_take(session, actor, given.order_id)
    if order.approval_state != "approved" or order.version != given.version:
        raise Refused("order.changed_meanwhile")
    if amendments.find_pending(session, order.id) is not None:
        raise Refused("amendment.waits_already")
    day = clock.today()
    terms = amendments.terms_for(session, order, day)
    is_asked_for = not actor.may(Permission.ORDER_AMEND)
    lines = {line.sku_id: line for line in queries.lines_of(session, order.id)}
    change = amendments.foresee(
        session, order, lines, terms, known, given.quantities, day, is_asked_for=is_asked_for
    )
    if not change.steps:
        raise Refused("amendment.nothing_changed")
    if is_asked_for and change.gross_after > change.gross_before:
        refuse_paused(terms.status)  # more is ordered like anything else; less may always be asked for
    if change.problems:
        raise Refused("order.lines_refused", lines=change.problems)
    if given.seen_gross is not None and given.seen_gross != change.gross_after:
        before, after = given.seen_gross, change.gross_after
        raise Refused("order.price_changed", before=before, after=after, currency=order.currency)
    if change.reasons:
        return _ask(session, actor, order, known, change, given.reason)
    amendment = amendments.remember(session, actor, order, change, given.reason, "applied")
    amendments.apply(session, actor, order, given.version, terms, change, given.reason)
    status.refresh(session, order.id)
    outbox.post(session, "order.amended", order_id=order.id, amendment_id=amendment.id)
    return amendment.id


def _ask(
    session: Session,
    actor: Actor,
    order: Order,
    known: Circumstances,
    change: amendments.Change,
    reason: str,
) -> int:
    """Let somebody else decide; until then the order stays as it is and nothing more is taken."""
    amendment: Amendment = amendments.remember(session, actor, order, change, reason, "pending")
    amendment.decide_by = kernel.open_request(
        session,
        actor,
        Ask(
            subject="amendment",
            subject_id=amendment.id,
            subject_version=amendment.version,
            distributor_id=order.distributor_id,
            amount=change.gross_after,
            reasons=change.reasons,
            now=clock.now(),
            title=order.number or "",
            decision_hours=int(known.settings["order.decision_hours"]),
            escalation_hours=int(known.settings["order.escalation_hours"]),
        ),
    )
    outbox.post(session, "amendment.pending", order_id=order.id, amendment_id=amendment.id)
    return amendment.id
