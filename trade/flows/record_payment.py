from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.notices import outbox
from trade.receivables import payments
from trade.receivables.payments import Receipt

__all__ = ["Receipt", "record_payment"]


def record_payment(session: Session, actor: Actor, given: Receipt) -> int:
    """Record a payment (回款), lower the exposure by it, and have held orders tested again; answers its id."""
    plan = payments.oldest if given.is_applied else payments.later
    payment = payments.take_in(session, actor, given, plan)
    outbox.post(session, "payment.recorded", payment_id=payment.id, distributor_id=payment.distributor_id)
    return payment.id
