"""What finance does by hand with money that is there, a payment's or a credit note's: settle debts, take back, pay out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit, clock, idempotency, numbers, text
from trade.actor import Actor
from trade.books.models import Application, OpenItem
from trade.books.posting import Document
from trade.errors import Refused
from trade.money import ZERO
from trade.orders import retest
from trade.receivables import items
from trade.receivables.items import Held, NewItem, Step
from trade.receivables.models import Refund

# What the audit calls the money, and the noun that it is about, by the kind of its item.
AUDITED = {"payment": ("payment", "payment"), "return": ("credit_note", "return_request")}


@dataclass(frozen=True)
class Outgoing:
    """Money that went back to a distributor: whole 分, on a day not in the future; the bank's reference counts once."""

    refunded_on: date
    amount: Decimal
    reference: str
    note: str = ""


def refuse_stale(money: OpenItem, left: Decimal) -> None:
    """What is done with money is done with what the person saw of it: a second tap finds it changed."""
    if money.voided_at is not None:
        raise Refused("payment.voided")
    if money.amount - money.applied != left:
        raise Refused("application.changed_meanwhile")


def apply(
    session: Session, actor: Actor, held: Held, money: OpenItem, amounts: Mapping[int, Decimal]
) -> Decimal:
    """Settle debts (核销), by amounts for each or those due first; held orders are tested again. Answers how much."""
    debts = {debt.id: debt for debt in held.debts}
    if not amounts.keys() <= debts.keys():
        raise Refused("application.changed_meanwhile")
    chosen = [Step(money, debts[key], amount) for key, amount in amounts.items() if amount]
    steps = chosen if amounts else items.oldest(held, [money])
    if not steps:
        raise Refused("application.nothing")
    items.settle(session, actor, held, steps)
    _record(session, actor, "applied", money, {step.debt.number: str(step.amount) for step in steps})
    last = select(Application.id).where(Application.money_id == money.id).order_by(Application.id.desc())
    cause = f"application-{session.scalars(last.limit(1)).one()}"
    retest.call_for(session, held.account.distributor_id or 0, cause)  # what was overdue may not be so now
    return sum((step.amount for step in steps), ZERO)


def order_of(session: Session, application_id: int) -> int | None:
    """The order whose debt an application settled, which has to be locked before it is taken back."""
    row = session.execute(
        select(OpenItem.order_id)
        .join(Application, Application.debt_id == OpenItem.id)
        .where(Application.id == application_id)
    ).one_or_none()
    if row is None:
        raise Refused("application.not_found")
    return row[0]


def take_back(session: Session, actor: Actor, held: Held, money: OpenItem, application_id: int) -> None:
    """Take one application of this money back (反核销): the debt is open again, the money there again."""
    step = items.undoing(session, application_id)
    if step.money.id != money.id:
        raise Refused("application.not_found")
    items.settle(session, actor, held, [step])
    _record(session, actor, "unapplied", money, {step.debt.number: str(step.amount)})


def claim(session: Session, money: OpenItem, legal_entity_id: int, given: Outgoing) -> None:
    """Refuse what cannot be so, and let the bank's reference count once; before the account is locked."""
    if given.amount <= 0:
        raise Refused("payment.not_positive", field="amount")
    if given.refunded_on > clock.today():
        raise Refused("refund.in_future", field="refunded_on")
    if given.refunded_on < money.day:
        raise Refused("refund.before_payment", paid_on=money.day, field="refunded_on")
    if not idempotency.is_first(session, f"refund-{legal_entity_id}-{text.folded(given.reference)}"):
        raise Refused("payment.reference_used", reference=given.reference, field="reference")


def pay_back(session: Session, actor: Actor, held: Held, money: OpenItem, given: Outgoing) -> int:
    """Pay back what is left of it (退款), whole or in part; answers the refund's id."""
    account, left = held.account, money.amount - money.applied
    if given.amount > left:
        raise Refused("application.more_than_there", left=left, currency=account.currency, field="amount")
    refund = Refund(
        number=numbers.draw(session, "RF", clock.today()),
        distributor_id=account.distributor_id or 0,
        legal_entity_id=account.legal_entity_id,
        money_id=money.id,
        refunded_on=given.refunded_on,
        amount=given.amount,
        currency=account.currency,
        reference=given.reference,
        note=given.note,
        person_id=actor.person_id,
    )
    session.add(refund)
    session.flush()
    day = given.refunded_on
    item = NewItem(account.id, "refund", refund.id, refund.number, day, given.amount, due_on=day)
    document = Document(f"refund-{refund.id}", "refund", "refund", refund.id, day)
    items.pay_out(session, actor, held, money, item, document)
    facts = {"amount": str(given.amount), "reference": given.reference, "number": refund.number}
    _record(session, actor, "refunded", money, facts)
    return refund.id


def _record(session: Session, actor: Actor, deed: str, money: OpenItem, facts: Mapping[str, str]) -> None:
    called, noun = AUDITED[money.kind]
    audit.record(session, actor, f"{called}.{deed}", facts, subject=noun, subject_id=money.subject_id)
