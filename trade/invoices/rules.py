"""How a line's amounts are told in parts, so that the parts of gross, net and tax add up to the line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from trade.distributors.rules import TAX_MODES
from trade.money import ZERO, rounded
from trade.orders.models import Order, OrderLine

__all__ = ["TAX_MODES"]


@dataclass(frozen=True)
class Amounts:
    """Gross with the net in it, whole 分; tax is what lies between."""

    gross: Decimal = ZERO
    net: Decimal = ZERO

    @property
    def tax(self) -> Decimal:
        return self.gross - self.net

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.gross + other.gross, self.net + other.net)

    def __neg__(self) -> "Amounts":
        return Amounts(-self.gross, -self.net)


@dataclass(frozen=True)
class Taken:
    """So much of an invoiced line is corrected by a red one; base units."""

    key: int
    quantity: int
    amounts: Amounts


@dataclass(frozen=True)
class Standing:
    """A line of an invoice that stands, with what red invoices took of it already; all above zero."""

    key: int
    quantity: int
    whole: Amounts
    mirrored: Amounts

    @property
    def left(self) -> Decimal:
        return self.whole.gross - self.mirrored.gross


def part(whole: Amounts, taken: Amounts, gross: Decimal) -> Amounts:
    """The amounts of a further part: `round(net × cumulative gross ÷ gross of all) − net taken` (statement-by-hand §1)."""
    if not gross:  # a gift
        return Amounts()
    return Amounts(gross, rounded(whole.net * (taken.gross + gross) / whole.gross) - taken.net)


def left(order: Order, lines: Iterable[OrderLine]) -> Amounts:
    """What of an order is not cancelled, tax split as on its invoices: what they come to once all is shipped."""
    sums = Amounts(order.gross, order.net)
    for line in lines:
        whole = Amounts(line.gross, line.net)
        sums += part(whole, Amounts(), line.gross - line.cancelled_gross) + -whole
    return sums


def mirrored(lines: Sequence[Standing], gross: Decimal, quantity: int) -> list[Taken] | None:
    """How a credit is taken off invoiced lines, one after the other; None when they are worth less than it."""
    if sum((each.left for each in lines), ZERO) < gross:
        return None
    found: list[Taken] = []
    gone, counted = ZERO, 0
    for each in lines:
        some = min(each.left, gross - gone)
        if some <= 0:
            continue
        gone += some
        upto = int((quantity * gone / gross).to_integral_value(ROUND_DOWN))
        found.append(Taken(each.key, upto - counted, part(each.whole, each.mirrored, some)))
        counted = upto
    return found


def by_rate(lines: Iterable[tuple[Decimal, Amounts]]) -> dict[Decimal, Amounts]:
    """The sums per tax rate, the highest rate first."""
    sums: dict[Decimal, Amounts] = {}
    for rate, amounts in lines:
        sums[rate] = sums.get(rate, Amounts()) + amounts
    return dict(sorted(sums.items(), reverse=True))


def counted(quantity: int, factor: int, unit: str, base_unit: str) -> tuple[int, str]:
    """A quantity as an invoice has it: in the unit of the order if it is whole there, else in base units."""
    return (quantity // factor, unit) if quantity % factor == 0 else (quantity, base_unit)


def price_of(gross: Decimal, count: int) -> Decimal | None:
    """The gross price that gives the line's gross again within a 分, which the tax platform tests; 8 places."""
    return rounded(gross / count, 8) if count else None
