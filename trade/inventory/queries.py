"""What is left, in numbers for the rules and in words for people."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from trade.errors import Refused
from trade.inventory.models import Stock, Warehouse

Word = Literal["plenty", "low", "out"]


@dataclass(frozen=True)
class Level:
    """Base units that may be promised, and the word for it."""

    available: int
    word: Word


def available(session: Session, sku_ids: Collection[int]) -> dict[int, int]:
    """By SKU id, base units on hand and not reserved over all warehouses; 0 where there is no stock row."""
    if not sku_ids:
        return {}
    sums = select(Stock.sku_id, func.sum(Stock.on_hand - Stock.reserved)).where(Stock.sku_id.in_(sku_ids))
    found = {sku_id: int(left) for sku_id, left in session.execute(sums.group_by(Stock.sku_id))}
    return {sku_id: found.get(sku_id, 0) for sku_id in sku_ids}


def level(left: int, safety_stock: int) -> Level:
    """Say it in words: low is below the safety stock."""
    if left <= 0:
        return Level(left, "out")
    return Level(left, "low" if left < safety_stock else "plenty")


def default_warehouse(session: Session) -> int:
    """Where goods are reserved when nothing else is said."""
    wanted = select(Warehouse.id).where(Warehouse.archived_at.is_(None)).order_by(Warehouse.id).limit(1)
    found = session.scalar(wanted)
    if found is None:
        raise Refused("brand.not_set_up")
    return found


def promising_warehouse() -> ColumnElement[int]:
    """The warehouse of `default_warehouse`, as a part of a larger statement."""
    wanted = select(Warehouse.id).where(Warehouse.archived_at.is_(None)).order_by(Warehouse.id).limit(1)
    return wanted.scalar_subquery()


def free_quantity(sku_id: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Base units that an order may be promised now, as a part of a statement that reads SKUs."""
    left = select(func.coalesce(func.sum(Stock.on_hand - Stock.reserved), 0))
    return left.where(Stock.sku_id == sku_id, Stock.warehouse_id == promising_warehouse()).scalar_subquery()


def promised(session: Session, sku_id: int) -> int:
    """Base units of one SKU that an order may be promised now."""
    left = select(func.coalesce(func.sum(Stock.on_hand - Stock.reserved), 0))
    wanted = left.where(Stock.sku_id == sku_id, Stock.warehouse_id == promising_warehouse())
    return int(session.scalar(wanted) or 0)
