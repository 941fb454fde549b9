"""Lines with all that decides whether they may be ordered: SKU, visibility, authorisation and free stock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, literal, or_, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.catalog.models import Category, Sku
from trade.catalog.queries import visible
from trade.distributors.models import Authorisation
from trade.distributors.queries import Terms, within
from trade.inventory.queries import Free, free_places, free_quantity, read_free
from trade.kept import kept
from trade.orders.models import Order, OrderLine
from trade.orders.queries import own_cart, readable


@dataclass(frozen=True)
class Picked:
    """A line of a cart with all that decides whether it may be ordered; `available` are base units."""

    line: OrderLine
    sku: Sku
    category_code: str
    is_visible: bool
    is_authorised: bool
    available: int
    free: Free | None = None  # of all lines' goods and by warehouse, where somebody is about to take them


def order_with_lines(
    session: Session, actor: Actor, terms: Terms, day: date, order_id: int | None = None
) -> tuple[Order | None, list[Picked]]:
    """The cart, or an order within scope, with its lines as `lines` answers them; one statement for both."""
    asked = _cart(actor, terms, day) if order_id is None else _one(actor, terms, day, order_id)
    rows = session.execute(*asked).all()
    lines = [
        Picked(line, sku, code, bool(seen), bool(allowed), int(left))
        for _order, line, sku, code, seen, allowed, left in rows
        if line is not None
    ]
    return (rows[0][0] if rows else None), lines


@kept
def _cart(actor: Actor, terms: Terms, day: date) -> Select[*tuple[Any, ...]]:
    return _whole(terms, day).where(*own_cart(actor))


@kept
def _one(actor: Actor, terms: Terms, day: date, order_id: int) -> Select[*tuple[Any, ...]]:
    return _whole(terms, day).where(
        Order.id == order_id, within(actor, Order.distributor_id), readable(actor)
    )


def _whole(terms: Terms, day: date) -> Select[*tuple[Any, ...]]:
    facts = visible(terms, day), _authorised(terms, day), free_quantity(Sku.id)
    return (
        select(Order, OrderLine, Sku, Category.code, *facts)
        .select_from(Order)
        .outerjoin(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(Sku, Sku.id == OrderLine.sku_id)
        .outerjoin(Category, Category.id == Sku.category_id)
        .order_by(OrderLine.line_no)
    )


def lines(session: Session, order_id: int, terms: Terms, day: date) -> list[Picked]:
    """The lines of a cart with their SKUs, visibility, authorisation and free stock, in one statement."""
    rows = session.execute(*_lines(terms, day, order_id)).all()
    free = read_free({sku.id: places for _line, sku, *_facts, places in rows})
    return [
        Picked(line, sku, code, bool(seen), bool(allowed), free.of(sku.id), free)
        for line, sku, code, seen, allowed, _places in rows
    ]


@kept
def _lines(terms: Terms, day: date, order_id: int) -> Select[*tuple[Any, ...]]:
    facts = visible(terms, day), _authorised(terms, day), free_places(Sku.id, terms.territory_ids)
    return (
        select(OrderLine, Sku, Category.code, *facts)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .join(Category, Category.id == Sku.category_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.line_no)
    )


def skus(
    session: Session,
    order: Order,
    terms: Terms,
    quantities: Mapping[int, int],
    lines: Mapping[int, OrderLine],
    day: date,
    *,
    branch: str = "",
) -> dict[int, Picked]:
    """SKUs as lines of an order would have them, in their order units; one statement, nothing is added to the order.

    What cannot be seen any more is left out, unless the order has it; so is what lies outside a branch of categories,
    which is told by how their paths begin.
    """
    seen = visible(terms, day)
    wanted = (
        select(Sku, Category.code, seen, _authorised(terms, day), free_places(Sku.id, terms.territory_ids))
        .join(Category, Category.id == Sku.category_id)
        .where(Sku.id.in_(quantities), or_(Sku.id.in_(lines), seen))
    )
    if branch:
        wanted = wanted.where(Category.path.startswith(branch))
    rows = session.execute(wanted).all()
    free = read_free({sku.id: places for sku, *_facts, places in rows})
    found: dict[int, Picked] = {}
    for sku, code, is_seen, is_allowed, _places in rows:
        known, quantity = lines.get(sku.id), quantities[sku.id]
        line = OrderLine(
            id=known.id if known is not None else 0,
            line_no=known.line_no if known is not None else 0,
            order_id=order.id,
            sku_id=sku.id,
            quantity=quantity,
            unit=sku.order_unit,
            factor=sku.order_factor,
            base_quantity=quantity * sku.order_factor,
        )
        left = free.of(sku.id)
        found[sku.id] = Picked(line, sku, code, bool(is_seen), bool(is_allowed), left, free)
    return found


def _authorised(terms: Terms, day: date) -> ColumnElement[bool]:
    """No authorisation at all restricts nothing; otherwise one must cover product line, area and channel.

    The SKU lies in its category or below, the distributor in its territory or below; joins to Category.
    """
    own = Authorisation.distributor_id == terms.distributor_id
    step = literal("/") + cast(Authorisation.category_id, String) + literal("/")
    covering = exists().where(
        own,
        Authorisation.valid_from <= day,
        or_(Authorisation.valid_to.is_(None), Authorisation.valid_to > day),
        or_(Authorisation.category_id.is_(None), Category.path.contains(step)),
        or_(Authorisation.territory_id.is_(None), Authorisation.territory_id.in_(terms.territory_ids)),
        or_(Authorisation.channel_id.is_(None), Authorisation.channel_id == terms.channel_id),
    )
    return or_(~exists().where(own), covering)
