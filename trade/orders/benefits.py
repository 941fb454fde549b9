"""What a few more would bring. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from trade.catalog.models import Sku
from trade.orders.pricing import Priced
from trade.pricing.rules import Price, amounts


@dataclass(frozen=True)
class Benefit:
    """The next break of a line: `more` order units make `quantity`, at `price` per `unit`; `extra` is what the line costs more."""

    sku: Sku
    more: int
    quantity: int
    price: Decimal
    unit: str
    gross: Decimal
    extra: Decimal


def next_break(sku: Sku, quantity: int, price: Price | None) -> Benefit | None:
    """What the next break of a line needs and brings; None where there is none."""
    if price is None or price.next_break is None:
        return None
    base_quantity = price.next_break.min_quantity * price.factor
    step = sku.order_factor * sku.multiple
    wanted = -(-base_quantity // step) * sku.multiple
    exact = Fraction(wanted * sku.order_factor, price.factor)
    gross, _net = amounts(exact, price.next_break.price, sku.tax_rate, price.basis)
    return Benefit(
        sku=sku,
        more=wanted - quantity,
        quantity=wanted,
        price=price.next_break.price,
        unit=price.unit,
        gross=gross,
        extra=gross - price.gross,
    )


def of_line(line: Priced) -> Benefit | None:
    """What the next break of a cart's line needs and brings."""
    return next_break(line.picked.sku, line.picked.line.quantity, line.price)


def nearest(lines: Sequence[Priced]) -> Benefit | None:
    """The break of a cart that costs the least more; one that would more than double a line is no advice."""
    found = [
        benefit
        for line in lines
        if not line.problems
        and (benefit := of_line(line)) is not None
        and benefit.more <= line.picked.line.quantity
    ]
    return min(found, key=lambda each: (each.extra, each.sku.id), default=None)
