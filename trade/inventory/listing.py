"""Stock as people look through it: SKU by SKU over all warehouses, and what moved one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.inventory.models import Stock, StockMovement
from trade.inventory.queries import Level, level
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

PAGE = 50  # movements
_HELD = select(
    Stock.sku_id, func.sum(Stock.on_hand).label("on_hand"), func.sum(Stock.reserved).label("reserved")
)
_SUMS = _HELD.group_by(Stock.sku_id).subquery()
_ON_HAND, _RESERVED = func.coalesce(_SUMS.c.on_hand, 0), func.coalesce(_SUMS.c.reserved, 0)
SORTS = {
    "name": Sort(Sku.sort_key),
    "code": Sort(Sku.code),
    "on_hand": Sort(_ON_HAND, "whole"),
    "reserved": Sort(_RESERVED, "whole"),
    "available": Sort(_ON_HAND - _RESERVED, "whole"),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    word: str = ""


@dataclass(frozen=True)
class Row:
    """A SKU with what all warehouses have of it, in base units."""

    sku: Sku
    on_hand: int
    reserved: int

    @property
    def level(self) -> Level:
        return level(self.on_hand - self.reserved, self.sku.safety_stock)


def listing(session: Session, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of SKUs, by name unless asked otherwise, with their stock; one statement."""
    page = page_of(session, _matching(wanted), window, SORTS, Sku.id, "name")
    return page.of([Row(sku, int(has), int(promised)) for sku, has, promised in page.rows])


def totals(session: Session, wanted: ListFilter) -> Totals:
    """How many SKUs match; bottles and cases make no sum."""
    count = select(func.count()).select_from(_matching(wanted).with_only_columns(Sku.id).subquery())
    return Totals(session.scalar(count) or 0)


def _matching(wanted: ListFilter) -> Select[*tuple[Any, ...]]:
    left = _ON_HAND - _RESERVED
    query = (
        select(Sku, _ON_HAND, _RESERVED)
        .outerjoin(_SUMS, _SUMS.c.sku_id == Sku.id)
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


def get_row(session: Session, sku_id: int) -> Row:
    """One SKU with what all warehouses have of it."""
    sku = session.scalar(select(Sku).where(Sku.id == sku_id))
    if sku is None:
        raise Refused("sku.not_found")
    sums = select(func.coalesce(func.sum(Stock.on_hand), 0), func.coalesce(func.sum(Stock.reserved), 0))
    on_hand, reserved = session.execute(sums.where(Stock.sku_id == sku_id)).one()
    return Row(sku, int(on_hand), int(reserved))


def movements(
    session: Session, sku_id: int, after: int | None = None
) -> tuple[list[StockMovement], int | None]:
    """What moved a SKU, the latest first, and the id after which the next page begins."""
    query = select(StockMovement).where(StockMovement.sku_id == sku_id)
    if after is not None:
        query = query.where(StockMovement.id < after)
    rows = list(session.scalars(query.order_by(StockMovement.id.desc()).limit(PAGE + 1)))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None
