from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.books.models import Application, OpenItem
from trade.errors import Refused
from trade.orders import retest
from trade.receivables import items, payments, queries
from trade.receivables.items import Step


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
    payment = queries.get_for(session, actor, given.payment_id)
    held, money = payments.hold(session, payment)
    payments.refuse_stale(money, given.left)
    debts = {debt.id: debt for debt in held.debts}
    if not given.amounts.keys() <= debts.keys():
        raise Refused("application.changed_meanwhile")
    chosen = [Step(money, debts[key], amount) for key, amount in given.amounts.items() if amount]
    steps = chosen if given.amounts else items.oldest(held, [money])
    if not steps:
        raise Refused("application.nothing")
    items.settle(session, actor, held, steps)
    told = {step.debt.number: str(step.amount) for step in steps}
    audit.record(session, actor, "payment.applied", told, subject="payment", subject_id=payment.id)
    last = session.scalars(
        select(Application.id)
        .where(Application.money_id == money.id)
        .order_by(Application.id.desc())
        .limit(1)
    ).one()
    retest.call_for(
        session, payment.distributor_id, f"application-{last}"
    )  # what was overdue may not be so now
    return sum((step.amount for step in steps), Decimal(0))


def unapply_payment(session: Session, actor: Actor, given: TakenBack) -> None:
    """Take one application of a payment back (反核销): the debt is open again, the money there again."""
    payment = queries.get_for(session, actor, given.payment_id)
    order_id = session.execute(
        select(OpenItem.order_id)
        .join(Application, Application.debt_id == OpenItem.id)
        .where(Application.id == given.application_id)
    ).one_or_none()
    if order_id is None:
        raise Refused("application.not_found")
    held, money = payments.hold(session, payment, list(order_id))
    step = items.undoing(session, given.application_id)
    if step.money.id != money.id:
        raise Refused("application.not_found")
    items.settle(session, actor, held, [step])
    told = {step.debt.number: str(step.amount)}
    audit.record(session, actor, "payment.unapplied", told, subject="payment", subject_id=payment.id)
