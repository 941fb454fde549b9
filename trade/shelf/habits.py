"""What a distributor has bought lately: read from its approved orders of twelve months, however long its history."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.catalog.models import Sku
from trade.catalog.queries import visible
from trade.distributors.queries import Terms
from trade.inventory.queries import free_quantity
from trade.orders.models import Order, OrderLine
from trade.orders.queries import own_cart
from trade.shelf.models import Favourite

LATELY = timedelta(days=365)
FACTS = ("order_date", "quantity", "unit", "factor", "price")  # of Bought


@dataclass(frozen=True)
class Bought:
    """The last time that a SKU was bought: `quantity` of `unit`, at `price` per `unit` then."""

    day: date
    quantity: int
    unit: str
    factor: int
    price: Decimal | None


@dataclass(frozen=True)
class About:
    """What concerns one person of a SKU: base units that may be promised, the star, the last purchase."""

    left: int
    is_starred: bool = False
    bought: Bought | None = None


@dataclass(frozen=True)
class Liked:
    """A SKU that somebody starred or the company buys often, with what lies in the cart and what is left."""

    sku: Sku
    is_starred: bool
    times: int
    quantity: int
    left: int


def about(session: Session, actor: Actor, sku_id: int, day: date) -> About:
    """What concerns the actor of one SKU that the caller may show, in one statement."""
    latest = _lines(actor.distributor_id or 0, day - LATELY).where(OrderLine.sku_id == sku_id)
    line = latest.order_by(Order.order_date.desc(), Order.id.desc()).limit(1).subquery()
    row = session.execute(
        select(free_quantity(Sku.id), starred(actor), *(line.c[name] for name in FACTS))
        .select_from(Sku)
        .outerjoin(line, line.c.sku_id == Sku.id)
        .where(Sku.id == sku_id)
    ).one()
    return About(int(row[0]), bool(row[1]), Bought(*row[2:]) if row[2] else None)


def latest(distributor_id: int, since: date, which: ColumnElement[bool]) -> Subquery:
    """The last purchase since then of each of some SKUs, a row each, as a part of a larger statement."""
    place = func.row_number().over(
        partition_by=OrderLine.sku_id, order_by=(Order.order_date.desc(), Order.id.desc())
    )
    lines = _lines(distributor_id, since).where(which).add_columns(place.label("place")).subquery()
    return select(lines).where(lines.c.place == 1).subquery()


def usual(distributor_id: int, since: date) -> Subquery:
    """SKU ids with how many of the orders since then hold them, as a part of a larger statement."""
    lines = select(OrderLine.sku_id, func.count().label("times")).join(Order, Order.id == OrderLine.order_id)
    return lines.where(*_lately(distributor_id, since)).group_by(OrderLine.sku_id).subquery()


def starred(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor has starred a SKU, as a part of a statement that reads SKUs."""
    return _stars(actor).where(Favourite.sku_id == Sku.id).exists()


def liked(session: Session, actor: Actor, terms: Terms, day: date, limit: int) -> list[Liked]:
    """What this person will most likely order: the starred ones first, then the usual ones; one statement."""
    often = usual(terms.distributor_id, day - LATELY)
    times = func.coalesce(often.c.times, 0)
    is_starred = starred(actor)
    in_cart = select(OrderLine.quantity).join(Order, Order.id == OrderLine.order_id).limit(1)
    mine = in_cart.where(OrderLine.sku_id == Sku.id, *own_cart(actor)).correlate(Sku).scalar_subquery()
    wanted = (
        select(Sku, is_starred, times, func.coalesce(mine, 0), free_quantity(Sku.id))
        .outerjoin(often, often.c.sku_id == Sku.id)
        .where(Sku.id.in_(_either(actor, often)), visible(terms, day))
        .order_by(is_starred.desc(), times.desc(), Sku.sort_key, Sku.id)
        .limit(limit)
    )
    return [
        Liked(sku, bool(star), int(often_), int(quantity), int(left))
        for sku, star, often_, quantity, left in session.execute(wanted)
    ]


def _either(actor: Actor, often: Subquery) -> Select[int]:
    ids = _stars(actor).union(select(often.c.sku_id)).subquery()
    return select(ids.c.sku_id)


def _stars(actor: Actor) -> Select[int]:
    return select(Favourite.sku_id).where(
        Favourite.person_id == actor.person_id, Favourite.distributor_id == actor.distributor_id
    )


def _lines(distributor_id: int, since: date) -> Select[Any]:
    columns: list[Any] = [OrderLine.sku_id, Order.order_date]
    columns += [OrderLine.quantity, OrderLine.unit, OrderLine.factor, OrderLine.price]
    lines: Select[Any] = select(*columns).join(Order, Order.id == OrderLine.order_id)
    return lines.where(*_lately(distributor_id, since))


def _lately(distributor_id: int, since: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Order.distributor_id == distributor_id,
        Order.order_date >= since,
        Order.approval_state == "approved",
    )
