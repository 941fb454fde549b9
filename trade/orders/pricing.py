"""Pricing the lines of a cart: what is wrong with them, and what each costs today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from trade.distributors.queries import Terms
from trade.money import ZERO, rounded
from trade.orders.models import OrderLine
from trade.orders.picking import Picked
from trade.pricing import queries
from trade.pricing.rules import Price, Row, freeze, price, without

AGREED = "project"  # the kind of a price for one customer


@dataclass(frozen=True)
class Priced:
    """A line of a cart with its price, the inputs it came from, and what forbids ordering it, if anything."""

    picked: Picked
    price: Price | None
    inputs: Mapping[str, Any]
    problems: Sequence[Mapping[str, Any]]


def priced(session: Session, terms: Terms, lines: Sequence[Picked], day: date) -> list[Priced]:
    """Price every line; one statement, whatever their number."""
    return priced_from(terms, lines, queries.rows_for(session, terms, [each.sku for each in lines], day), day)


def priced_from(
    terms: Terms, lines: Sequence[Picked], rows: Mapping[int, Sequence[Row]], day: date
) -> list[Priced]:
    """Price every line by rows that were loaded already, by SKU id."""
    return [_priced(terms, each, rows[each.sku.id], day) for each in lines]


def total(lines: Sequence[Priced]) -> Decimal:
    """The gross of all lines that have a price."""
    return sum((line.price.gross for line in lines if line.price), ZERO)


def list_price(line: Priced) -> Decimal | None:
    """What the brand's list says of an order unit, with tax."""
    return _with_tax(line, line.price.list_price if line.price else None)


def own_price(line: Priced) -> Decimal | None:
    """What the distributor pays for an order unit, with tax."""
    return _with_tax(line, line.price.price if line.price else None)


def _with_tax(line: Priced, amount: Decimal | None) -> Decimal | None:
    if line.price is None or amount is None:
        return None
    return rounded(amount * (1 + line.picked.sku.tax_rate) if line.price.basis == "net" else amount)


def is_agreed(line: OrderLine) -> bool:
    """Whether a line of an order has a price that was agreed for the order's customer."""
    return any(step.get("kind") == AGREED and step["step"] == "hit" for step in line.price_steps or ())


def usual_price(line: OrderLine) -> Decimal | None:
    """What such a line's order unit would have cost by the lists alone, with tax, as they stood when it was ordered."""
    gross = without(line.price_inputs, AGREED) if line.price_inputs else None
    return None if gross is None else rounded(gross / line.quantity)


def frozen(line: Priced) -> dict[str, Any]:
    """The columns that submission freezes on a line."""
    found = line.price
    if found is None:
        raise ValueError("a line without a price is not frozen")
    sku = line.picked.sku
    return {
        "id": line.picked.line.id,
        "unit": sku.order_unit,
        "factor": sku.order_factor,
        "base_quantity": line.picked.line.quantity * sku.order_factor,
        "sku_code": sku.code,
        "sku_name": sku.name,
        "brand": sku.brand,
        "category_code": line.picked.category_code,
        "tax_rate": sku.tax_rate,
        "list_price": found.list_price,
        "price": found.price,
        "gross": found.gross,
        "net": found.net,
        "tax": found.tax,
        "price_inputs": dict(line.inputs),
        "price_steps": found.steps,
    }


def _priced(terms: Terms, picked: Picked, rows: Sequence[Row], day: date) -> Priced:
    wanted = queries.asked(picked.sku, terms, picked.line.quantity, day)
    found = price(wanted, rows)
    return Priced(picked, found, freeze(wanted, rows), _problems(picked, found))


def _problems(picked: Picked, found: Price | None) -> list[dict[str, Any]]:
    """What makes a line impossible: invisible, unpriced, below MOQ, off the multiple."""
    sku, quantity = picked.sku, picked.line.quantity
    common = {"line_id": picked.line.id, "sku": sku.code}
    if not picked.is_visible:
        return [{"code": "sku.not_visible", **common}]
    problems: list[dict[str, Any]] = []
    if found is None:
        problems.append({"code": "sku.no_price", **common})
    if quantity < sku.moq:
        problems.append({"code": "sku.below_moq", "moq": sku.moq, **common})
    if quantity % sku.multiple:
        below = quantity - quantity % sku.multiple
        nearest = {"below": max(below, sku.multiple), "above": below + sku.multiple}
        problems.append({"code": "sku.off_multiple", "multiple": sku.multiple, **nearest, **common})
    return problems
