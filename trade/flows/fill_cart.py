from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import delete
from sqlalchemy.orm import Session

from trade import clock, idempotency
from trade.actor import Actor
from trade.opportunities import queries as opportunities
from trade.orders import deliveries, queries, states, templates
from trade.orders.carts import opened_cart
from trade.orders.deliveries import Place
from trade.orders.delivery import Wanted, changes
from trade.orders.filling import MOST, Wishes, put
from trade.orders.models import CartDelivery, Order, OrderLine


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


def _put(session: Session, actor: Actor, order: Order, wishes: Wishes, day: date) -> None:
    """Write the lines; a cart that was a quotation's and has none any more is for nobody, as one that is emptied."""
    was_quoted = order.approval_state == "draft" and opportunities.was_quoted(session, order)
    put(session, actor, order, wishes, day)
    if was_quoted and not queries.lines_of(session, order.id):
        states.move(session, actor, order, "edit", order.version, registration_id=None)


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
    states.move(session, actor, order, "edit", seen.version, registration_id=None)
    session.execute(delete(OrderLine).where(OrderLine.order_id == order.id))
    session.execute(delete(CartDelivery).where(CartDelivery.order_id == order.id))
