from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.banking import lines, matching
from trade.banking.lines import Seen
from trade.banking.matching import CERTAIN, Debt
from trade.banking.models import BankLine
from trade.books.models import Application, OpenItem
from trade.errors import Refused
from trade.jobs import queue
from trade.notices import outbox
from trade.orders.models import Order
from trade.receivables import items, payments, proofs, queries
from trade.receivables.items import Held, Step
from trade.receivables.models import Payment
from trade.receivables.payments import Receipt


@dataclass(frozen=True)
class Confirmation:
    """Whose money a line is, and where it goes: as proposed, to the debts due first, or nowhere yet."""

    seen: Seen
    distributor_id: int
    way: str = "proposed"  # proposed, oldest, later
    shown: str = ""  # the plan that the person saw; another one is told instead of booked


@dataclass(frozen=True)
class Asked:
    """A line of many that somebody asked to have confirmed."""

    line_id: int
    version: int
    person_id: int | None


@dataclass(frozen=True)
class Aside:
    seen: Seen
    reason: str


@dataclass(frozen=True)
class Same:
    """A line that is the money of a payment which was recorded by another way."""

    seen: Seen
    payment_id: int


def confirm_bank_line(session: Session, actor: Actor, given: Confirmation) -> int:
    """Book a line as its distributor's payment and apply it; of two who confirm it, one does. Answers the payment."""
    line = lines.get_for(session, actor, given.seen.line_id)
    lines.move(session, actor, given.seen, "open")  # held from here on
    order_numbers: dict[int, str] = {}

    def plan(held: Held, money: OpenItem) -> Sequence[Step]:
        if given.way == "later":
            return ()
        if given.way == "oldest":
            return items.oldest(held, [money])
        order_numbers.update(_order_numbers(session, held))
        return _proposed(held, money, line.reference, order_numbers, given.shown)

    mapping = lines.mapping_of(session, line)
    receipt = Receipt(
        given.distributor_id,
        line.day,
        line.amount,
        line.serial or f"{mapping.account_no[-4:]}-{line.day:%Y%m%d}-{line.fingerprint[:10]}",
        " ".join(each for each in (line.payer_name, line.reference) if each)[:500],
        is_prepayment=True,  # the bank has it
        currency=line.currency,
        origin="bank",
    )
    payment = payments.take_in(session, actor, receipt, plan)
    _book(session, line.id, payment.id)
    outbox.post(session, "payment.recorded", payment_id=payment.id, distributor_id=payment.distributor_id)
    return payment.id


def confirm_certain_line(session: Session, actor: Actor, given: Seen) -> int:
    """Book a line for whom it is proposed, if that is certain."""
    line = lines.get_for(session, actor, given.line_id)
    if line.proposed_id is None or line.certainty < CERTAIN:
        raise Refused("bank_line.not_certain")
    return confirm_bank_line(session, actor, Confirmation(given, line.proposed_id))


def confirm_asked_line(session: Session, actor: Actor, given: Asked) -> int | None:
    """Do what somebody asked for with many others; a line that somebody decided meanwhile stays as it is."""
    line = lines.get_for(session, actor, given.line_id)
    if line.state != "open" or line.version != given.version or line.certainty < CERTAIN:
        return None
    asked = replace(actor, person_id=given.person_id)
    return confirm_certain_line(session, asked, Seen(given.line_id, given.version))


def ask_for_certain_lines(session: Session, actor: Actor, given: Sequence[Seen]) -> int:
    """Have many certain lines confirmed by the worker, each in a transaction of its own; answers how many."""
    lines.refuse_stranger(actor)
    return sum(
        queue.enqueue(
            session,
            "bank.confirm",
            f"bank.confirm-{each.line_id}-v{each.version}",
            {"line_id": each.line_id, "version": each.version, "person_id": actor.person_id},
        )
        for each in given
    )


