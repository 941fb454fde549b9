"""Open items: what is owed and what is there to pay with, and how one settles the other."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.books.models import Application, OpenItem
from trade.books.posting import Document
from trade.books.rules import BANK, BILLED, CREDIT_NOTE, PREPAYMENT, UNBILLED, leg, split
from trade.credit import ledger
from trade.credit.models import CreditAccount
from trade.errors import LostRace, Refused
from trade.money import ZERO
from trade.orders import status
from trade.orders.models import Order

ITEMS = cast(Table, OpenItem.__table__)
PART_OF = {"payment": PREPAYMENT, "return": CREDIT_NOTE}
IS_OPEN: tuple[ColumnElement[bool], ...] = (OpenItem.applied < OpenItem.amount, OpenItem.voided_at.is_(None))


@dataclass(frozen=True)
class NewItem:
    """A document that is owed (`due_on`) or is there to pay with; whole 分."""

    account_id: int
    kind: str
    subject_id: int
    number: str
    day: date
    amount: Decimal
    due_on: date | None = None
    order_id: int | None = None


@dataclass(frozen=True)
class Step:
    """So much of the money for so much of the debt; `undoes_id` is the application that it takes back."""

    money: OpenItem
    debt: OpenItem
    amount: Decimal
    undoes_id: int | None = None


@dataclass
class Held:
    """An account that nobody else moves until the caller is done, with what is open of it; debts by due day."""

    account: CreditAccount
    debts: Sequence[OpenItem] = ()
    moneys: Sequence[OpenItem] = ()

    @property
    def loose(self) -> Decimal:
        """Money that is neither applied nor promised to an order that is paid in advance."""
        return -self.account.prepayment - self.account.credit_note - self.account.earmarked


def add(session: Session, given: NewItem) -> OpenItem:
    """Let a document stand open until it is settled."""
    item = OpenItem(
        account_id=given.account_id,
        kind=given.kind,
        subject_id=given.subject_id,
        number=given.number,
        is_debt=given.due_on is not None,
        day=given.day,
        due_on=given.due_on,
        amount=given.amount,
        order_id=given.order_id,
    )
    session.add(item)
    session.flush()
    return item


def hold(session: Session, account_id: int, order_ids: Collection[int | None] = ()) -> Held:
    """Lock the orders of all open debts, then the account: documents come before credit in the global order.

    `order_ids` are further orders that the caller moves: of debts that are settled, and may not stay so.
    """
    looked = {each.order_id for each in _open(session, account_id, is_debt=True)} | set(order_ids)
    _lock_orders(session, looked)
    account = _lock(session, account_id)
    debts = _open(session, account_id, is_debt=True)
    if not {each.order_id for each in debts} <= looked:
        raise LostRace
    return Held(account, debts, _open(session, account_id, is_debt=False))


def hold_for(session: Session, account_id: int, order_id: int) -> Held:
    """Lock the account where its order is locked already; debts are those of this order, if there is money at all."""
    held = Held(_lock(session, account_id))
    if held.loose > 0:
        debts = _open(session, account_id, is_debt=True)
        held.debts = [each for each in debts if each.order_id == order_id]
        held.moneys = _open(session, account_id, is_debt=False)
    return held


def oldest(held: Held, moneys: Sequence[OpenItem] | None = None, most: Decimal | None = None) -> list[Step]:
    """Which debt is paid with which money: the first due with the oldest, as far as both and `most` go."""
    left = held.loose if most is None else min(most, held.loose)
    open_ = {each.id: each.amount - each.applied for each in held.debts}
    steps: list[Step] = []
    for money in held.moneys if moneys is None else moneys:
        there = money.amount - money.applied
        for debt in held.debts:
            part = min(there, open_[debt.id], left)
            if part > 0:
                steps.append(Step(money, debt, part))
                open_[debt.id] -= part
                there, left = there - part, left - part
    return steps


def undoing(session: Session, application_id: int) -> Step:
    """What takes an application back, once; what was paid out again stays."""
    found = session.get_one(Application, application_id)
    if found.undoes_id is not None:
        raise Refused("application.is_reversal")
    if session.scalar(select(Application.id).where(Application.undoes_id == found.id)) is not None:
        raise Refused("application.taken_back")
    debt, money = session.get_one(OpenItem, found.debt_id), session.get_one(OpenItem, found.money_id)
    if debt.kind == "refund":
        raise Refused("application.is_refund")
    return Step(money, debt, -found.amount, found.id)


def settle(session: Session, actor: Actor, held: Held, steps: Sequence[Step], source: str = "") -> None:
    """Pay debts with money that is there (核销), or take that back; parts change, their sum does not.

    The account is brought to the day with it, since a debt that is paid may have blocked it.
    """
    if not steps:
        return
    _refuse(held, steps)
    changes: dict[int, Decimal] = {}
    moved: dict[tuple[str, str], Decimal] = {}
    paid = {step.debt.id: step.debt.applied for step in steps}
    for step in steps:
        debt, before = step.debt, paid[step.debt.id]
        old = split(debt.amount, debt.billed, before)
        new = split(debt.amount, debt.billed, before + step.amount)
        paid[debt.id] = before + step.amount
        for side, at in (UNBILLED, 0), (BILLED, 1):
            key = (PART_OF[step.money.kind], side)
            moved[key] = moved.get(key, ZERO) + old[at] - new[at]
        for item in step.money, debt:
            changes[item.id] = changes.get(item.id, ZERO) + step.amount
    _change(session, changes)
    first = _write(session, actor, steps)
    legs = [leg(debit, credit, amount) for (debit, credit), amount in moved.items() if amount]
    money = steps[0].money
    document = Document(
        source or f"application-{first}", "application", money.kind, money.subject_id, clock.today()
    )
    ledger.book_on(session, held.account, document, legs)
    ledger.roll(session, held.account.id, clock.today())
    status.settle(session, {step.debt.order_id for step in steps if step.debt.order_id})


def pay_out(
    session: Session, actor: Actor, held: Held, money: OpenItem, given: NewItem, document: Document
) -> None:
    """Give money back: a debt that this money settles at once, so that nothing of it is ever open."""
    refund = add(session, given)
    step = Step(money, refund, given.amount)
    _refuse(held, [step])
    _change(session, {money.id: given.amount, refund.id: given.amount})
    _write(session, actor, [step])
    ledger.book_on(session, held.account, document, [leg(PART_OF[money.kind], BANK, given.amount)])
    ledger.roll(session, held.account.id, clock.today())


def bill(
    session: Session, account: CreditAccount, amounts: Iterable[tuple[OpenItem, Decimal]], document: Document
) -> None:
    """Let debts, or parts, stand on an invoice; below zero: they stand on it no longer. What was paid stays paid."""
    moved = ZERO
    rows = []
    for debt, amount in amounts:
        before = split(debt.amount, debt.billed, debt.applied)
        moved += split(debt.amount, debt.billed + amount, debt.applied)[1] - before[1]
        rows.append({"item": debt.id, "by": amount})
    session.execute(
        update(ITEMS)
        .where(ITEMS.c.id == bindparam("item"))
        .values(billed=ITEMS.c.billed + bindparam("by", type_=ITEMS.c.billed.type)),
        rows,
    )
    if moved:
        ledger.book_on(session, account, document, [leg(BILLED, UNBILLED, moved)])


def _refuse(held: Held, steps: Sequence[Step]) -> None:
    """Never more than is there, nor than is open, and nothing across accounts."""
    there: dict[int, Decimal] = {}
    for step in steps:
        for item in step.money, step.debt:
            if item.account_id != held.account.id:
                raise Refused("application.other_account")
            there[item.id] = there.get(item.id, item.applied) + step.amount
            if item.voided_at is not None or not 0 <= there[item.id] <= item.amount:
                code = "application.more_than_open" if item.is_debt else "application.more_than_there"
                raise Refused(code, left=item.amount - item.applied, currency=held.account.currency)
    if sum((step.amount for step in steps), ZERO) > held.loose:
        raise Refused("application.earmarked", left=max(held.loose, ZERO), currency=held.account.currency)


def _change(session: Session, changes: dict[int, Decimal]) -> None:
    """Move what is applied of each item, ascending; the table refuses more than its amount."""
    session.execute(
        update(ITEMS)
        .where(ITEMS.c.id == bindparam("item"))
        .values(applied=ITEMS.c.applied + bindparam("by", type_=ITEMS.c.applied.type)),
        [{"item": key, "by": by} for key, by in sorted(changes.items()) if by],
    )


def _write(session: Session, actor: Actor, steps: Sequence[Step]) -> int:
    """Write the applications down; answers the first one's id."""
    rows: list[dict[str, Any]] = [
        {
            "debt_id": step.debt.id,
            "money_id": step.money.id,
            "amount": step.amount,
            "undoes_id": step.undoes_id,
            "person_id": actor.person_id,
        }
        for step in steps
    ]
    return min(session.scalars(insert(Application).returning(Application.id), rows))


def _open(session: Session, account_id: int, *, is_debt: bool) -> Sequence[OpenItem]:
    wanted = select(OpenItem).where(OpenItem.account_id == account_id, OpenItem.is_debt == is_debt, *IS_OPEN)
    order = (OpenItem.due_on, OpenItem.day, OpenItem.id) if is_debt else (OpenItem.day, OpenItem.id)
    return session.scalars(wanted.order_by(*order).execution_options(populate_existing=True)).all()


def _lock(session: Session, account_id: int) -> CreditAccount:
    wanted = select(CreditAccount).where(CreditAccount.id == account_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def _lock_orders(session: Session, ids: Iterable[int | None]) -> None:
    wanted = sorted(each for each in ids if each is not None)
    if wanted:
        session.execute(select(Order.id).where(Order.id.in_(wanted)).order_by(Order.id).with_for_update())
