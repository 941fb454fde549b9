"""Goods move by one guarded statement, all or nothing, plus a movement row with a unique source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import Session

from trade.db import insert_many
from trade.errors import Refused
from trade.inventory.models import Stock, StockMovement

Quantities = Mapping[int, int]  # SKU id → base units, each > 0


@dataclass(frozen=True)
class Deed:
    """Where, for what document, and under which source stock moves."""

    warehouse_id: int
    source: str
    order_id: int | None = None


@dataclass(frozen=True)
class Issue:
    """Base units of one SKU and lot that leave."""

    sku_id: int
    quantity: int
    lot: str = ""
    expires_on: date | None = None


def reserve(session: Session, deed: Deed, quantities: Quantities) -> set[int]:
    """Promise goods; answers the SKUs that are short, of which nothing was taken."""
    moved = _move(session, deed, quantities, reserved=+1, guard=is_free(quantities))
    _note(session, deed, "reserve", {sku_id: quantities[sku_id] for sku_id in moved}, reserved=+1)
    return set(quantities) - moved


def release(session: Session, deed: Deed, quantities: Quantities) -> None:
    """Take a promise back."""
    moved = _move(session, deed, quantities, reserved=-1, guard=is_promised(quantities))
    if short := set(quantities) - moved:
        raise Refused("stock.not_reserved", sku_ids=sorted(short))
    _note(session, deed, "release", quantities, reserved=-1)


def issue(session: Session, deed: Deed, issues: Sequence[Issue]) -> None:
    """Let promised goods leave the house; what a count has taken away cannot leave."""
    quantities: dict[int, int] = {}
    for each in issues:
        quantities[each.sku_id] = quantities.get(each.sku_id, 0) + each.quantity
    guard = is_promised(quantities) & (Stock.on_hand >= _each(quantities))
    moved = _move(session, deed, quantities, on_hand=-1, reserved=-1, guard=guard)
    if short := set(quantities) - moved:
        raise Refused("stock.not_on_hand", sku_ids=sorted(short))
    rows = [
        {
            "warehouse_id": deed.warehouse_id,
            "sku_id": each.sku_id,
            "kind": "issue",
            "on_hand": -each.quantity,
            "reserved": -each.quantity,
            "lot": each.lot,
            "expires_on": each.expires_on,
            "source": deed.source,
            "order_id": deed.order_id,
        }
        for each in issues
    ]
    insert_many(session, StockMovement, rows)


def is_free(quantities: Quantities) -> ColumnElement[bool]:
    """The guard of a reservation: not more than is there and unpromised."""
    return Stock.on_hand - Stock.reserved >= _each(quantities)


def is_promised(quantities: Quantities) -> ColumnElement[bool]:
    """The guard of giving back and of issuing: not more than was promised."""
    return Stock.reserved >= _each(quantities)


def _each(quantities: Quantities) -> ColumnElement[int]:
    return case(dict(quantities), value=Stock.sku_id)


def _move(
    session: Session,
    deed: Deed,
    quantities: Quantities,
    *,
    guard: ColumnElement[bool],
    on_hand: int = 0,
    reserved: int = 0,
) -> set[int]:
    """Move what the guard lets move, in one statement that locks its rows in SKU order; answers what moved."""
    if not quantities:
        return set()
    each = _each(quantities)
    rows = select(Stock.id).where(Stock.warehouse_id == deed.warehouse_id, Stock.sku_id.in_(list(quantities)))
    locked = rows.order_by(Stock.sku_id).with_for_update().cte("locked")
    moved = session.scalars(
        update(Stock)
        .where(Stock.id == locked.c.id, guard)
        .values(on_hand=Stock.on_hand + on_hand * each, reserved=Stock.reserved + reserved * each)
        .returning(Stock.sku_id)
        .execution_options(synchronize_session=False)
    )
    return set(moved)


def _note(session: Session, deed: Deed, kind: str, quantities: Quantities, *, reserved: int) -> None:
    rows = [
        {
            "warehouse_id": deed.warehouse_id,
            "sku_id": sku_id,
            "kind": kind,
            "reserved": reserved * quantity,
            "source": deed.source,
            "order_id": deed.order_id,
        }
        for sku_id, quantity in sorted(quantities.items())
    ]
    insert_many(session, StockMovement, rows)