def set_bank_line_aside(session: Session, actor: Actor, given: Aside) -> None:
    """Say that a line is no distributor's money, and why: interest, a refund of a supplier."""
    lines.get_for(session, actor, given.seen.line_id)
    lines.move(session, actor, given.seen, "open", state="aside", note=given.reason)
    told = {"reason": given.reason}
    audit.record(session, actor, "bank.set_aside", told, subject="bank_line", subject_id=given.seen.line_id)


def tie_bank_line(session: Session, actor: Actor, given: Same) -> None:
    """Say that a line is a payment that was recorded already, so that the money is booked once."""
    line = lines.get_for(session, actor, given.seen.line_id)
    payment = queries.get_for(session, actor, given.payment_id)
    lines.move(session, actor, given.seen, "open")
    taken = session.scalar(select(BankLine.id).where(BankLine.payment_id == payment.id))
    if payment.voided_at is not None or taken is not None:
        raise Refused("bank_line.payment_taken")
    if (payment.amount, payment.currency) != (line.amount, line.currency):
        raise Refused("bank_line.amount_differs", amount=payment.amount, currency=payment.currency)
    _book(session, line.id, payment.id)
    told = {"number": payment.number}
    audit.record(session, actor, "bank.tied", told, subject="bank_line", subject_id=line.id)


def reopen_bank_line(session: Session, actor: Actor, given: Aside) -> None:
    """Take a decision back: a payment that a line was booked as is taken back with all that it settled."""
    line = lines.get_for(session, actor, given.seen.line_id)
    before, payment_id = line.state, line.payment_id
    if before == "open":
        lines.move(session, actor, given.seen, "booked")  # refuses, and says who came first
    lines.move(session, actor, given.seen, before, state="open", payment_id=None, note="")
    if payment_id is not None:
        payment = queries.get_for(session, actor, payment_id)
        if payment.origin == "bank" and payment.voided_at is None:
            _undo(session, actor, payment)
            payments.void(session, actor, payment, given.reason)
            proofs.let_go(session, payment.id)
    told = {"reason": given.reason}
    audit.record(session, actor, "bank.reopened", told, subject="bank_line", subject_id=line.id)


def _proposed(
    held: Held, money: OpenItem, reference: str, order_numbers: dict[int, str], shown: str
) -> list[Step]:
    debts = [
        Debt(each.id, each.number, each.amount - each.applied, order_numbers.get(each.order_id or 0))
        for each in held.debts
    ]
    parts = matching.plan(money.amount, debts, matching.named(reference, debts))
    if shown and shown != matching.digest(parts):
        raise Refused("bank_line.plan_changed")
    by_id = {each.id: each for each in held.debts}
    steps, left = [], held.loose
    for part in parts:
        amount = min(part.amount, left)
        if amount > 0:
            steps.append(Step(money, by_id[part.debt_id], amount))
            left -= amount
    return steps


def _order_numbers(session: Session, held: Held) -> dict[int, str]:
    ids = {each.order_id for each in held.debts if each.order_id}
    wanted = select(Order.id, Order.number).where(Order.id.in_(ids))
    return {key: number for key, number in session.execute(wanted) if number}


def _book(session: Session, line_id: int, payment_id: int) -> None:
    session.execute(
        update(BankLine)
        .where(BankLine.id == line_id)
        .values(state="booked", payment_id=payment_id, decided_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _undo(session: Session, actor: Actor, payment: Payment) -> None:
    """Take back all that a payment settled; what was paid out of it stays, and so does the payment then."""
    money = payments.item_of(session, payment)
    used = [each for each in queries.settled_by(session, money.id) if not each.is_undone]
    held, money = payments.hold(session, payment, [each.debt.order_id for each in used])
    ids = session.scalars(
        select(Application.id).where(Application.money_id == money.id, Application.undoes_id.is_(None))
    ).all()
    gone = set(session.scalars(select(Application.undoes_id).where(Application.undoes_id.in_(ids))))
    steps = [items.undoing(session, each) for each in ids if each not in gone]
    items.settle(session, actor, held, steps)
