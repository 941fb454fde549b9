"""One guarded row per account says the same as counting all documents: the design of credit, before any table.

`Row` holds what the table will hold, and changes as the statements will: by differences, under one condition that
looks at nothing but the row. `Books` counts everything anew. They may never differ.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.credit.model import Books, Debt, Limit, Money, Order

GROUP = "group"
NAMES = ("east", "north", "alone")  # the last is in no group
PARTS = ("hold", "unbilled", "billed", "prepayment", "credit_note")
AMOUNTS = st.one_of(st.sampled_from((1_000, 2_000, 3_000)), st.integers(1, 9_999))
at = st.integers(0, 200)


@dataclass
class Row:
    """A credit account as the database keeps it."""

    as_of: date
    group: str | None = None
    parts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    used: int = 0
    earmarked: int = 0
    effective_limit: int = 0
    blocked_reason: str | None = None
    is_limited: bool = True

    def move(self, sign: int = 1, *, earmarked: int = 0, **parts: int) -> None:
        for part, amount in parts.items():
            self.parts[part] += sign * amount
            self.used += sign * amount
        self.earmarked += sign * earmarked

    def answer(self, today: date, gross: int, advance: int, over: int, *, is_own: bool) -> str:
        """The condition of the one statement; only the row and the day are known."""
        assert self.as_of == today
        if not self.is_limited:
            return "taken"
        if self.blocked_reason:
            return "blocked"
        parts = self.parts
        room = max(self.effective_limit - parts["unbilled"] - parts["billed"], 0)
        relied_on = max(parts["hold"] - self.earmarked - room, 0)
        free = -parts["prepayment"] - parts["credit_note"] - self.earmarked - relied_on
        if is_own and advance and free < advance:
            return "unpaid"
        is_within = advance == gross or self.used + gross <= self.effective_limit + over
        return "taken" if is_within else "over_limit"


class GuardedRow(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.books = Books(date(2026, 1, 28))
        self.rows = {name: Row(self.books.today) for name in (*NAMES, GROUP)}
        self.rows[GROUP].is_limited = False
        for name in NAMES:
            self.books.group_of[name] = None

    @initialize(own=st.sampled_from((0, 3_000, 9_000)), group=st.sampled_from((None, 4_000, 9_000)))
    def begin(self, own: int, group: int | None) -> None:
        for name in NAMES:
            self.set_limit(name, own)
        if group is not None:
            self.set_limit(GROUP, group)
            self.change_group("east", is_member=True)
            self.change_group("north", is_member=True)

    # what the statements do

    def move(self, name: str, sign: int = 1, **change: int) -> None:
        row = self.rows[name]
        row.move(sign, **change)
        if row.group:
            self.rows[row.group].move(sign, **change)

    def roll(self, name: str) -> None:
        """The day-roll, and what every event that changes a limit, a due day or a block runs too."""
        row, books = self.rows[name], self.books
        row.effective_limit, row.blocked_reason = books.limit(name), books.blocked(name)
        row.is_limited = name != GROUP or books.has_limit(GROUP)
        row.as_of = books.today

    def fresh(self, name: str) -> Row:
        """The statement misses a stale row; then it is rolled and the statement runs again."""
        if self.rows[name].as_of != self.books.today:
            self.roll(name)
        return self.rows[name]

    def take(self, order: Order, over: int) -> str:
        row = self.fresh(order.account)
        answers = [row.answer(self.books.today, order.gross, order.advance, over, is_own=True)]
        if row.group:
            above = self.fresh(row.group)
            answers.append(above.answer(self.books.today, order.gross, order.advance, over, is_own=False))
        refused = next((x for x in ("blocked", "unpaid", "over_limit") if x in answers), None)
        if refused is None:
            self.move(order.account, hold=order.gross, earmarked=order.advance)
        return refused or "taken"

    def pay_debt(self, money: Money, debt: Debt, amount: int) -> None:
        """Apply, or with a negative amount take back: from one part to another, the sum stays."""
        before = (debt.gross - max(debt.billed, debt.paid), max(debt.billed - debt.paid, 0))
        debt.paid += amount
        money.applied += amount
        after = (debt.gross - max(debt.billed, debt.paid), max(debt.billed - debt.paid, 0))
        part = "credit_note" if money.is_note else "prepayment"
        self.move(
            debt.account,
            **{part: amount},
            unbilled=after[0] - before[0],
            billed=after[1] - before[1],
        )
        self.roll(debt.account)

    def spend(self, debt: Debt, amount: int) -> None:
        """Oldest money first."""
        for money in self.books.money:
            part = min(money.free, amount) if money.account == debt.account else 0
            if part:
                self.pay_debt(money, debt, part)
                amount -= part
        assert amount == 0, "what is earmarked is there"

    # what people do

    @rule(
        name=st.sampled_from(NAMES),
        gross=AMOUNTS,
        share=st.sampled_from((0, 0, 30, 100)),
        over=st.sampled_from((0, 0, 0, 2_000)),
    )
    def submit(self, name: str, gross: int, share: int, over: int) -> None:
        order = Order(name, gross, advance=(gross * share + 50) // 100)
        expected = self.books.answer(order, over)
        assert self.take(order, over) == expected
        order.is_taken = expected == "taken"
        self.books.orders.append(order)

    @precondition(lambda self: any(not each.is_taken for each in self.books.orders))
    @rule()
    def test_held_again(self) -> None:
        """In order of age, as money or a limit moves."""
        for order in [each for each in self.books.orders if not each.is_taken]:
            expected = self.books.answer(order)
            assert self.take(order, 0) == expected
            order.is_taken = expected == "taken"

    def leave(self, order: Order, field_: str, amount: int) -> int:
        earmarked = order.earmarked
        setattr(order, field_, getattr(order, field_) + amount)
        return earmarked - order.earmarked

    @precondition(lambda self: any(each.open for each in self.books.orders))
    @rule(which=at, amount=AMOUNTS, days=st.integers(0, 20), is_cancelled=st.booleans())
    def ship_or_cancel(self, which: int, amount: int, days: int, *, is_cancelled: bool) -> None:
        open_ = [each for each in self.books.orders if each.open]
        order = open_[which % len(open_)]
        part = min(amount, order.open)
        if is_cancelled:
            released = self.leave(order, "cancelled", part)
            self.move(order.account, -1, hold=part, earmarked=released)
            return
        released = self.leave(order, "shipped", part)
        self.move(order.account, hold=-part, unbilled=part, earmarked=-released)
        debt = Debt(order.account, part, self.books.today + timedelta(days=days))
        self.books.debts.append(debt)
        self.spend(debt, released)

    @precondition(lambda self: any(each.billed < each.gross for each in self.books.debts))
    @rule(which=at)
    def invoice(self, which: int) -> None:
        debts = [each for each in self.books.debts if each.billed < each.gross]
        debt = debts[which % len(debts)]
        moved = debt.gross - max(debt.billed, debt.paid)
        debt.billed = debt.gross
        self.move(debt.account, unbilled=-moved, billed=moved)

    @rule(name=st.sampled_from(NAMES), amount=AMOUNTS, is_note=st.booleans())
    def money_comes(self, name: str, amount: int, *, is_note: bool) -> None:
        self.books.money.append(Money(name, amount, is_note))
        self.move(name, **{"credit_note" if is_note else "prepayment": -amount})

    @rule(which=at, other=at, amount=AMOUNTS)
    def apply(self, which: int, other: int, amount: int) -> None:
        """By hand: never more than is free of the payment, open of the debt, and not earmarked for orders."""
        money = [each for each in self.books.money if each.free]
        if not money:
            return
        chosen = money[which % len(money)]
        debts = [each for each in self.books.debts if each.open and each.account == chosen.account]
        parts = self.rows[chosen.account].parts
        loose = -parts["prepayment"] - parts["credit_note"] - self.rows[chosen.account].earmarked
        if debts and (amount := min(amount, chosen.free, debts[other % len(debts)].open, loose)) > 0:
            self.pay_debt(chosen, debts[other % len(debts)], amount)

    @rule(which=at, other=at, amount=AMOUNTS)
    def take_back(self, which: int, other: int, amount: int) -> None:
        money = [each for each in self.books.money if each.applied]
        if not money:
            return
        chosen = money[which % len(money)]
        debts = [each for each in self.books.debts if each.paid and each.account == chosen.account]
        debt = debts[other % len(debts)]
        self.pay_debt(chosen, debt, -min(amount, chosen.applied, debt.paid))

    @rule(name=st.sampled_from((*NAMES, GROUP)), amount=st.integers(0, 30_000))
    def set_limit(self, name: str, amount: int) -> None:
        """The base limit, also below what is used."""
        today = self.books.today
        for each in self.books.limits:
            if each.account == name and each.until is None:
                each.until = today
        self.books.limits.append(Limit(name, amount, today))
        self.roll(name)

    @rule(
        name=st.sampled_from((*NAMES, GROUP)),
        amount=AMOUNTS,
        since=st.integers(-3, 9),
        days=st.integers(1, 30),
    )
    def add_temporary(self, name: str, amount: int, since: int, days: int) -> None:
        start = self.books.today + timedelta(days=since)
        self.books.limits.append(Limit(name, amount, start, start + timedelta(days=days)))
        self.roll(name)

    @rule(name=st.sampled_from((*NAMES, GROUP)), mode=st.sampled_from(("on", "off", "auto")))
    def set_block(self, name: str, mode: str) -> None:
        self.books.block[name] = mode
        self.roll(name)

    @rule(name=st.sampled_from(NAMES[:-1]), is_member=st.booleans())
    def change_group(self, name: str, *, is_member: bool) -> None:
        row, group = self.rows[name], GROUP if is_member else None
        if row.group == group:
            return
        if row.group:
            self.rows[row.group].move(-1, earmarked=row.earmarked, **row.parts)
        if group:
            self.rows[group].move(earmarked=row.earmarked, **row.parts)
        row.group = self.books.group_of[name] = group

    @rule(days=st.integers(1, 40), is_rolled=st.booleans())
    def days_pass(self, days: int, *, is_rolled: bool) -> None:
        """The job of the new day runs, or is late: then each statement finds out by itself."""
        self.books.today += timedelta(days=days)
        for name in self.rows if is_rolled else ():
            self.roll(name)

    @invariant()
    def figures_are_those_of_the_documents(self) -> None:
        for name, row in self.rows.items():
            assert row.parts == self.books.parts(name)
            assert row.used == self.books.used(name)
            assert row.earmarked == self.books.earmarked(name)
            if row.as_of == self.books.today:
                assert (row.effective_limit, row.blocked_reason) == (
                    self.books.limit(name),
                    self.books.blocked(name),
                )


TestGuardedRow = GuardedRow.TestCase
TestGuardedRow.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
