from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade import clock, idempotency
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.catalog.queries import visible
from trade.db import insert_many
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.orders import deliveries, queries, states, templates
from trade.orders.carts import opened_cart
from trade.orders.deliveries import Place
from trade.orders.delivery import Wanted, changes
from trade.orders.models import CartDelivery, Order, OrderLine

MOST = 99_999  # order units of one line


@dataclass(frozen=True)
class Wishes:
    """By SKU id a quantity in its order unit; 0 takes the line out. Without an order they are the cart's.

    The quantity is that of one place of the cart, or the sum over all, of which the first place takes the difference.
    """

    quantities: Mapping[int, int]
    order_id: int | None = None  # a returned order that is being corrected
    delivery_no: int | None = None  # None: over all places


@dataclass(frozen=True)
class Addition:
    """Quantities by SKU id that come on top of the cart's, or in their place; `once` names the page that was sent."""

    quantities: Mapping[int, int]
    once: str
    replaces: bool = False
    template_id: int | None = None  # whose use is counted


@dataclass(frozen=True)
class Delivery:
    """Where to and when, on the version that the person saw."""

    order_id: int
    version: int
    address_id: int | None
    wanted_date: date | None
    remark: str
    further: Mapping[int, Place] = field(default_factory=dict)  # by number, the cart's further places


def fill_cart(session: Session, actor: Actor, wishes: Wishes) -> int:
    """Put quantities into the cart; answers the order's id. MOQ and multiple are tested at submission."""
    day = clock.today()
    order = opened_cart(session, actor, wishes.order_id, day)
    _put(session, actor, order, wishes, day)
    return order.id


def add_to_cart(session: Session, actor: Actor, addition: Addition) -> int:
    """Add many lines to what lies in the cart, or put them in its place; answers how many. Twice is as good as once."""
    if not idempotency.is_first(session, f"add-{actor.person_id}-{actor.distributor_id}-{addition.once}"):
        return len(addition.quantities)
    day = clock.today()
    cart = queries.get_for(session, actor, opened_cart(session, actor, None, day).id, is_locked=True)
    there: dict[int, int] = {}
    for line in queries.lines_of(session, cart.id):
        there[line.sku_id] = there.get(line.sku_id, 0) + line.quantity
    if addition.replaces:
        quantities = dict.fromkeys(there, 0) | dict(addition.quantities)
    else:
        quantities = {key: min(there.get(key, 0) + each, MOST) for key, each in addition.quantities.items()}
    _put(session, actor, cart, Wishes(quantities), day)
    if addition.template_id is not None:
        templates.count_use(session, actor, addition.template_id)
    return len(addition.quantities)


def set_delivery(session: Session, actor: Actor, delivery: Delivery) -> None:
    """Say where the goods go, when they are wanted, and what the rep should know."""
    order = queries.get_for(session, actor, delivery.order_id)
    wanted = Wanted(delivery.address_id, delivery.wanted_date, delivery.remark)
    changed = changes(session, order, wanted, clock.today())
    states.move(session, actor, order, "edit", delivery.version, **changed)
    deliveries.keep(session, order, delivery.further, clock.today())


def empty_cart(session: Session, actor: Actor, seen: queries.Seen) -> None:
    """Take every line out of the cart."""
    order = queries.get_for(session, actor, seen.order_id)
    states.move(session, actor, order, "edit", seen.version)
    session.execute(delete(OrderLine).where(OrderLine.order_id == order.id))
    session.execute(delete(CartDelivery).where(CartDelivery.order_id == order.id))


def _put(session: Session, actor: Actor, order: Order, wishes: Wishes, day: date) -> None:
    """Write the wished lines, set-based; nothing is written when nothing changes."""
    terms = distributors.terms_of(session, order.distributor_id, day)
    wanted = {sku_id: quantity for sku_id, quantity in wishes.quantities.items() if quantity}
    skus = {
        sku.id: sku for sku in session.scalars(select(Sku).where(Sku.id.in_(wanted), visible(terms, day)))
    }
    if wanted.keys() - skus.keys():
        raise Refused("sku.not_found")
    lines = {(line.sku_id, line.delivery_no): line for line in queries.lines_of(session, order.id)}
    dropped, changed, added = [], [], []
    line_no = max((line.line_no for line in lines.values()), default=0)
    for (sku_id, place), quantity in _by_place(session, order, lines, wishes).items():
        line = lines.get((sku_id, place))
        if not quantity:
            dropped += [line.id] if line is not None else []
            continue
        amount = _amount(skus[sku_id], quantity)
        if line is None:
            line_no += 1
            where = {"order_id": order.id, "line_no": line_no, "sku_id": sku_id, "delivery_no": place}
            added.append({**where, **amount})
        elif any(getattr(line, name) != value for name, value in amount.items()):
            changed.append({"id": line.id, **amount})
    if not (dropped or changed or added):
        return
    if len(lines) + len(added) - len(dropped) > queries.CART_LINES:
        raise Refused("cart.too_many_lines", most=queries.CART_LINES)
    states.move(session, actor, order, "edit", order.version)
    if dropped:
        session.execute(delete(OrderLine).where(OrderLine.id.in_(dropped)))
    if changed:
        session.execute(update(OrderLine), changed)
    insert_many(session, OrderLine, added)


def _by_place(
    session: Session, order: Order, lines: Mapping[tuple[int, int], OrderLine], wishes: Wishes
) -> dict[tuple[int, int], int]:
    """By SKU and place, the quantities that are wished; refuses a place that is gone."""
    there: dict[int, dict[int, int]] = {}
    for (sku_id, place), line in lines.items():
        if sku_id in wishes.quantities:
            there.setdefault(sku_id, {})[place] = line.quantity
    only = wishes.delivery_no
    if only is not None and only != deliveries.FIRST and only not in deliveries.of_cart(session, order.id):
        raise Refused("cart.delivery_gone")
    found: dict[tuple[int, int], int] = {}
    for sku_id, quantity in wishes.quantities.items():
        known = there.get(sku_id, {})
        after = deliveries.spread(known, quantity) if only is None else {**known, only: quantity}
        if quantity and sum(after.values()) > MOST:
            raise Refused("cart.line_too_large", field="quantity", most=MOST)
        found |= {(sku_id, place): each for place, each in after.items() if only in {None, place}}
    return found


def _amount(sku: Sku, quantity: int) -> dict[str, object]:
    return {
        "unit": sku.order_unit,
        "factor": sku.order_factor,
        "quantity": quantity,
        "base_quantity": quantity * sku.order_factor,
    }
