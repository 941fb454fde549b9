"""Stock as people look through it: SKU by SKU over all warehouses, and what moved one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.inventory.models import Stock, StockMovement, StockTransfer, StockTransferLine, Warehouse
from trade.inventory.queries import Level, level
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

PAGE = 50  # movements


class _Sums:
    """On hand and reserved by SKU, in one warehouse or in all; free is what orders may be promised, short what is missing."""

    def __init__(self, house_id: int | None):
        works = Warehouse.archived_at.is_(None)
        left = Stock.on_hand - Stock.reserved
        held = select(
            Stock.sku_id,
            func.sum(Stock.on_hand).label("on_hand"),
            func.sum(Stock.reserved).label("reserved"),
            func.sum(Stock.quarantine).label("quarantine"),
            func.sum(case((and_(works, left > 0), left), else_=0)).label("free"),
            func.sum(case((and_(works, left < 0), -left), else_=0)).label("short"),
        ).join(Warehouse, Warehouse.id == Stock.warehouse_id)
        if house_id is not None:
            held = held.where(Stock.warehouse_id == house_id)
        self.table = held.group_by(Stock.sku_id).subquery()
        self.on_hand = func.coalesce(self.table.c.on_hand, 0)
        self.reserved = func.coalesce(self.table.c.reserved, 0)
        self.quarantine = func.coalesce(self.table.c.quarantine, 0)
        self.free = func.coalesce(self.table.c.free, 0)
        self.short = func.coalesce(self.table.c.short, 0)
        self.sorts = {
            "name": Sort(Sku.sort_key),
            "code": Sort(Sku.code),
            "on_hand": Sort(self.on_hand, "whole"),
            "reserved": Sort(self.reserved, "whole"),
            "quarantine": Sort(self.quarantine, "whole"),
            "available": Sort(self.free, "whole"),
        }


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    word: str = ""
    house_id: int | None = None  # one warehouse alone


@dataclass(frozen=True)
class Row:
    """A SKU with what all warehouses have of it, in base units."""

    sku: Sku
    on_hand: int
    reserved: int
    quarantine: int
    free: int
    short: int  # promised beyond what lies there, over the warehouses where that is so

    @property
    def level(self) -> Level:
        return level(self.free, self.sku.safety_stock)


def listing(session: Session, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of SKUs, by name unless asked otherwise, with their stock; one statement."""
    sums = _Sums(wanted.house_id)
    page = page_of(session, _matching(wanted, sums), window, sums.sorts, Sku.id, "name")
    return page.of([Row(sku, *(int(each) for each in facts)) for sku, *facts in page.rows])


def totals(session: Session, wanted: ListFilter) -> Totals:
    """How many SKUs match; bottles and cases make no sum."""
    count = select(func.count()).select_from(
        _matching(wanted, _Sums(wanted.house_id)).with_only_columns(Sku.id).subquery()
    )
    return Totals(session.scalar(count) or 0)


def _matching(wanted: ListFilter, sums: _Sums) -> Select[*tuple[Any, ...]]:
    left = sums.free
    query = (
        select(Sku, sums.on_hand, sums.reserved, sums.quarantine, sums.free, sums.short)
        .outerjoin(sums.table, sums.table.c.sku_id == Sku.id)
        .where(Sku.archived_at.is_(None))
    )
    for part in text.folded(wanted.search).split():
        query = query.where(Sku.search_text.contains(part, autoescape=True))
    conditions = {
        "out": left <= 0,
        "low": and_(left > 0, left < Sku.safety_stock),
        "plenty": and_(left > 0, left >= Sku.safety_stock),
    }
    return query.where(conditions[wanted.word]) if wanted.word in conditions else query


def get_sku(session: Session, sku_id: int) -> Sku:
    """The SKU, sold or not."""
    sku = session.scalar(select(Sku).where(Sku.id == sku_id))
    if sku is None:
        raise Refused("sku.not_found")
    return sku


@dataclass(frozen=True)
class Place:
    """What one warehouse has of a SKU, and what is on its way there."""

    house: Warehouse
    on_hand: int
    reserved: int
    quarantine: int
    coming: int
    low_at: int | None

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved

    @property
    def is_low(self) -> bool:
        return self.low_at is not None and self.free < self.low_at


