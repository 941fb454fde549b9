"""Stock as people look through it: SKU by SKU over all warehouses, and what moved one."""

from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.inventory.models import Stock, StockMovement
from trade.inventory.queries import Level, level

PAGE = 50


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    word: str = ""
    after: str = ""  # sort key and id of the last row seen, as `key|id`


@dataclass(frozen=True)
class Row:
    """A SKU with what all warehouses have of it, in base units."""

    sku: Sku
    on_hand: int
    reserved: int

    @property
    def level(self) -> Level:
        return level(self.on_hand - self.reserved, self.sku.safety_stock)


def listing(session: Session, wanted: ListFilter) -> tuple[list[Row], str]:
    """A page of SKUs by name with their stock, and the key of the next page or ""; one statement."""
    held = select(
        Stock.sku_id, func.sum(Stock.on_hand).label("on_hand"), func.sum(Stock.reserved).label("reserved")
    )
    sums = held.group_by(Stock.sku_id).subquery()
    on_hand, reserved = func.coalesce(sums.c.on_hand, 0), func.coalesce(sums.c.reserved, 0)
    left = on_hand - reserved
    query = (
        select(Sku, on_hand, reserved)
        .outerjoin(sums, sums.c.sku_id == Sku.id)
        .where(Sku.archived_at.is_(None))
        .order_by(Sku.sort_key, Sku.id)
        .limit(PAGE + 1)
    )
    for part in text.folded(wanted.search).split():
        query = query.where(Sku.search_text.contains(part, autoescape=True))
    conditions = {
        "out": left <= 0,
        "low": and_(left > 0, left < Sku.safety_stock),
        "plenty": and_(left > 0, left >= Sku.safety_stock),
    }
    if wanted.word in conditions:
        query = query.where(conditions[wanted.word])
    key, _, last = wanted.after.rpartition("|")
    if last.isascii() and last.isdigit() and len(last) < 10:
        later = and_(Sku.sort_key == key, Sku.id > int(last))
        query = query.where(or_(Sku.sort_key > key, later))
    rows = [Row(sku, int(has), int(promised)) for sku, has, promised in session.execute(query)]
    if len(rows) <= PAGE:
        return rows, ""
    shown = rows[:PAGE]
    return shown, f"{shown[-1].sku.sort_key}|{shown[-1].sku.id}"


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
