"""The accounts of the books, and what a leg between two of them does to an account's parts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from trade.money import ZERO

HOLD = "hold"  # 已下单未发货: promised, outside the balance of money
COMMITMENT = "commitment"  # what stands against it
UNBILLED = "unbilled"  # 应收未开票
BILLED = "billed"  # 应收已开票
PREPAYMENT = "prepayment"  # 预收: payments that are not applied
CREDIT_NOTE = "credit_note"  # approved credit notes that are not applied
SALES, RETURNS, BANK = "sales", "returns", "bank"  # what stands against the distributor's own accounts
ACCOUNTS = (HOLD, COMMITMENT, UNBILLED, BILLED, PREPAYMENT, CREDIT_NOTE, SALES, RETURNS, BANK)
BALANCE = (UNBILLED, BILLED, PREPAYMENT, CREDIT_NOTE)  # what a distributor owes; less than nothing: is owed
PARTS = (HOLD, *BALANCE)  # of the exposure; each is kept on the credit account


@dataclass(frozen=True)
class Leg:
    """Whole 分 from one account to another; nothing at all is no leg."""

    debit: str
    credit: str
    amount: Decimal

    @property
    def turned(self) -> "Leg":
        """The same the other way round."""
        return Leg(self.credit, self.debit, self.amount)


def leg(debit: str, credit: str, amount: Decimal) -> Leg:
    """A leg whose amount may be negative: then it goes the other way."""
    return Leg(debit, credit, amount) if amount >= 0 else Leg(credit, debit, -amount)


def changes(legs: Iterable[Leg]) -> Mapping[str, Decimal]:
    """By how much each part of the exposure changes; the sum of all accounts never does."""
    found = dict.fromkeys(PARTS, ZERO)
    for each in legs:
        if each.debit in found:
            found[each.debit] += each.amount
        if each.credit in found:
            found[each.credit] -= each.amount
    return {part: amount for part, amount in found.items() if amount}


def is_money(legs: Iterable[Leg]) -> bool:
    """Whether a period must be open for it: promises are no money."""
    return any({each.debit, each.credit} != {HOLD, COMMITMENT} for each in legs)


def split(amount: Decimal, billed: Decimal, applied: Decimal) -> tuple[Decimal, Decimal]:
    """What is open of a debt: not billed, and billed; money lowers what is billed first."""
    return amount - max(billed, applied), max(billed - applied, ZERO)


def month_of(day: date) -> date:
    """The first day of the month, by which a period is known."""
    return day.replace(day=1)


def next_month(first_day: date) -> date:
    return month_of(first_day + timedelta(days=31))
