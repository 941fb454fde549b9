"""What is left, in numbers for the rules and in words for people."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, String, case, cast, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from trade.errors import Refused
from trade.inventory.models import Stock, Warehouse, WarehouseTerritory

Word = Literal["plenty", "low", "out"]


@dataclass(frozen=True)
class Level:
    """Base units that may be promised, and the word for it."""

    available: int
    word: Word


@dataclass(frozen=True)
class Free:
    """Unpromised base units by (warehouse, SKU) in the warehouses that work, and these in order of preference."""

    units: Mapping[tuple[int, int], int]
    houses: Sequence[int]

    def of(self, sku_id: int) -> int:
        """Over all warehouses."""
        return sum(self.units.get((house, sku_id), 0) for house in self.houses)


def level(left: int, safety_stock: int) -> Level:
    """Say it in words: low is below the safety stock."""
    if left <= 0:
        return Level(left, "out")
    return Level(left, "low" if left < safety_stock else "plenty")


def free_quantity(sku_id: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Base units that an order may be promised now, as a part of a statement that reads SKUs.

    A warehouse that promised more than it has takes nothing from the others; an archived one promises nothing.
    """
    left = case((Stock.on_hand > Stock.reserved, Stock.on_hand - Stock.reserved), else_=0)
    return (
        select(func.coalesce(func.sum(left), 0))
        .join(Warehouse, Warehouse.id == Stock.warehouse_id)
        .where(Stock.sku_id == sku_id, Warehouse.archived_at.is_(None))
        .scalar_subquery()
    )


def free_places(sku_id: InstrumentedAttribute[int], territory_ids: Collection[int]) -> ColumnElement[str]:
    """What `look` answers of one SKU, as text and a part of a larger statement; `read_free` understands it."""
    far = case((_serves(territory_ids), 0), else_=1)
    facts = (Stock.warehouse_id, far, Warehouse.priority, Stock.on_hand - Stock.reserved)
    spelled: ColumnElement[str] = cast(facts[0], String)
    for fact in facts[1:]:
        spelled = spelled + ":" + cast(fact, String)
    return (
        select(func.aggregate_strings(spelled, ","))
        .join(Warehouse, Warehouse.id == Stock.warehouse_id)
        .where(Stock.sku_id == sku_id, Stock.on_hand > Stock.reserved, Warehouse.archived_at.is_(None))
        .scalar_subquery()
    )


def read_free(places: Mapping[int, str | None]) -> Free:
    """What is free where, from the texts of `free_places` by SKU id."""
    units: dict[tuple[int, int], int] = {}
    ranks: dict[int, tuple[int, int, int]] = {}
    for sku_id, text in places.items():
        for place in (text or "").split(",") if text else ():
            house, far, priority, left = (int(each) for each in place.split(":"))
            units[house, sku_id] = left
            ranks[house] = (far, priority, house)
    return Free(units, sorted(ranks, key=ranks.__getitem__))


def is_promisable(sku_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether any of a SKU may be promised now."""
    return exists().where(
        Stock.sku_id == sku_id,
        Stock.on_hand > Stock.reserved,
        Warehouse.id == Stock.warehouse_id,
        Warehouse.archived_at.is_(None),
    )


def promised(session: Session, sku_id: int) -> int:
    """Base units of one SKU that an order may be promised now."""
    left = case((Stock.on_hand > Stock.reserved, Stock.on_hand - Stock.reserved), else_=0)
    wanted = (
        select(func.coalesce(func.sum(left), 0))
        .join(Warehouse, Warehouse.id == Stock.warehouse_id)
        .where(Stock.sku_id == sku_id, Warehouse.archived_at.is_(None))
    )
    return int(session.scalar(wanted) or 0)


def look(
    session: Session, sku_ids: Collection[int], territory_ids: Collection[int], *, is_locked: bool = False
) -> Free:
    """What is free where, the warehouses that serve the territory first; one statement.

    `is_locked` keeps the rows, in the order of the stock lock, until what was seen is promised.
    """
    serves = _serves(territory_ids)
    wanted = (
        select(Stock.warehouse_id, Stock.sku_id, Stock.on_hand - Stock.reserved, serves, Warehouse.priority)
        .join(Warehouse, Warehouse.id == Stock.warehouse_id)
        .where(Stock.sku_id.in_(sku_ids), Stock.on_hand > Stock.reserved, Warehouse.archived_at.is_(None))
        .order_by(Stock.warehouse_id, Stock.sku_id)
    )
    rows = session.execute(wanted.with_for_update(of=Stock) if is_locked else wanted).all()
    ranks = {
        warehouse_id: (not is_near, priority, warehouse_id) for warehouse_id, _, _, is_near, priority in rows
    }
    units = {(warehouse_id, sku_id): int(left) for warehouse_id, sku_id, left, *_rest in rows}
    return Free(units, sorted(ranks, key=ranks.__getitem__))


def _serves(territory_ids: Collection[int]) -> ColumnElement[bool]:
    return exists().where(
        WarehouseTerritory.warehouse_id == Warehouse.id, WarehouseTerritory.territory_id.in_(territory_ids)
    )


def lying(session: Session, sku_ids: Collection[int], warehouse_id: int | None) -> dict[int, tuple[int, int]]:
    """By SKU what lies in a warehouse, or in all, and how much of it nobody was promised."""
    wanted = select(Stock.sku_id, func.sum(Stock.on_hand), func.sum(Stock.on_hand - Stock.reserved))
    wanted = wanted.where(Stock.sku_id.in_(sku_ids)).group_by(Stock.sku_id)
    if warehouse_id is not None:
        wanted = wanted.where(Stock.warehouse_id == warehouse_id)
    return {sku_id: (int(there), int(free)) for sku_id, there, free in session.execute(wanted)}


def warehouses(session: Session, *, with_archived: bool = False) -> Sequence[Warehouse]:
    """The houses from which goods leave, in the order in which they are preferred."""
    wanted = select(Warehouse).order_by(Warehouse.priority, Warehouse.id)
    return session.scalars(wanted if with_archived else wanted.where(Warehouse.archived_at.is_(None))).all()


def get_warehouse(session: Session, warehouse_id: int) -> Warehouse:
    """The house, archived or not."""
    found = session.scalar(select(Warehouse).where(Warehouse.id == warehouse_id))
    if found is None:
        raise Refused("warehouse.not_found")
    return found


def working(session: Session, warehouse_ids: Collection[int]) -> dict[int, Warehouse]:
    """These houses, which nobody closes until the transaction ends; refuses a closed one."""
    wanted = select(Warehouse).where(Warehouse.id.in_(warehouse_ids)).order_by(Warehouse.id)
    found = {house.id: house for house in session.scalars(wanted.with_for_update(read=True))}
    if set(warehouse_ids) - found.keys():
        raise Refused("warehouse.not_found")
    for house in found.values():
        if house.archived_at is not None:
            raise Refused("warehouse.archived", name=house.name)
    return found
