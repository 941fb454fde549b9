"""The real flows in the words of the plain model: what a person does, on three new distributors of one database."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.races import crowd
from tests.races.crowd import Company, Goods, Staff
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.books.models import Application, LedgerEntry, OpenItem
from trade.books.rules import PARTS
from trade.catalog.models import Sku
from trade.credit import groups, ledger, limits
from trade.credit.models import CreditAccount
from trade.distributors.models import CreditGroup, Distributor, Standing
from trade.errors import Refused
from trade.flows.allow_over_limit import OverLimit, allow_over_limit
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.confirm_receipt import Receipt as Signature
from trade.flows.confirm_receipt import confirm_receipt
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.issue_invoice import NewInvoice, issue_invoice
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.request_return import NewReturn, request_return
from trade.flows.retest_order import retest_order
from trade.flows.roll_credit import roll_credit
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.set_group_limit import GroupLimit, set_group_limit
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.submit_order import Submission, submit_order
from trade.fulfilment.models import Shipment
from trade.orders.models import Order, OrderLine
from trade.people.models import Person
from trade.pricing.models import PriceRow
from trade.receivables import items
from trade.returns.models import ReturnReason, ReturnRequest

FACTOR = 7  # base units of the order unit, so that parts of a line are no whole 分
PRICE = Decimal("10.01")


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def yuan(amount: int) -> Decimal:
    return Decimal(amount) / 100


def prepare() -> int:
    """A product with plenty of stock; answers its id."""
    (sku_id,) = db.run(crowd.make_goods, OPERATOR, Goods(["STATEFUL"], 10**8))

    def unit(session: Session, _actor: Actor, _given: None) -> None:
        session.execute(update(Sku).where(Sku.id == sku_id).values(order_factor=FACTOR, order_unit="case"))
        row = update(PriceRow).where(PriceRow.sku_id == sku_id)
        session.execute(row.values(price=PRICE, unit="case", factor=FACTOR))

    db.run(unit, OPERATOR, None)
    return sku_id


@dataclass(frozen=True)
class Member:
    distributor_id: int
    account_id: int
    buyer: Actor


class Engine:
    """Three distributors without a limit, and a group that has none yet."""

    def __init__(self, sku_id: int, number: int, names: tuple[str, ...]) -> None:
        self.sku_id, self.payments, self.limits = sku_id, 0, 0
        self.members: dict[str, Member] = {}
        for name in names:
            code = f"ST-{number}-{name}"
            key = db.run(crowd.make_company, OPERATOR, Company(code, Decimal(0)))
            (buyer,) = db.run(crowd.hire, OPERATOR, Staff([code.lower()], key))
            with db.read() as session:
                account = session.scalars(
                    select(CreditAccount.id).where(CreditAccount.distributor_id == key)
                ).one()
            self.members[name] = Member(key, account, buyer.actor)
        with db.read() as session:
            rep_id = session.scalars(select(Person.id).where(Person.user_name == "rep")).one()
        self.rep = replace(OPERATOR, person_id=rep_id)
        self.code, self.group_id = f"G-{number}", 0
        self.group_id = db.run(self._make_group, OPERATOR, None)

    def _make_group(self, session: Session, _actor: Actor, _given: None) -> int:
        group = CreditGroup(code=self.code, name=self.code)
        session.add(group)
        session.flush()
        return group.id

    def account_of(self, session: Session, name: str) -> CreditAccount | None:
        """The account of a member, or of the group by any other name."""
        member = self.members.get(name)
        found = select(CreditAccount).where(
            CreditAccount.id == member.account_id
            if member
            else CreditAccount.credit_group_id == self.group_id
        )
        return session.scalars(found.execution_options(populate_existing=True)).one_or_none()

    # what people do

    def fill(self, name: str, cases: int, percent: int) -> int:
        """A cart of a distributor with these terms; answers the order."""
        member = self.members[name]
        terms = {"terms": "advance", "advance_percent": percent} if percent else {"terms": "monthly"}

        def change(session: Session, _actor: Actor, _given: None) -> None:
            own = update(Standing).where(Standing.distributor_id == member.distributor_id)
            session.execute(own.values(**terms, terms_days=10))

        db.run(change, OPERATOR, None)
        return db.run(fill_cart, member.buyer, Wishes({self.sku_id: cases}))

    def submit(self, name: str, order_id: int) -> Order:
        order = self.order(order_id)
        db.run(submit_order, self.members[name].buyer, Submission(order_id, order.version))
        return self.order(order_id)

    def order(self, order_id: int) -> Order:
        with db.read() as session:
            return session.scalars(select(Order).where(Order.id == order_id)).one()

    def line(self, order_id: int) -> OrderLine:
        with db.read() as session:
            return session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).one()

    def retest(self, order_id: int) -> str:
        db.run(retest_order, OPERATOR, order_id)
        return self.order(order_id).approval_state

    def exceed(self, order_id: int, amount: int) -> str | None:
        """Approve what is over; answers the state, or None where that was refused."""
        try:
            version = self.order(order_id).version
            return db.run(allow_over_limit, OPERATOR, OverLimit(order_id, version, yuan(amount), "x"))
        except Refused:
            return None

    def ship(self, order_id: int, quantity: int) -> OpenItem | None:
        """Ship so many base units; answers the debt, or None where it was not let go."""
        line = self.line(order_id)
        given = Dispatch(order_id, self.order(order_id).version, "顺丰", "SF", [Packed(line.id, quantity)])
        try:
            shipment_id = db.run(ship_order, OPERATOR, given)
        except Refused as refusal:
            assert refusal.code.startswith("release."), refusal.code
            return None
        with db.read() as session:
            of_it = (OpenItem.kind == "shipment", OpenItem.subject_id == shipment_id)
            return session.scalars(select(OpenItem).where(*of_it)).one()

    def cancel(self, order_id: int) -> None:
        db.run(cancel_rest, OPERATOR, Cancellation(order_id, self.order(order_id).version, "x"))

    def amend(self, order_id: int, cases: int) -> str:
        """Let another quantity stand; answers what became of it."""
        order = self.order(order_id)
        try:
            db.run(amend_order, OPERATOR, NewAmendment(order_id, order.version, {self.sku_id: cases}, "x"))
        except Refused as refusal:
            return refusal.code.removeprefix("amendment.")
        return "taken"

    def give_back(self, name: str, order_id: int, quantity: int) -> OpenItem | None:
        """Sign for all that came and give so many base units back; answers the credit note, if it is worth one."""
        buyer = self.members[name].buyer
        for shipment_id in self._unsigned(order_id):
            given = Signature(order_id, self.order(order_id).version, shipment_id, {})
            db.run(confirm_receipt, buyer, given)
        with db.read() as session:
            reason_id = session.scalars(select(ReturnReason.id).where(ReturnReason.code == "expiring")).one()
        wanted = NewReturn(order_id, reason_id, {self.line(order_id).id: quantity})
        key = db.run(request_return, OPERATOR, wanted)
        with db.read() as session:
            version = session.scalars(select(ReturnRequest.version).where(ReturnRequest.id == key)).one()
        db.run(decide_return, self.rep, ReturnDecision(key, version, "approve", is_waived=True))
        with db.read() as session:
            of_it = (OpenItem.kind == "return", OpenItem.subject_id == key)
            return session.scalars(select(OpenItem).where(*of_it)).one_or_none()

    def _unsigned(self, order_id: int) -> list[int]:
        with db.read() as session:
            sent = select(Shipment.id).where(Shipment.order_id == order_id, Shipment.received_at.is_(None))
            return list(session.scalars(sent.order_by(Shipment.id)))

    def invoice(self, shipment_id: int) -> None:
        db.run(issue_invoice, OPERATOR, NewInvoice([shipment_id]))

    def pay(self, name: str, amount: int, *, is_applied: bool) -> int:
        """Record a payment; answers its open item."""
        self.payments += 1
        reference = f"{self.code}-{self.payments}"
        key = self.members[name].distributor_id
        given = Receipt(key, clock.today(), yuan(amount), reference, "", True, is_applied)
        payment_id = db.run(record_payment, OPERATOR, given)
        with db.read() as session:
            of_it = (OpenItem.kind == "payment", OpenItem.subject_id == payment_id)
            return session.scalars(select(OpenItem.id).where(*of_it)).one()

    def apply(self, money_id: int, debt_id: int, amount: int) -> int:
        def settle(session: Session, actor: Actor, _given: None) -> None:
            money, debt = session.get_one(OpenItem, money_id), session.get_one(OpenItem, debt_id)
            held = items.hold(session, money.account_id)
            items.settle(session, actor, held, [items.Step(money, debt, yuan(amount))])

        db.run(settle, OPERATOR, None)
        return self.last_application(money_id, debt_id)

    def last_application(self, money_id: int, debt_id: int) -> int:
        between = (
            Application.money_id == money_id,
            Application.debt_id == debt_id,
            Application.undoes_id.is_(None),
        )
        with db.read() as session:
            return session.scalars(select(func.max(Application.id)).where(*between)).one()

    def take_back(self, application_id: int) -> None:
        def undo(session: Session, actor: Actor, _given: None) -> None:
            step = items.undoing(session, application_id)
            held = items.hold(session, step.money.account_id)
            items.settle(session, actor, held, [items.undoing(session, application_id)])

        db.run(undo, OPERATOR, None)

    def set_limit(self, name: str, amount: int, days: int | None = None) -> None:
        until = clock.today() + timedelta(days=days) if days is not None else None
        self.limits += 1
        if name in self.members:
            key = self.members[name].distributor_id
            reason = f"wish {self.limits}"  # the very same temporary limit is given once
            db.run(set_limit, OPERATOR, NewLimit(key, yuan(amount), reason, until))
        else:
            given = GroupLimit(self.group_id, "CNY", yuan(amount), "x", until)
            db.run(set_group_limit, OPERATOR, given)

    def set_block(self, name: str, mode: str) -> None:
        def block(session: Session, _actor: Actor, _given: None) -> None:
            limits.lock(session, self.members[name].account_id).block_mode = mode
            session.flush()
            ledger.roll(session, self.members[name].account_id, clock.today())

        db.run(block, OPERATOR, None)

    def change_group(self, name: str, *, is_member: bool) -> None:
        key = self.members[name].distributor_id

        def change(session: Session, _actor: Actor, _given: None) -> None:
            group = self.group_id if is_member else None
            session.execute(update(Distributor).where(Distributor.id == key).values(credit_group_id=group))
            groups.link(session, key)

        db.run(change, OPERATOR, None)

    def roll(self, name: str) -> None:
        with db.read() as session:
            account = self.account_of(session, name)
        if account is not None:
            db.run(roll_credit, OPERATOR, account.id)

    # what stands

    def kept(self, name: str) -> dict[str, Any] | None:
        """The row of an account, in 分; the ledger's sides of it add up to nothing."""
        with db.read() as session:
            found = self.account_of(session, name)
            if found is None:
                return None
            sides: dict[str, Decimal] = {}
            for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.account_id == found.id)):
                sides[entry.debit] = sides.get(entry.debit, Decimal(0)) + entry.amount
                sides[entry.credit] = sides.get(entry.credit, Decimal(0)) - entry.amount
            assert sum(sides.values(), Decimal(0)) == 0
            parts = {part: cents(getattr(found, part)) for part in PARTS}
            if name in self.members:
                assert parts == {part: cents(sides.get(part, Decimal(0))) for part in PARTS}
            return {
                "parts": parts,
                "used": cents(found.used),
                "earmarked": cents(found.earmarked),
                "limit": cents(found.effective_limit),
                "blocked": found.blocked_reason,
                "as_of": found.as_of,
            }
