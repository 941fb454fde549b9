"""The real flows against counting from documents: whatever people do in whatever order, no figure differs.

The books of every account add up to nothing after each step, and the parts that it keeps are their sums.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import func, select

from tests.credit.conftest import COUNTED, Walked
from tests.credit.engine import Engine, cents, prepare
from tests.credit.model import Books, Debt, Limit, Money, Order
from tests.races import crowd
from tests.reused import connected
from tests.verify.tampering import said, tampered
from tests.world import OPERATOR
from trade import clock, db
from trade.books.models import LedgerEntry
from trade.flows.seal_books import seal_books

GROUP = "group"
NAMES = ("east", "north", "alone")
START = datetime(2026, 1, 28, 4, tzinfo=UTC)
CASES = st.integers(1, 30)
which = st.integers(0, 1000)
AMOUNTS = st.one_of(st.sampled_from((5_005, 10_010, 30_030)), st.integers(1, 40_000))


def share(whole: int, part: int, total: int) -> int:
    """So much of an amount, half a 分 upwards."""
    return (whole * part * 2 + total) // (2 * total)


@dataclass
class Known:
    """What the engine knows a document by."""

    order_id: int = 0
    percent: int = 0
    sent: list[tuple[int, int]] = field(default_factory=list)  # by shipment: debt, base units
    returned: int = 0  # base units, and what was credited for them
    credited: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)  # by account, how far beyond it may be


class AgainstTheModel(RuleBasedStateMachine):
    sku_id = 0
    number = 0
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).number += 1
        self.time = time_machine.travel(START, tick=False)
        self.traveller = self.time.start()
        self.engine = Engine(self.sku_id, self.number, NAMES)
        self.books = Books(clock.today(), group_of=dict.fromkeys(NAMES))
        self.known: list[Known] = []  # by order
        self.owed: list[tuple[int, int, int]] = []  # by debt: order, item, shipment
        self.paid: list[int] = []  # by money: item
        self.applied: list[list[int]] = []  # [application, money, debt, amount], until taken back

    def teardown(self) -> None:
        self.time.stop()

    @initialize(own=st.sampled_from((0, 20_000, 60_000)), group=st.sampled_from((None, 30_000)))
    def begin(self, own: int, group: int | None) -> None:
        for name in NAMES:
            self.base_limit(name, own)
        if group is not None:
            self.base_limit(GROUP, group)
            for name in NAMES[:-1]:
                self.engine.change_group(name, is_member=True)
                self.books.group_of[name] = GROUP

    def base_limit(self, name: str, amount: int) -> None:
        self.engine.set_limit(name, amount)
        for each in self.books.limits:
            if each.account == name and each.until is None:
                each.until = self.books.today
        self.books.limits.append(Limit(name, amount, self.books.today))

    # orders

    @rule(name=st.sampled_from(NAMES), cases=CASES, percent=st.sampled_from((0, 0, 30, 100)))
    def submit(self, name: str, cases: int, percent: int) -> None:
        order_id = self.engine.fill(name, cases, percent)
        order = Order(name, cases * 1001, share(cases * 1001, percent, 100))
        expected = self.books.answer(order)
        found = self.engine.submit(name, order_id)
        assert cents(found.gross) == order.gross
        self.judge(order, expected, found.approval_state, found.reasons)
        self.books.orders.append(order)
        self.known.append(Known(order_id, percent))

    def judge(self, order: Order, expected: str, state: str, reasons: list[dict[str, str]]) -> None:
        order.is_taken = expected == "taken"
        assert state == ("approved" if order.is_taken else "held")
        if not order.is_taken:
            code = reasons[0]["code"].removeprefix("credit.")
            assert {"overdue": "blocked", "manual": "blocked"}.get(code, code) == expected

    @precondition(lambda self: self.held())
    @rule(at=which)
    def test_again(self, at: int) -> None:
        held = self.held()
        index = held[at % len(held)]
        order = self.books.orders[index]
        expected = self.books.answer(order)
        state = self.engine.retest(self.known[index].order_id)
        self.judge(order, expected, state, self.engine.order(self.known[index].order_id).reasons)

    def held(self) -> list[int]:
        return [at for at, each in enumerate(self.books.orders) if not each.is_taken]

    @precondition(lambda self: self.held())
    @rule(at=which)
    def exceed(self, at: int) -> None:
        """Approve what a held order is over, of its own limit and of the group's."""
        held = self.held()
        index = held[at % len(held)]
        order = self.books.orders[index]
        over = {
            name: self.books.used(name) + order.gross - self.books.limit(name)
            for name in self.limits_of(order)
        }
        over = {name: amount for name, amount in over.items() if amount > 0}
        largest = max(over.values(), default=0)
        if not 0 < largest <= 2_000_000:
            return
        expected = self.books.answer(order, largest)
        state = self.engine.exceed(self.known[index].order_id, largest)
        assert (state == "approved") == (expected == "taken"), (state, expected)
        if state == "approved":
            order.is_taken = True
            self.known[index].exceptions = over

    def limits_of(self, order: Order) -> list[str]:
        group = self.books.group_of[order.account]
        return [order.account, *([group] if group and self.books.has_limit(group) else [])]

    def may_go(self, order: Order) -> bool:
        """Whether what has its credit is let go today."""
        names = self.limits_of(order)
        if any(self.books.blocked(name) for name in names):
            return False
        if order.advance == order.gross:
            return True
        allowed = {
            name: max((each.exceptions.get(name, 0) for each in self.known), default=0) for name in names
        }
        return all(self.books.used(name) <= self.books.limit(name) + allowed[name] for name in names)

    def open(self) -> list[int]:
        return [at for at, each in enumerate(self.books.orders) if each.open]

    @precondition(lambda self: self.open())
    @rule(at=which, part=st.integers(1, 99))
    def ship(self, at: int, part: int) -> None:
        index = self.open()[at % len(self.open())]
        order, known = self.books.orders[index], self.known[index]
        line = self.engine.line(known.order_id)
        left = line.base_quantity - line.shipped - line.cancelled
        expected, earmarked = self.may_go(order), order.earmarked
        quantity = max(1, left * part // 99)
        item = self.engine.ship(known.order_id, quantity)
        assert (item is not None) == expected
        if item is None:
            return
        order.shipped += cents(item.amount)
        days = 0 if order.advance else 10
        self.books.debts.append(
            Debt(order.account, cents(item.amount), self.books.today + timedelta(days=days))
        )
        self.owed.append((index, item.id, item.subject_id))
        debt = len(self.owed) - 1
        known.sent.append((debt, quantity))
        self.spend(order.account, [debt], earmarked - order.earmarked)

    @precondition(lambda self: self.open())
    @rule(at=which)
    def cancel(self, at: int) -> None:
        index = self.open()[at % len(self.open())]
        order = self.books.orders[index]
        self.engine.cancel(self.known[index].order_id)
        is_all = not order.shipped
        order.cancelled += order.open
        if is_all:
            self.known[index].exceptions = {}
        self.settled()

    @precondition(lambda self: self.untouched())
    @rule(at=which, cases=CASES)
    def amend(self, at: int, cases: int) -> None:
        """Let an approved order have another quantity before anything of it is shipped."""
        index = self.untouched()[at % len(self.untouched())]
        order, known = self.books.orders[index], self.known[index]
        if cases * 1001 == order.gross:
            return
        advance = share(cases * 1001, known.percent, 100)
        more = Order(order.account, cases * 1001 - order.gross, advance - order.advance)
        expected = self.books.answer(more) if more.gross > 0 else "taken"
        assert self.engine.amend(known.order_id, cases) == expected
        if expected == "taken":
            order.gross, order.advance = cases * 1001, advance

    def untouched(self) -> list[int]:
        orders = enumerate(self.books.orders)
        return [at for at, each in orders if each.is_taken and not each.shipped and not each.cancelled]

    def returnable(self) -> list[int]:
        return [at for at, each in enumerate(self.known) if self.units(each) > each.returned]

    def units(self, known: Known) -> int:
        return sum(quantity for _debt, quantity in known.sent)

    @precondition(lambda self: self.returnable())
    @rule(at=which, part=st.integers(1, 99))
    def give_back(self, at: int, part: int) -> None:
        """Goods come back: what left first comes first, and its credit pays what is owed for it."""
        index = self.returnable()[at % len(self.returnable())]
        order, known = self.books.orders[index], self.known[index]
        shipped, before = self.units(known), known.returned
        quantity = max(1, (shipped - before) * part // 99)
        known.returned += quantity
        amount = max(share(order.shipped, known.returned, shipped) - known.credited, 0)
        known.credited += amount
        note = self.engine.give_back(order.account, known.order_id, quantity)
        assert (cents(note.amount) if note else 0) == amount
        if note is None:
            return
        self.paid.append(note.id)
        self.books.money.append(Money(order.account, amount, is_note=True))
        came_with, first = [], 0
        for debt, units in known.sent:
            if first < known.returned and before < first + units:
                came_with.append(debt)
            first += units
        self.spend(order.account, came_with, amount, [len(self.paid) - 1])

    # money

    def loose(self, name: str) -> int:
        parts = self.books.parts(name)
        return -parts["prepayment"] - parts["credit_note"] - self.books.earmarked(name)

    def spend(self, name: str, debts: list[int], most: int, moneys: list[int] | None = None) -> None:
        """The oldest money for the debts that are due first; what the engine applied by itself."""
        most = min(most, self.loose(name))
        wanted = [at for at, each in enumerate(self.books.money) if each.account == name]
        for money_at in wanted if moneys is None else moneys:
            money = self.books.money[money_at]
            for debt_at in sorted(debts, key=lambda at: (self.books.debts[at].due, at)):
                debt = self.books.debts[debt_at]
                part = min(money.free, debt.open, most)
                if part > 0:
                    money.applied += part
                    debt.paid += part
                    most -= part
                    pair = (self.paid[money_at], self.owed[debt_at][1])
                    self.applied.append([self.engine.last_application(*pair), money_at, debt_at, part])
        self.settled()

    def settled(self) -> None:
        """What was approved beyond a limit is over with its order."""
        for index, order in enumerate(self.books.orders):
            own = [debt for (at, *_), debt in zip(self.owed, self.books.debts, strict=True) if at == index]
            if order.is_taken and not order.open and own and not any(each.open for each in own):
                self.known[index].exceptions = {}

    @rule(name=st.sampled_from(NAMES), amount=AMOUNTS, is_applied=st.booleans())
    def pay(self, name: str, amount: int, *, is_applied: bool) -> None:
        self.paid.append(self.engine.pay(name, amount, is_applied=is_applied))
        self.books.money.append(Money(name, amount))
        if is_applied:
            debts = [at for at, each in enumerate(self.books.debts) if each.account == name]
            self.spend(name, debts, amount, [len(self.paid) - 1])

    @precondition(lambda self: self.books.debts and self.books.money)
    @rule(at=which, other=which, amount=AMOUNTS)
    def apply(self, at: int, other: int, amount: int) -> None:
        money_at = at % len(self.books.money)
        money = self.books.money[money_at]
        debts = [n for n, each in enumerate(self.books.debts) if each.account == money.account and each.open]
        if not debts:
            return
        debt_at = debts[other % len(debts)]
        debt = self.books.debts[debt_at]
        part = min(amount, money.free, debt.open, self.loose(money.account))
        if part > 0:
            made = self.engine.apply(self.paid[money_at], self.owed[debt_at][1], part)
            money.applied += part
            debt.paid += part
            self.applied.append([made, money_at, debt_at, part])
            self.settled()

    @precondition(lambda self: self.applied)
    @rule(at=which)
    def take_back(self, at: int) -> None:
        made, money_at, debt_at, amount = self.applied.pop(at % len(self.applied))
        self.engine.take_back(made)
        self.books.money[money_at].applied -= amount
        self.books.debts[debt_at].paid -= amount

    @precondition(lambda self: any(each.billed < each.gross for each in self.books.debts))
    @rule(at=which)
    def invoice(self, at: int) -> None:
        open_ = [n for n, each in enumerate(self.books.debts) if each.billed < each.gross]
        debt_at = open_[at % len(open_)]
        self.engine.invoice(self.owed[debt_at][2])
        self.books.debts[debt_at].billed = self.books.debts[debt_at].gross

    # limits and days

    @rule(name=st.sampled_from((*NAMES, GROUP)), amount=st.integers(0, 60_000))
    def set_limit(self, name: str, amount: int) -> None:
        self.base_limit(name, amount)

    @rule(name=st.sampled_from((*NAMES, GROUP)), amount=AMOUNTS, days=st.integers(0, 20))
    def add_temporary(self, name: str, amount: int, days: int) -> None:
        self.engine.set_limit(name, amount, days)
        today = self.books.today
        self.books.limits.append(Limit(name, amount, today, today + timedelta(days=days + 1)))

    @rule(name=st.sampled_from(NAMES), mode=st.sampled_from(("on", "off", "auto", "auto")))
    def set_block(self, name: str, mode: str) -> None:
        self.engine.set_block(name, mode)
        self.books.block[name] = mode

    @rule(name=st.sampled_from(NAMES[:-1]), is_member=st.booleans())
    def change_group(self, name: str, *, is_member: bool) -> None:
        self.engine.change_group(name, is_member=is_member)
        self.books.group_of[name] = GROUP if is_member else None

    @rule(days=st.integers(1, 12), is_rolled=st.booleans())
    def days_pass(self, days: int, *, is_rolled: bool) -> None:
        self.traveller.shift(timedelta(days=days))
        self.books.today = clock.today()
        for name in (*NAMES, GROUP) if is_rolled else ():
            self.engine.roll(name)

    @invariant()
    def figures_are_those_of_the_documents(self) -> None:
        type(self).steps += 1
        for name in (*NAMES, GROUP):
            kept = self.engine.kept(name)
            if kept is None:
                assert not self.books.has_limit(name)
                continue
            assert kept["parts"] == self.books.parts(name), name
            assert kept["used"] == self.books.used(name)
            assert kept["earmarked"] == self.books.earmarked(name)
            if kept["as_of"] == self.books.today:
                assert (kept["limit"], kept["blocked"]) == (self.books.limit(name), self.books.blocked(name))


def walk(url: str, examples: int, steps: int) -> int:
    """Let so many walks of so many steps run; answers how many steps were compared."""
    connected(url)
    AgainstTheModel.sku_id, AgainstTheModel.steps, AgainstTheModel.number = prepare(), 0, 0
    health = list(HealthCheck)
    run(
        AgainstTheModel,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=health,
            database=None,
            phases=(Phase.generate,),
        ),
    )
    return AgainstTheModel.steps


def test_some_steps(database_url):
    assert walk(database_url, 3, 20) >= 40


@pytest.mark.proof
def test_ten_thousand_steps(database_url, paper):
    """Then the books that they left are sealed, looked through, and changed behind the program's back."""
    steps = int(os.environ.get("TONGQU_STEPS", "10000"))
    found = walk(database_url, steps // 30, 50)
    assert found >= steps
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=UTC)):
        sealed = db.run(seal_books, OPERATOR, None)
    with db.read() as session:
        counted = {
            name: session.scalar(select(func.count()).select_from(model)) for name, model in COUNTED.items()
        }
        middle = session.scalars(select(func.max(LedgerEntry.id))).one() // 2
        dialect = session.get_bind().dialect.name
    assert crowd.breaches() == []
    named = tampered(database_url, int(middle))
    assert all(
        says and all(entry in (middle, middle + 1_000_000) for entry, _what in says)
        for says in named.values()
    )
    assert said(database_url) == set()
    paper.append(
        Walked(dialect, found, sealed, counted, {deed: sorted(says) for deed, says in named.items()})
    )
