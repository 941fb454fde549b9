"""Lines that wait for goods: approved, not shipped, not cancelled, and kept by no warehouse."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.distributors.queries import within
from trade.inventory.models import Stock, Warehouse
from trade.inventory.queries import is_promisable
from trade.inventory.rules import Want
from trade.jobs import queue
from trade.orders.models import OWN, Order, OrderLine

PAGE = 50
UNKEPT = OrderLine.base_quantity - OrderLine.shipped - OrderLine.cancelled - OrderLine.reserved


@dataclass(frozen=True)
class ListFilter:
    """What the address of the work list says."""

    search: str = ""
    is_servable: bool = False  # only what is free somewhere
    sku_id: int | None = None
    after: str = ""  # submission order: id of the last line's order and its number, as `order|line`


@dataclass(frozen=True)
class Row:
    """A line that waits, with what is free of it by warehouse id."""

    order: Order
    line: OrderLine
    sku: Sku
    free: Mapping[int, int]

    @property
    def missing(self) -> int:
        """Base units that no warehouse keeps for it."""
        line = self.line
        return line.base_quantity - line.shipped - line.cancelled - line.reserved


def listing(session: Session, actor: Actor, wanted: ListFilter) -> tuple[list[Row], str]:
    """A page of lines that wait, the oldest order first, and the key of the next page or ""; two statements."""
    query = _matching(actor, wanted).order_by(Order.id, OrderLine.line_no).limit(PAGE + 1)
    order_id, _, line_no = wanted.after.partition("|")
    if _is_number(order_id) and _is_number(line_no):
        later = (Order.id == int(order_id)) & (OrderLine.line_no > int(line_no))
        query = query.where(or_(Order.id > int(order_id), later))
    found = session.execute(query).all()
    free = free_by_house(session, {sku.id for _order, _line, sku in found[:PAGE]})
    rows = [Row(order, line, sku, free.get(sku.id, {})) for order, line, sku in found[:PAGE]]
    following = f"{rows[-1].order.id}|{rows[-1].line.line_no}" if len(found) > PAGE else ""
    return rows, following


def free_by_house(session: Session, sku_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """By SKU and warehouse, what is free of it."""
    query = (
        select(Stock.sku_id, Stock.warehouse_id, Stock.on_hand - Stock.reserved)
        .join(Warehouse, Warehouse.id == Stock.warehouse_id)
        .where(Stock.sku_id.in_(sku_ids), Stock.on_hand > Stock.reserved, Warehouse.archived_at.is_(None))
    )
    free: dict[int, dict[int, int]] = {}
    for sku_id, warehouse_id, units in session.execute(query):
        free.setdefault(sku_id, {})[warehouse_id] = int(units)
    return free


def servable(session: Session, actor: Actor, limit: int) -> list[int]:
    """Orders that wait for goods of which some are free, the oldest first."""
    query = _matching(actor, ListFilter(is_servable=True)).with_only_columns(Order.id)
    return list(session.scalars(query.distinct().order_by(Order.id).limit(limit)))


def count(actor: Actor) -> ColumnElement[int]:
    """How many orders within reach wait for goods, as a part of a larger statement."""
    matching = _matching(actor, ListFilter()).with_only_columns(func.count(Order.id.distinct()))
    return matching.scalar_subquery()


def wants(lines: Sequence[OrderLine]) -> list[Want]:
    """What the lines of an order still wait for."""
    found = [
        Want(line.id, line.sku_id, line.base_quantity - line.shipped - line.cancelled - line.reserved)
        for line in lines
    ]
    return [want for want in found if want.quantity > 0]


def call_for(session: Session, cause: str, sku_ids: Collection[int]) -> None:
    """Goods came: queue an allocation for every order that waits for some of them, the oldest first.

    `cause` names the count, the arrival or the return, so that each has its own try.
    """
    if not sku_ids:
        return
    waits = exists().where(OrderLine.order_id == Order.id, OrderLine.sku_id.in_(sku_ids), UNKEPT > 0)
    orders = select(Order.id).where(*_open_order(), waits).order_by(Order.id)
    for order_id in session.scalars(orders).all():
        queue.enqueue(session, "order.allocate", f"order.allocate-{order_id}-{cause}", {"order_id": order_id})


def _matching(actor: Actor, wanted: ListFilter) -> Select[Order, OrderLine, Sku]:
    query = (
        select(Order, OrderLine, Sku)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .where(*_open_order(), UNKEPT > 0, within(actor, Order.distributor_id))
    )
    if word := text.folded(wanted.search):
        query = query.where(
            or_(
                Order.number.istartswith(word, autoescape=True),
                Order.distributor_name.icontains(word, autoescape=True),
                Sku.search_text.contains(word, autoescape=True),
            )
        )
    if wanted.sku_id is not None:
        query = query.where(OrderLine.sku_id == wanted.sku_id)
    return query.where(is_promisable(Sku.id)) if wanted.is_servable else query


def _open_order() -> tuple[ColumnElement[bool], ...]:
    return (Order.approval_state == "approved", Order.fulfilment != "complete", Order.source == OWN)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
