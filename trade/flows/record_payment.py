from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import audit, clock, idempotency, numbers, text
from trade.actor import Actor
from trade.books.posting import Document
from trade.books.rules import BANK, PREPAYMENT, Leg
from trade.credit import ledger
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.money import ZERO
from trade.notices import outbox
from trade.orders import retest
from trade.receivables import items
from trade.receivables.items import NewItem
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
    is_applied: bool = True  # to the debts that are due first; else it waits until somebody says to which


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
    held = items.hold(session, ledger.get_account(session, distributor.id, entity_id))
    if not given.is_prepayment:
        owed = max(held.account.used, ZERO)
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
    document = Document(source, "payment", "payment", payment.id, given.paid_on)
    legs = [Leg(BANK, PREPAYMENT, given.amount)]
    account = held.account
    ledger.book_on(session, account, document, legs)
    new = NewItem(account.id, "payment", payment.id, payment.number, given.paid_on, given.amount)
    money = items.add(session, new)
    if given.is_applied:
        session.refresh(account)
        items.settle(session, actor, held, items.oldest(held, [money]), f"{source}-applied")
    facts = {"amount": str(given.amount), "reference": given.reference}
    audit.record(session, actor, "payment.recorded", facts, subject="payment", subject_id=payment.id)
    retest.call_for(session, distributor.id, f"payment-{payment.id}")
    outbox.post(session, "payment.recorded", payment_id=payment.id, distributor_id=distributor.id)
    return payment.id
