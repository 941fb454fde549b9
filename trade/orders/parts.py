"""Taking a part of a line: shipments and cancellations add up to the line, to the cent."""

from dataclasses import dataclass
from decimal import Decimal

from trade.errors import Refused
from trade.money import share
from trade.orders.models import OrderLine


@dataclass(frozen=True)
class Part:
    """Base units of a line and the gross that goes with them."""

    line: OrderLine
    quantity: int
    gross: Decimal


def open_quantity(line: OrderLine) -> int:
    """Base units neither shipped nor cancelled."""
    return line.base_quantity - line.shipped - line.cancelled


def take(line: OrderLine, quantity: int) -> Part:
    """The part with its share of the gross; refuses more than is open."""
    if not 0 < quantity <= open_quantity(line):
        raise Refused("order.line_not_open", sku=line.sku_code, open=open_quantity(line))
    gone = line.shipped + line.cancelled
    taken = line.shipped_gross + line.cancelled_gross
    return Part(line, quantity, share(line.gross, gone + quantity, line.base_quantity, taken))
