from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import audit, clock, idempotency, numbers, text
from trade.actor import Actor
from trade.books.posting import Document
from trade.errors import Refused
from trade.receivables import items, payments, queries
from trade.receivables.items import NewItem
from trade.receivables.models import Refund


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
    if given.amount <= 0:
        raise Refused("payment.not_positive", field="amount")
    if given.refunded_on > clock.today():
        raise Refused("payment.in_future", field="refunded_on")
    if given.refunded_on < payment.paid_on:
        raise Refused("refund.before_payment", paid_on=payment.paid_on, field="refunded_on")
    key = f"refund-{payment.legal_entity_id}-{text.folded(given.reference)}"
    if not idempotency.is_first(session, key):
        raise Refused("payment.reference_used", reference=given.reference, field="reference")
    held, money = payments.hold(session, payment)
    payments.refuse_stale(money, given.left)
    if given.amount > given.left:
        raise Refused(
            "application.more_than_there", left=given.left, currency=payment.currency, field="amount"
        )
    refund = Refund(
        number=numbers.draw(session, "RF", clock.today()),
        distributor_id=payment.distributor_id,
        legal_entity_id=payment.legal_entity_id,
        money_id=money.id,
        refunded_on=given.refunded_on,
        amount=given.amount,
        currency=payment.currency,
        reference=given.reference,
        note=given.note,
        person_id=actor.person_id,
    )
    session.add(refund)
    session.flush()
    day = given.refunded_on
    item = NewItem(held.account.id, "refund", refund.id, refund.number, day, given.amount, due_on=day)
    document = Document(f"refund-{refund.id}", "refund", "refund", refund.id, day)
    items.pay_out(session, actor, held, money, item, document)
    facts = {"amount": str(given.amount), "reference": given.reference, "number": refund.number}
    audit.record(session, actor, "payment.refunded", facts, subject="payment", subject_id=payment.id)
    return refund.id
