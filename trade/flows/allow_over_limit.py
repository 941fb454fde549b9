from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock, settings
from trade.actor import Actor
from trade.approvals import alone
from trade.approvals.alone import Wish
from trade.credit import exceptions, ledger
from trade.errors import Refused
from trade.money import ZERO, rounded
from trade.notices import outbox
from trade.orders import held
from trade.orders.circumstances import Circumstances, get_to_take
from trade.orders.models import Order, OrderEvent
from trade.orders.queries import Seen
from trade.registrations import tied

SUBMITTED = ("accept", "hold", "ask")
MOST = "credit.over_limit_most"


@dataclass(frozen=True)
class OverLimit(Seen):
    """What is over the limit as the approver saw it; whole 分."""

    amount: Decimal
    reason: str


def allow_over_limit(session: Session, actor: Actor, given: OverLimit) -> str:
    """Let one order go beyond the limit, by somebody who did not submit it; answers the state it is in then.

    Bounded by the setting, and by what the policy for limits lets this person say alone.
    """
    order, known = get_to_take(session, actor, given.order_id)
    if order.version != given.version:
        raise Refused("order.changed_meanwhile")
    if order.approval_state not in ("held", "approved", "pending"):
        raise Refused("release.not_waiting")
    tied.refuse_gone(session, order)
    _refuse_own(session, actor, order)
    most = Decimal(settings.load(session, MOST)[MOST])
    if given.amount > most:
        raise Refused("release.beyond_right", most=most, currency=order.currency)
    is_held = order.approval_state == "held"
    over = ledger.beyond(
        session, order.distributor_id, order.legal_entity_id, order.gross if is_held else ZERO, clock.today()
    )
    largest = max(over.values(), default=ZERO)
    if largest <= 0:
        raise Refused("release.not_over")
    if largest > given.amount:
        raise Refused("release.more_now", over=largest, currency=order.currency)
    alone.refuse_more(session, actor, Wish(largest, order.distributor_id), "release.not_alone")
    for account_id, amount in sorted(over.items()):
        exceptions.allow(session, actor, account_id, order.id, amount, given.reason)
    facts = {"amount": str(rounded(largest)), "reason": given.reason, "order": order.number}
    audit.record(session, actor, "credit.exceeded", facts, subject="order", subject_id=order.id)
    return _let_go(session, actor, order, known, largest) if is_held else order.approval_state


def _let_go(session: Session, actor: Actor, order: Order, known: Circumstances, over: Decimal) -> str:
    taken = held.try_again(session, actor, order, known, over)
    if taken.state == "held":
        raise Refused("release.still_held", reasons=taken.reasons, why=taken.reasons[0]["code"])
    outbox.post(session, f"order.{taken.state}", order_id=order.id)
    return taken.state


def _refuse_own(session: Session, actor: Actor, order: Order) -> None:
    submitted = select(OrderEvent.person_id).where(
        OrderEvent.order_id == order.id, OrderEvent.action.in_(SUBMITTED)
    )
    if actor.person_id is not None and actor.person_id in set(session.scalars(submitted)):
        raise Refused("release.own")
