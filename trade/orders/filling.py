"""Putting lines into a cart or an order that is being corrected; a step of every flow that fills one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.catalog.models import Sku
from trade.catalog.queries import visible
from trade.db import insert_many
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.orders import deliveries, queries, states
from trade.orders.models import Order, OrderLine

MOST = 99_999  # order units of one line


@dataclass(frozen=True)
class Wishes:
    """By SKU id a quantity in its order unit; 0 takes the line out. Without an order they are the cart's.

    The quantity is that of one place of the cart, or the sum over all, of which the first place takes the difference.
    """

    quantities: Mapping[int, int]
    order_id: int | None = None  # a returned order that is being corrected
    delivery_no: int | None = None  # None: over all places


def put(session: Session, actor: Actor, order: Order, wishes: Wishes, day: date) -> None:
    """Write the wished lines, set-based; nothing is written when nothing changes."""
    terms = distributors.terms_of(session, order.distributor_id, day)
    wanted = {sku_id: quantity for sku_id, quantity in wishes.quantities.items() if quantity}
    skus = {
        sku.id: sku for sku in session.scalars(select(Sku).where(Sku.id.in_(wanted), visible(terms, day)))
    }
    if wanted.keys() - skus.keys():
        raise Refused("sku.not_found")
    lines = {(line.sku_id, line.delivery_no): line for line in queries.lines_of(session, order.id)}
    dropped, changed, added = [], [], []
    line_no = max((line.line_no for line in lines.values()), default=0)
    for (sku_id, place), quantity in _by_place(session, order, lines, wishes).items():
        line = lines.get((sku_id, place))
        if not quantity:
            dropped += [line.id] if line is not None else []
            continue
        amount = _amount(skus[sku_id], quantity)
        if line is None:
            line_no += 1
            where = {"order_id": order.id, "line_no": line_no, "sku_id": sku_id, "delivery_no": place}
            added.append({**where, **amount})
        elif any(getattr(line, name) != value for name, value in amount.items()):
            changed.append({"id": line.id, **amount})
    if not (dropped or changed or added):
        return
    if len(lines) + len(added) - len(dropped) > queries.CART_LINES:
        raise Refused("cart.too_many_lines", most=queries.CART_LINES)
    states.move(session, actor, order, "edit", order.version)
    if dropped:
        session.execute(delete(OrderLine).where(OrderLine.id.in_(dropped)))
    if changed:
        session.execute(update(OrderLine), changed)
    insert_many(session, OrderLine, added)


def _by_place(
    session: Session, order: Order, lines: Mapping[tuple[int, int], OrderLine], wishes: Wishes
) -> dict[tuple[int, int], int]:
    """By SKU and place, the quantities that are wished; refuses a place that is gone."""
    there: dict[int, dict[int, int]] = {}
    for (sku_id, place), line in lines.items():
        if sku_id in wishes.quantities:
            there.setdefault(sku_id, {})[place] = line.quantity
    only = wishes.delivery_no
    if only is not None and only != deliveries.FIRST and only not in deliveries.of_cart(session, order.id):
        raise Refused("cart.delivery_gone")
    found: dict[tuple[int, int], int] = {}
    for sku_id, quantity in wishes.quantities.items():
        known = there.get(sku_id, {})
        after = deliveries.spread(known, quantity) if only is None else {**known, only: quantity}
        if quantity and sum(after.values()) > MOST:
            raise Refused("cart.line_too_large", field="quantity", most=MOST)
        found |= {(sku_id, place): each for place, each in after.items() if only in {None, place}}
    return found


def _amount(sku: Sku, quantity: int) -> dict[str, object]:
    return {
        "unit": sku.order_unit,
        "factor": sku.order_factor,
        "quantity": quantity,
        "base_quantity": quantity * sku.order_factor,
    }
