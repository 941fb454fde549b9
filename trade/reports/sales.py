"""Sales as the documents froze them: by whom, when, of what, in which currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.distributors.queries import within
from trade.errors import Refused
from trade.orders.models import Order, OrderLine

DIMENSIONS = (
    *("distributor", "year", "month", "territory", "rep", "tier", "category", "sku", "promotion", "currency"),
)
MEASURES = ("net", "gross")


@dataclass(frozen=True)
class SalesRow:
    """One group. `quantity` is base units as ordered, `amount` in `currency`, without freight and fees."""

    key: tuple[str, ...]
    currency: str
    orders: int
    lines: int
    quantity: int
    amount: Decimal


def sales(session: Session, actor: Actor, by: Sequence[str], measure: str = "net") -> list[SalesRow]:
    """Add up approved orders within the actor's reach by the order's own date and frozen facts.

    Currencies are never added to each other: each group has one row per currency. Raises Refused("access.denied").
    """
    if not actor.may(Permission.REPORT_READ):
        raise Refused("access.denied", keep={"permission": Permission.REPORT_READ.value})
    keys = [column for each in by for column in _columns(each)]
    amount = OrderLine.net if measure == "net" else OrderLine.gross
    query = (
        select(
            *keys,
            Order.currency,
            func.count(Order.id.distinct()),
            func.count(OrderLine.id),
            func.sum(OrderLine.base_quantity),
            func.sum(amount),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.approval_state == "approved", within(actor, Order.distributor_id))
        .group_by(*keys, Order.currency)
    )
    rows = [_row(tuple(row), len(keys)) for row in session.execute(query)]
    return sorted(rows, key=lambda row: (row.key, row.currency))


def headings(by: Sequence[str]) -> list[str]:
    """Names of the columns of a report, the currency once."""
    named = [name for each in by if each != "currency" for name in _HEADINGS.get(each, (each,))]
    return [*named, "currency", "orders", "lines", "quantity", "amount"]


_HEADINGS = {
    "distributor": ("distributor_code",),
    "territory": ("territory_code",),
    "rep": ("rep_id", "rep_name"),
    "tier": ("tier_code",),
    "category": ("category_code",),
    "sku": ("sku_code",),
    "promotion": ("promotion_code",),
}


def _columns(dimension: str) -> Sequence[ColumnElement[Any]]:
    """What a dimension groups by; the currency is always there and adds none."""
    year = cast(extract("year", Order.order_date), Integer)
    month = cast(extract("month", Order.order_date), Integer)
    columns: dict[str, Sequence[Any]] = {
        "distributor": (Order.distributor_code,),
        "year": (year,),
        "month": (year * 100 + month,),
        "territory": (Order.territory_code,),
        "rep": (Order.rep_id, Order.rep_name),
        "tier": (Order.tier_code,),
        "category": (OrderLine.category_code,),
        "sku": (OrderLine.sku_code,),
        "promotion": (OrderLine.promotion_code,),
        "currency": (),
    }
    return columns[dimension]


def _row(values: tuple[Any, ...], width: int) -> SalesRow:
    key = tuple("" if value is None else str(value) for value in values[:width])
    currency, orders, lines, quantity, amount = values[width:]
    return SalesRow(key, currency, int(orders), int(lines), int(quantity), amount)
