"""A cart that goes to several places or on several days: who gets what, and the orders that it becomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade.distributors import queries as distributors
from trade.distributors.queries import Terms
from trade.errors import Refused
from trade.orders import review
from trade.orders.delivery import refuse_day
from trade.orders.models import CartDelivery, Order
from trade.orders.pricing import Priced

FIRST = 1  # the place that the cart itself has; further ones carry the version that made them
MOST = 10


@dataclass(frozen=True)
class Place:
    """Where a part of a cart goes, and when it is wanted."""

    address_id: int | None
    wanted_date: date | None


@dataclass(frozen=True)
class Bound:
    """A part of a cart that is about to be an order; `facts` are its columns, `line_nos` by line id."""

    order: Order
    version: int
    terms: Terms
    lines: Sequence[Priced]
    facts: Mapping[str, Any]
    line_nos: Mapping[int, int] = field(default_factory=dict)  # empty: the lines stay where they are


def of_cart(session: Session, order_id: int) -> dict[int, Place]:
    """The further places of a cart, by number, in the order in which they were added."""
    rows = session.scalars(
        select(CartDelivery).where(CartDelivery.order_id == order_id).order_by(CartDelivery.delivery_no)
    )
    return {row.delivery_no: Place(row.address_id, row.wanted_date) for row in rows}


def by_place(lines: Sequence[Priced]) -> list[tuple[int, list[Priced]]]:
    """The lines place by place, in the sequence in which their orders are taken."""
    parts: dict[int, list[Priced]] = {}
    for line in lines:
        parts.setdefault(line.picked.line.delivery_no, []).append(line)
    return sorted(parts.items())


def spread(there: Mapping[int, int], wanted: int) -> dict[int, int]:
    """Share a new sum of one SKU out: the first place takes the difference, then the last ones give. Pure.

    The answer adds up to `wanted` and names every place that had some.
    """
    after = dict(there)
    after[FIRST] = after.get(FIRST, 0) + wanted - sum(there.values())
    for place in sorted(there, reverse=True):
        if after[FIRST] >= 0:
            break
        given = min(after[place], -after[FIRST]) if place != FIRST else 0
        after[place] -= given
        after[FIRST] += given
    return after


def after_others(lines: Sequence[Priced], promised: Mapping[int, int]) -> list[Priced]:
    """The same lines with the goods that earlier orders of the cart leave, by SKU id what these take."""
    if not promised:
        return list(lines)
    return [
        replace(line, picked=replace(line.picked, available=max(line.picked.available - taken, 0)))
        if (taken := promised.get(line.picked.sku.id, 0))
        else line
        for line in lines
    ]


def promised_with(promised: Mapping[int, int], lines: Sequence[Priced], policy: str) -> dict[int, int]:
    """What is promised once these lines are taken too: all of it, or by the policy what is there."""
    after = dict(promised)
    for line in lines:
        wanted = review.need(line)
        units = wanted.quantity
        if policy == "partial":
            units = min(units, max(wanted.available, 0))
        elif policy == "wait" and wanted.available < units:
            units = 0
        after[wanted.sku_id] = after.get(wanted.sku_id, 0) + units
    return after


def bound(
    session: Session,
    order: Order,
    version: int,
    terms: Terms,
    lines: Sequence[Priced],
    own: Mapping[str, Any],
    typed: Mapping[int, Place],
    day: date,
) -> list[Bound]:
    """Make an order of every place that has lines; the cart itself becomes the first of them.

    `own` are the changed columns of the cart's delivery, `typed` what was typed about further places.
    """
    parts = by_place(lines)
    if [place for place, _lines in parts] == [FIRST]:
        return [Bound(order, version, terms, lines, own)]
    places = of_cart(session, order.id)
    places |= {place: typed[place] for place in places.keys() & typed.keys()}
    check(session, order, places, day)
    places[FIRST] = Place(own.get("address_id", order.address_id), own.get("wanted_date", order.wanted_date))
    session.execute(delete(CartDelivery).where(CartDelivery.order_id == order.id))
    remark = str(own.get("remark", order.remark))
    orders = [order, *_opened(session, order, [places[place] for place, _lines in parts[1:]], remark)]
    common = {"buyer_id": order.buyer_id, "registration_id": order.registration_id}
    common |= {"together_id": order.id if len(orders) > 1 else None}
    found: list[Bound] = []
    promised: dict[int, int] = {}
    for mine, (place, part) in zip(orders, parts, strict=True):
        where = places[place]
        facts = {"address_id": where.address_id, "wanted_date": where.wanted_date, "remark": remark}
        here = distributors.terms_of(session, order.distributor_id, day, where.address_id)
        left = after_others(part, promised)
        promised = promised_with(promised, left, "refuse")
        nos = {
            line.picked.line.id: _line_no(line, at, is_own=mine is order) for at, line in enumerate(left, 1)
        }
        found.append(Bound(mine, version if mine is order else 1, here, left, common | facts, nos))
    return found


def keep(session: Session, order: Order, typed: Mapping[int, Place], day: date) -> None:
    """Write where further places of a cart are and when they are wanted; a place that is gone is let go."""
    known = of_cart(session, order.id) if typed else {}
    changed = {no: typed[no] for no in known.keys() & typed.keys() if typed[no] != known[no]}
    if not changed:
        return
    check(session, order, changed, day)
    for no, place in sorted(changed.items()):
        session.execute(
            update(CartDelivery)
            .where(CartDelivery.order_id == order.id, CartDelivery.delivery_no == no)
            .values(address_id=place.address_id, wanted_date=place.wanted_date)
            .execution_options(synchronize_session=False)
        )


def check(session: Session, order: Order, places: Mapping[int, Place], day: date) -> None:
    """Refuse another's address and a day that cannot be, beside the place."""
    known = {address.id for address in distributors.addresses_of(session, order.distributor_id)}
    for no, place in places.items():
        if place.address_id is not None and place.address_id not in known:
            raise Refused("address.not_found")
        refuse_day(place.wanted_date, day, f"d{no}-wanted_date")


def of_submission(session: Session, order: Order) -> Sequence[Order]:
    """The orders that one cart became, in the sequence in which they were taken; the order is within scope."""
    if order.together_id is None:
        return [order]
    return session.scalars(
        select(Order).where(Order.together_id == order.together_id).order_by(Order.id)
    ).all()


def _line_no(line: Priced, at: int, *, is_own: bool) -> int:
    return line.picked.line.line_no if is_own else at


def _opened(session: Session, cart: Order, places: Sequence[Place], remark: str) -> list[Order]:
    """Orders beside the cart, nobody's cart until they are taken: a person has one cart."""
    orders = [
        Order(
            distributor_id=cart.distributor_id,
            legal_entity_id=cart.legal_entity_id,
            currency=cart.currency,
            address_id=place.address_id,
            wanted_date=place.wanted_date,
            remark=remark,
            registration_id=cart.registration_id,
        )
        for place in places
    ]
    session.add_all(orders)
    session.flush()
    return orders
