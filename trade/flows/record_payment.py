from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import audit, clock, idempotency, numbers, text
from trade.actor import Actor
from trade.credit import ledger
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import retest
from trade.receivables.models import Payment

OLDEST = timedelta(days=2 * 365)  # an older day of payment is a slip of the pen
USUAL_PREPAYMENT = (
    Decimal("0.2"),
    Decimal(10000),
)  # of what is owed, and in all: beyond both it is asked about


@dataclass(frozen=True)
class Receipt:
    """Money that came in: whole 分, in the distributor's currency, on a day not in the future."""

    distributor_id: int
    paid_on: date
    amount: Decimal
    reference: str  # the bank's; the same in other letters or widths is the same
    note: str = ""
    is_prepayment: bool = False  # the person looked again: more than is owed, and meant


def record_payment(session: Session, actor: Actor, given: Receipt) -> int:
    """Record a payment (回款), lower the exposure by it, and have held orders tested again; answers its id."""
    distributor = distributors.get_for(session, actor, given.distributor_id)
    entity_id = distributors.default_legal_entity(session)
    if given.amount <= 0:
        raise Refused("payment.not_positive")
    if given.paid_on > clock.today():
        raise Refused("payment.in_future")
    if given.paid_on < clock.today() - OLDEST:
        raise Refused("payment.too_old", field="paid_on")
    source = f"payment-{entity_id}-{text.folded(given.reference)}"
    if not idempotency.is_first(session, source):
        raise Refused("payment.reference_used", reference=given.reference)
    if not given.is_prepayment:
        owed = ledger.owed(session, distributor.id, entity_id)
        share, least = USUAL_PREPAYMENT
        if given.amount - owed > max(owed * share, least):
            raise Refused(
                "payment.above_owed",
                amount=given.amount,
                owed=owed,
                over=given.amount - owed,
                currency=distributor.currency,
                field="is_prepayment",
            )
    ledger.pay(session, distributor.id, entity_id, given.amount, source)
    payment = Payment(
        number=numbers.draw(session, "RC", clock.today()),
        distributor_id=distributor.id,
        legal_entity_id=entity_id,
        paid_on=given.paid_on,
        amount=given.amount,
        currency=distributor.currency,
        reference=given.reference,
        note=given.note,
        person_id=actor.person_id,
    )
    session.add(payment)
    session.flush()
    facts = {"amount": str(given.amount), "reference": given.reference}
    audit.record(session, actor, "payment.recorded", facts, subject="payment", subject_id=payment.id)
    retest.call_for(session, distributor.id, f"payment-{payment.id}")
    outbox.post(session, "payment.recorded", payment_id=payment.id, distributor_id=distributor.id)
    return payment.id
