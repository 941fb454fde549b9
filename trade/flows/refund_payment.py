from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.receivables import payments, queries, settling
from trade.receivables.settling import Outgoing


@dataclass(frozen=True)
class Back:
    """Money that went back to the distributor; `left` is what the person saw of the payment."""

    payment_id: int
    left: Decimal
    refunded_on: date
    amount: Decimal
    reference: str  # the bank's
    note: str = ""


def refund_payment(session: Session, actor: Actor, given: Back) -> int:
    """Pay back what is left of a payment (退款), whole or in part; answers the refund's id."""
    payment = queries.get_for(session, actor, given.payment_id)
    out = Outgoing(given.refunded_on, given.amount, given.reference, given.note)
    settling.claim(session, payments.item_of(session, payment), payment.legal_entity_id, out)
    held, money = payments.hold(session, payment)
    settling.refuse_stale(money, given.left)
    return settling.pay_back(session, actor, held, money, out)
