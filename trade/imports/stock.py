"""Stock counts: "on hand as of T". The difference to what the movements said at T is booked; reservations stay."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from trade.catalog.models import Sku
from trade.clock import business_date
from trade.db import insert_many
from trade.imports.merge import Change, FieldChange, Result, chunks, ids_by
from trade.imports.rows import StockCount
from trade.inventory import stock
from trade.inventory.models import StockMovement, Warehouse
from trade.inventory.stock import Deed, Place
from trade.orders import waiting

MAIN = "MAIN"


def import_warehouse(session: Session) -> None:
    """Open the main warehouse where the brand has none under that code."""
    if session.scalar(select(Warehouse.id).where(Warehouse.code == MAIN)) is None:
        insert_many(session, Warehouse, [{"code": MAIN, "name": "Main warehouse"}])


def import_stock(session: Session, source: str, rows: Sequence[StockCount]) -> Result:
    """Book counts, all of one moment, as movements of kind "count"; the same count again books nothing.

    An opening count is skipped where goods have moved before. Raises Refused("import.unknown").
    """
    if not rows:
        return Result("stock", 0, 0, 0, 0)
    as_of = rows[0].as_of
    if any(row.as_of != as_of for row in rows):
        raise ValueError("the counts of one delivery are of one moment")
    warehouses = ids_by(session, Warehouse, Warehouse.code, {row.warehouse for row in rows}, "warehouse")
    skus = ids_by(session, Sku, Sku.code, {row.sku for row in rows}, "sku")
    counted = {(warehouses[row.warehouse], skus[row.sku]): row for row in rows}
    reference = f"{source}-count-{business_date(as_of):%Y%m%d}"
    moved = _moved(session, counted, as_of, reference)
    differences: dict[Place, int] = {}
    for place, row in counted.items():
        before = moved.get(place)
        if row.is_opening and before is not None:
            continue
        difference = row.quantity - (before["on_hand"] if before else 0)
        if difference:
            differences[place] = difference
    again = 1 + max((moved[place]["booked"] for place in differences if place in moved), default=0)
    stock.correct(session, Deed(f"{reference}-{again}", at=as_of), differences)
    waiting.call_for(session, reference, {sku_id for (_, sku_id), more in differences.items() if more > 0})
    changes = tuple(
        Change(
            "stock",
            f"{counted[place].warehouse} {counted[place].sku}",
            (FieldChange("on_hand", str(moved[place]["on_hand"]), str(counted[place].quantity)),),
        )
        for place in sorted(differences)
        if place in moved
    )
    inserted = len(differences) - len(changes)
    return Result("stock", len(rows), inserted, len(changes), len(rows) - len(differences), 0, changes)


def _moved(
    session: Session, counted: Mapping[Place, StockCount], as_of: datetime, reference: str
) -> dict[Place, Mapping[str, Any]]:
    """By place that ever moved: base units on hand at the moment, and how often this count was booked."""
    key = (StockMovement.warehouse_id, StockMovement.sku_id)
    on_hand = func.sum(case((StockMovement.at <= as_of, StockMovement.on_hand), else_=0))
    booked = func.sum(case((StockMovement.source.startswith(reference, autoescape=True), 1), else_=0))
    moved: dict[Place, Mapping[str, Any]] = {}
    for some in chunks(sorted({sku_id for _, sku_id in counted})):
        query = select(*key, on_hand.label("on_hand"), booked.label("booked"))
        for row in session.execute(query.where(StockMovement.sku_id.in_(some)).group_by(*key)):
            moved[row.warehouse_id, row.sku_id] = {"on_hand": int(row.on_hand), "booked": int(row.booked)}
    return moved
