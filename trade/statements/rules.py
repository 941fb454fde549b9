"""What a statement adds up to: pure, so that it can be held against one that was worked by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from trade.books.rules import BALANCE, month_of, next_month
from trade.money import ZERO

INVOICE = "invoice"
BUCKETS = ("not_due", "grace", "to_30", "to_60", "to_90", "over_90")  # by days overdue, see `bucket`
GRACE = 7  # days, as the statement's second column has them


@dataclass(frozen=True)
class Entry:
    """An entry of the books as a statement sees it, with the document that it opens."""

    id: int | None  # None for a memo: an invoice, which is no entry
    day: date
    booked_on: date
    kind: str
    debit: str
    credit: str
    amount: Decimal
    subject: str
    subject_id: int
    order_id: int | None
    number: str = ""
    words: str = ""
    memo: Decimal = ZERO  # what an invoice is about; below zero: a red one

    @property
    def effect(self) -> Decimal:
        """By how much the entry changes what is owed."""
        return self.amount * ((self.debit in BALANCE) - (self.credit in BALANCE))


@dataclass(frozen=True)
class Line:
    """One line of a statement; a memo shows an amount and changes nothing."""

    entry: Entry
    increase: Decimal
    decrease: Decimal
    memo: Decimal
    running: Decimal

    @property
    def is_memo(self) -> bool:
        return not self.increase and not self.decrease


@dataclass(frozen=True)
class Debt:
    """What is open of a debt at the end of a day."""

    due_on: date
    open: Decimal


@dataclass(frozen=True)
class Reckoned:
    """A span of an account: where it began, each line, where it ended and what that is made of."""

    opening: Decimal
    lines: Sequence[Line] = ()
    parts: Mapping[str, Decimal] = field(default_factory=dict)
    ageing: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def increase(self) -> Decimal:
        return sum((each.increase for each in self.lines), ZERO)

    @property
    def decrease(self) -> Decimal:
        return sum((each.decrease for each in self.lines), ZERO)

    @property
    def closing(self) -> Decimal:
        return self.opening + self.increase - self.decrease

    @property
    def moves(self) -> int:
        """How many lines change the balance."""
        return sum(not each.is_memo for each in self.lines)

    @property
    def sums(self) -> dict[str, Decimal]:
        """By kind of document, what it did to the balance; memos by what they show."""
        found: dict[str, Decimal] = {}
        for each in self.lines:
            amount = each.memo if each.is_memo else each.increase - each.decrease
            found[each.entry.kind] = found.get(each.entry.kind, ZERO) + amount
        return found


def reckon(opening: Decimal, entries: Iterable[Entry]) -> Reckoned:
    """Write entries down one after the other, by the day on which they count; memos close a day."""
    running, lines = opening, []
    order = sorted(
        entries, key=lambda each: (each.booked_on, each.kind == INVOICE, each.id or 0, each.number)
    )
    for entry in order:
        effect = entry.effect
        if not effect and not entry.memo:
            continue
        running += effect
        lines.append(Line(entry, max(effect, ZERO), max(-effect, ZERO), entry.memo, running))
    return Reckoned(opening, lines)


def with_end(found: Reckoned, parts: Mapping[str, Decimal], debts: Iterable[Debt], day: date) -> Reckoned:
    """The same with what its end is made of."""
    return replace(found, parts=parts, ageing=aged(debts, day))


def aged(debts: Iterable[Debt], day: date) -> dict[str, Decimal]:
    """What is open, by how late it is on a day."""
    found = dict.fromkeys(BUCKETS, ZERO)
    for each in debts:
        found[bucket((day - each.due_on).days)] += each.open
    return found


def bucket(days_overdue: int) -> str:
    """On the due day itself a debt is not overdue."""
    if days_overdue <= 0:
        return "not_due"
    bounds = zip(BUCKETS[1:], (GRACE, 30, 60, 90), strict=False)
    return next((name for name, most in bounds if days_overdue <= most), "over_90")


def last_day(first_day: date) -> date:
    """The last day of the month that begins here."""
    return next_month(first_day) - timedelta(days=1)


def month_before(day: date) -> date:
    """The first day of the month that was over last."""
    return month_of(month_of(day) - timedelta(days=1))
