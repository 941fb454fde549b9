"""Credit as the trade's rules say it, in plain Python: nothing is kept, every figure is counted from the documents.

Amounts are whole 分. A name is a distributor's account or a credit group's; the rows that follow are documents.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass
class Order:
    account: str
    gross: int
    advance: int = 0  # of the gross, what is to be paid before it is released
    is_taken: bool = False
    shipped: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        return self.gross - self.shipped - self.cancelled if self.is_taken else 0

    @property
    def earmarked(self) -> int:
        gone = (self.shipped + self.cancelled) * self.advance * 2 + self.gross
        return self.advance - gone // (2 * self.gross) if self.is_taken else 0


@dataclass
class Debt:
    account: str
    gross: int
    due: date
    billed: int = 0
    paid: int = 0

    @property
    def open(self) -> int:
        return self.gross - self.paid


@dataclass
class Money:
    account: str
    amount: int
    is_note: bool = False
    applied: int = 0

    @property
    def free(self) -> int:
        return self.amount - self.applied


@dataclass
class Limit:
    account: str
    amount: int
    since: date
    until: date | None = None  # the first day on which it does not hold any more


@dataclass
class Books:
    """All documents, and the day."""

    today: date
    grace: int = 7
    group_of: dict[str, str | None] = field(default_factory=dict)
    block: dict[str, str] = field(default_factory=dict)  # on, off; auto where nothing is said
    orders: list[Order] = field(default_factory=list)
    debts: list[Debt] = field(default_factory=list)
    money: list[Money] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)

    def members(self, name: str) -> set[str]:
        return {name} | {each for each, group in self.group_of.items() if group == name}

    def parts(self, name: str) -> dict[str, int]:
        who = self.members(name)
        debts = [each for each in self.debts if each.account in who]
        money = [each for each in self.money if each.account in who]
        return {
            "hold": sum(each.open for each in self.orders if each.account in who),
            "unbilled": sum(each.gross - max(each.billed, each.paid) for each in debts),
            "billed": sum(max(each.billed - each.paid, 0) for each in debts),
            "prepayment": -sum(each.free for each in money if not each.is_note),
            "credit_note": -sum(each.free for each in money if each.is_note),
        }

    def used(self, name: str) -> int:
        return sum(self.parts(name).values())

    def limit(self, name: str) -> int:
        valid = (x for x in self.limits if x.account == name and x.since <= self.today)
        return sum(each.amount for each in valid if each.until is None or self.today < each.until)

    def blocked(self, name: str) -> str | None:
        if (mode := self.block.get(name, "auto")) != "auto":
            return "manual" if mode == "on" else None
        late = self.today - timedelta(days=self.grace)
        return "overdue" if any(x.open and x.due < late for x in self.debts if x.account == name) else None

    def earmarked(self, name: str) -> int:
        return sum(each.earmarked for each in self.orders if each.account in self.members(name))

    def free(self, name: str) -> int:
        """Money that is neither applied, nor earmarked, nor what lets open orders on credit stay within the limit."""
        parts, earmarked = self.parts(name), self.earmarked(name)
        room = max(self.limit(name) - parts["unbilled"] - parts["billed"], 0)
        relied_on = max(parts["hold"] - earmarked - room, 0)
        return -parts["prepayment"] - parts["credit_note"] - earmarked - relied_on

    def answer(self, order: Order, allowed_over: int = 0) -> str:
        """What a check of the order answers: taken, or why not; `allowed_over` was approved for this order alone."""
        names = [order.account, self.group_of.get(order.account)]
        limited = [name for name in names if name and (name in self.group_of or self.has_limit(name))]
        if any(self.blocked(name) for name in limited):
            return "blocked"
        if order.advance and self.free(order.account) < order.advance:
            return "unpaid"
        if order.advance == order.gross:
            return "taken"
        is_within = all(self.used(x) + order.gross <= self.limit(x) + allowed_over for x in limited)
        return "taken" if is_within else "over_limit"

    def has_limit(self, name: str) -> bool:
        return any(each.account == name for each in self.limits)
