"""Why an order cannot be taken, or why a person must decide about it: asked before and at submission."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trade.orders.circumstances import Circumstances
from trade.orders.intake import Need
from trade.orders.pricing import Priced, total


def reasons(lines: Sequence[Priced], known: Circumstances, currency: str) -> list[dict[str, Any]]:
    """Why a person must decide: first order, large amount, outside the authorisation.

    The bound of a large amount is a figure in the order's own currency.
    """
    rules, gross = known.settings, total(lines)
    found: list[dict[str, Any]] = []
    if rules["order.approve_first"] and known.is_first:
        found.append({"code": "order.first"})
    if gross > Decimal(rules["order.approve_above"]):
        above = rules["order.approve_above"]
        found.append({"code": "order.large", "amount": str(gross), "above": above, "currency": currency})
    outside = [line.picked.sku.code for line in lines if not line.picked.is_authorised]
    if outside:
        found.append({"code": "order.unauthorised", "skus": outside})
    return found


def need(line: Priced) -> Need:
    """What the line needs of the warehouse, in base units."""
    picked = line.picked
    return Need(
        line_id=picked.line.id,
        line_no=picked.line.line_no,
        sku_id=picked.sku.id,
        sku_code=picked.sku.code,
        quantity=picked.line.quantity * picked.sku.order_factor,
        available=picked.available,
    )
