"""Cancelling what is not shipped, all of it or a part: what goes, and what becomes free with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from trade.errors import Refused
from trade.money import ZERO
from trade.orders import advance, parts
from trade.orders.models import Order, OrderLine
from trade.orders.parts import Part


@dataclass(frozen=True)
class Plan:
    """What of an order goes; in its currency, whole 分, and base units by line."""

    rest: Sequence[Part]
    gross: Decimal  # credit that comes back
    released: Decimal  # of money that was paid in advance, what is no longer kept for the order
    left: Decimal  # and what still is
    goods: Mapping[int, int]  # that were reserved
    is_part: bool  # something is still to be shipped
    stays: bool  # or was

    @property
    def told(self) -> list[dict[str, object]]:
        """What goes, for the history."""
        return [
            {"sku": part.line.sku_code, "name": part.line.sku_name, "quantity": part.quantity}
            for part in self.rest
        ]


def plan(order: Order, lines: Sequence[OrderLine], quantities: Mapping[int, int] | None) -> Plan:
    """What goes and what becomes free; refuses a line of another order and more than is open. None: all that is open."""
    rest = _rest(lines, quantities)
    if not rest:
        raise Refused("order.nothing_open")
    gross = sum((part.gross for part in rest), ZERO)
    going = {part.line.id: part.quantity for part in rest}
    gone = sum((line.shipped_gross + line.cancelled_gross for line in lines), gross)
    left = advance.left_after(order, gone) if order.earmarked else ZERO
    is_part = any(parts.open_quantity(line) > going.get(line.id, 0) for line in lines)
    stays = is_part or any(line.shipped for line in lines)
    return Plan(rest, gross, order.earmarked - left, left, _goods(rest), is_part, stays)


def _rest(lines: Sequence[OrderLine], quantities: Mapping[int, int] | None) -> list[Part]:
    if quantities is None:
        return [parts.take(line, parts.open_quantity(line)) for line in lines if parts.open_quantity(line)]
    by_id = {line.id: line for line in lines}
    if quantities.keys() - by_id.keys():
        raise Refused("order.changed_meanwhile")
    return [parts.take(by_id[key], quantity) for key, quantity in sorted(quantities.items()) if quantity]


def _goods(rest: Sequence[Part]) -> dict[int, int]:
    """What of the kept goods is free then: what stays of a line keeps its own."""
    found = {}
    for part in rest:
        left = parts.open_quantity(part.line) - part.quantity
        if part.line.reserved > left:
            found[part.line.id] = part.line.reserved - left
    return found