def places(session: Session, sku_id: int) -> list[Place]:
    """Every warehouse that works or still has some of a SKU; one statement."""
    here = and_(Stock.warehouse_id == Warehouse.id, Stock.sku_id == sku_id)
    coming = (
        select(func.coalesce(func.sum(StockTransferLine.quantity), 0))
        .join(StockTransfer, StockTransfer.id == StockTransferLine.transfer_id)
        .where(
            StockTransfer.to_id == Warehouse.id,
            StockTransfer.state == "dispatched",
            StockTransferLine.sku_id == sku_id,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Warehouse, Stock.on_hand, Stock.reserved, Stock.quarantine, coming, Stock.low_at)
        .outerjoin(Stock, here)
        .where(or_(Warehouse.archived_at.is_(None), Stock.on_hand != 0, Stock.quarantine != 0))
        .order_by(Warehouse.priority, Warehouse.id)
    )
    return [
        Place(house, on_hand or 0, reserved or 0, quarantine or 0, int(on_way), low_at)
        for house, on_hand, reserved, quarantine, on_way, low_at in rows
    ]


@dataclass(frozen=True)
class Entry:
    """A movement with its warehouse and what was on hand after it, there or in all of them."""

    movement: StockMovement
    house: Warehouse
    balance: int


LATEST = (StockMovement.at.desc(), StockMovement.id.desc())


def _before(movement_id: int) -> ColumnElement[bool]:
    """What happened before a movement; a count is told at its moment, not when it was typed in."""
    moment = select(StockMovement.at).where(StockMovement.id == movement_id).scalar_subquery()
    return or_(StockMovement.at < moment, and_(StockMovement.at == moment, StockMovement.id < movement_id))


def movements(
    session: Session, sku_id: int, house_id: int | None = None, after: int | None = None
) -> tuple[list[Entry], int | None]:
    """What moved a SKU, the latest first, and the id after which the next page begins; two statements."""
    own = [StockMovement.sku_id == sku_id]
    if house_id is not None:
        own.append(StockMovement.warehouse_id == house_id)
    earlier = own if after is None else [*own, _before(after)]
    query = select(StockMovement, Warehouse).join(Warehouse, Warehouse.id == StockMovement.warehouse_id)
    rows = session.execute(query.where(*earlier).order_by(*LATEST).limit(PAGE + 1)).all()
    total = select(func.coalesce(func.sum(StockMovement.on_hand), 0)).where(*earlier)
    balance = int(session.scalar(total) or 0)
    entries: list[Entry] = []
    for movement, house in rows[:PAGE]:
        entries.append(Entry(movement, house, balance))
        balance -= movement.on_hand
    return entries, entries[-1].movement.id if len(rows) > PAGE else None


@dataclass(frozen=True)
class Low:
    """A SKU that is below its level in a warehouse."""

    sku: Sku
    house: Warehouse
    stock: Stock
    coming: int

    @property
    def free(self) -> int:
        return self.stock.on_hand - self.stock.reserved


MOST_LOW = 300


def below_level(session: Session, house_id: int | None = None) -> list[Low]:
    """What is below its level, the scarcest first; one statement."""
    free = Stock.on_hand - Stock.reserved
    coming = (
        select(func.coalesce(func.sum(StockTransferLine.quantity), 0))
        .join(StockTransfer, StockTransfer.id == StockTransferLine.transfer_id)
        .where(
            StockTransfer.to_id == Stock.warehouse_id,
            StockTransfer.state == "dispatched",
            StockTransferLine.sku_id == Stock.sku_id,
        )
        .correlate(Stock)
        .scalar_subquery()
    )
    query = (
        select(Sku, Warehouse, Stock, coming)
        .join(Stock, Stock.sku_id == Sku.id)
        .join(Warehouse, Warehouse.id == Stock.warehouse_id)
        .where(Stock.low_at.is_not(None), free < Stock.low_at, Warehouse.archived_at.is_(None))
        .order_by(free - Stock.low_at, Sku.id)
        .limit(MOST_LOW)
    )
    if house_id is not None:
        query = query.where(Stock.warehouse_id == house_id)
    return [Low(sku, house, stock, int(on_way)) for sku, house, stock, on_way in session.execute(query)]
