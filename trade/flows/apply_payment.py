from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.receivables import payments, queries, settling


@dataclass(frozen=True)
class Choice:
    """Where a payment goes: amounts by debt, or nothing said for the debts due first; `left` is what the person saw."""

    payment_id: int
    left: Decimal
    amounts: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class TakenBack:
    payment_id: int
    application_id: int


def apply_payment(session: Session, actor: Actor, given: Choice) -> Decimal:
    """Settle debts with what is left of a payment (核销), by hand or those due first; answers how much was settled."""
    held, money = payments.hold(session, queries.get_for(session, actor, given.payment_id))
    settling.refuse_stale(money, given.left)
    return settling.apply(session, actor, held, money, given.amounts)


def unapply_payment(session: Session, actor: Actor, given: TakenBack) -> None:
    """Take one application of a payment back (反核销): the debt is open again, the money there again."""
    payment = queries.get_for(session, actor, given.payment_id)
    held, money = payments.hold(session, payment, [settling.order_of(session, given.application_id)])
    settling.take_back(session, actor, held, money, given.application_id)
