"""Transfers, counts and warehouses as people look them up."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from trade.catalog.models import Sku
from trade.distributors.models import Territory
from trade.errors import Refused
from trade.inventory.models import (
    Stock,
    StockCount,
    StockCountLine,
    StockTransfer,
    StockTransferLine,
    Warehouse,
    WarehouseTerritory,
)
from trade.people.models import Person

PAGE = 50


@dataclass(frozen=True)
class TransferRow:
    """A transfer with both houses and the sums of its lines by unit, as whole cases and loose units."""

    transfer: StockTransfer
    origin: Warehouse
    target: Warehouse
    person_name: str | None
    lines: int
    sent: Mapping[str, int]
    lost: Mapping[str, int]  # what never came; nothing while it is on its way


@dataclass(frozen=True)
class CountRow:
    count: StockCount
    house: Warehouse
    person_name: str | None
    lines: int
    differing: int


@dataclass(frozen=True)
class HouseRow:
    house: Warehouse
    kinds: int  # products on hand
    territories: Sequence[Territory]


def transfers(
    session: Session, *, state: str = "", after: int | None = None, transfer_id: int | None = None
) -> tuple[list[TransferRow], int | None]:
    """A page of transfers, the latest first, and the id after which the next page begins."""
    origin, target = aliased(Warehouse), aliased(Warehouse)
    query = (
        select(
            StockTransfer,
            origin,
            target,
            Person.name,
            func.count(StockTransferLine.id),
        )
        .join(origin, origin.id == StockTransfer.from_id)
        .join(target, target.id == StockTransfer.to_id)
        .outerjoin(Person, Person.id == StockTransfer.person_id)
        .outerjoin(StockTransferLine, StockTransferLine.transfer_id == StockTransfer.id)
        .group_by(StockTransfer.id, origin.id, target.id, Person.id)
        .order_by(StockTransfer.id.desc())
        .limit(PAGE + 1)
    )
    if state:
        query = query.where(StockTransfer.state == state)
    if after is not None:
        query = query.where(StockTransfer.id < after)
    if transfer_id is not None:
        query = query.where(StockTransfer.id == transfer_id)
    found = session.execute(query).all()
    sums = _sums(session, [row[0].id for row in found])
    rows = [TransferRow(*row, *sums.get(row[0].id, ({}, {}))) for row in found]
    return rows[:PAGE], rows[PAGE - 1].transfer.id if len(rows) > PAGE else None


def _sums(
    session: Session, transfer_ids: Sequence[int]
) -> dict[int, tuple[Mapping[str, int], Mapping[str, int]]]:
    """By transfer, what was sent and what was lost: cans and bottles make no sum, so each unit has its own."""
    line = StockTransferLine
    lost = func.coalesce(line.quantity - line.arrived, 0)
    columns = [
        func.sum(each)
        for of in (line.quantity, lost)
        for each in (of // Sku.order_factor, of % Sku.order_factor)
    ]
    rows = session.execute(
        select(line.transfer_id, Sku.order_unit, Sku.base_unit, *columns)
        .join(Sku, Sku.id == line.sku_id)
        .where(line.transfer_id.in_(transfer_ids))
        .group_by(line.transfer_id, Sku.order_unit, Sku.base_unit)
        .order_by(line.transfer_id, Sku.order_unit, Sku.base_unit)
    )
    found: dict[int, tuple[dict[str, int], dict[str, int]]] = {}
    for transfer_id, unit, base_unit, *counts in rows:
        both = found.setdefault(transfer_id, ({}, {}))
        for sums, cases, loose in (both[0], *counts[:2]), (both[1], *counts[2:]):
            for name, count in (unit, int(cases)), (base_unit, int(loose)):
                if count:
                    sums[name] = sums.get(name, 0) + count
    return dict(found)


def get_transfer(
    session: Session, transfer_id: int
) -> tuple[TransferRow, list[tuple[StockTransferLine, Sku]]]:
    """One transfer with its lines."""
    rows, _after = transfers(session, transfer_id=transfer_id)
    if not rows:
        raise Refused("transfer.not_found")
    query = select(StockTransferLine, Sku).join(Sku, Sku.id == StockTransferLine.sku_id)
    lines = session.execute(
        query.where(StockTransferLine.transfer_id == transfer_id).order_by(Sku.sort_key, Sku.id)
    )
    return rows[0], [(line, sku) for line, sku in lines]


def counts(
    session: Session, *, after: int | None = None, count_id: int | None = None
) -> tuple[list[CountRow], int | None]:
    """A page of counts, the latest first, and the id after which the next page begins."""
    differing = func.sum(func.abs(func.sign(StockCountLine.difference)))
    query = (
        select(StockCount, Warehouse, Person.name, func.count(StockCountLine.id), differing)
        .join(Warehouse, Warehouse.id == StockCount.warehouse_id)
        .outerjoin(Person, Person.id == StockCount.person_id)
        .outerjoin(StockCountLine, StockCountLine.count_id == StockCount.id)
        .group_by(StockCount.id, Warehouse.id, Person.id)
        .order_by(StockCount.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(StockCount.id < after)
    if count_id is not None:
        query = query.where(StockCount.id == count_id)
    rows = [
        CountRow(count, house, name, lines, int(several or 0))
        for count, house, name, lines, several in session.execute(query)
    ]
    return rows[:PAGE], rows[PAGE - 1].count.id if len(rows) > PAGE else None


def get_count(session: Session, count_id: int) -> tuple[CountRow, list[tuple[StockCountLine, Sku]]]:
    """One count with its lines, the largest differences first."""
    rows, _after = counts(session, count_id=count_id)
    if not rows:
        raise Refused("count.not_found")
    query = select(StockCountLine, Sku).join(Sku, Sku.id == StockCountLine.sku_id)
    lines = session.execute(
        query.where(StockCountLine.count_id == count_id).order_by(
            func.abs(StockCountLine.difference).desc(), Sku.sort_key, Sku.id
        )
    )
    return rows[0], [(line, sku) for line, sku in lines]


def houses(session: Session) -> list[HouseRow]:
    """Every warehouse with what it holds and whom it serves; those that are closed come last."""
    held = select(Stock.warehouse_id, func.count().label("kinds")).where(Stock.on_hand != 0)
    sums = held.group_by(Stock.warehouse_id).subquery()
    rows = session.execute(
        select(Warehouse, sums.c.kinds)
        .outerjoin(sums, sums.c.warehouse_id == Warehouse.id)
        .order_by(Warehouse.archived_at.is_not(None), Warehouse.priority, Warehouse.id)
    ).all()
    serves = served(session, [house.id for house, _kinds in rows])
    return [HouseRow(house, kinds or 0, serves.get(house.id, [])) for house, kinds in rows]


def served(session: Session, warehouse_ids: Collection[int]) -> dict[int, list[Territory]]:
    """By warehouse, the territories that it serves first."""
    query = (
        select(WarehouseTerritory.warehouse_id, Territory)
        .join(Territory, Territory.id == WarehouseTerritory.territory_id)
        .where(WarehouseTerritory.warehouse_id.in_(warehouse_ids))
        .order_by(Territory.code)
    )
    found: dict[int, list[Territory]] = {}
    for warehouse_id, territory in session.execute(query):
        found.setdefault(warehouse_id, []).append(territory)
    return found
