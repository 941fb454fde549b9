from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import insert_many
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.orders import deliveries, queries, states
from trade.orders.deliveries import FIRST, Place
from trade.orders.delivery import Wanted, changes
from trade.orders.models import CartDelivery, Order, OrderLine


@dataclass(frozen=True)
class Change:
    """A cart as it was seen, with what was typed about its places, which a change of their number keeps."""

    order_id: int
    version: int
    typed: Wanted
    further: dict[int, Place]
    delivery_no: int = 0  # the place that goes, where one goes


@dataclass(frozen=True)
class Division:
    """Order units of one SKU that go to another place of the cart; the cart was seen in this version."""

    order_id: int
    version: int
    sku_id: int
    from_no: int
    to_no: int
    quantity: int


def add_delivery(session: Session, actor: Actor, given: Change) -> int:
    """Let a part of the cart go elsewhere or on another day, as an order of its own; answers the place's number.

    The number is the version that made it, so that a stale page never means another place.
    """
    order = _edited(session, actor, given)
    known = deliveries.of_cart(session, order.id)
    if len(known) + 1 >= deliveries.MOST:
        raise Refused("cart.too_many_deliveries", most=deliveries.MOST)
    used = {order.address_id, *(place.address_id for place in known.values())}
    addresses = [address.id for address in distributors.addresses_of(session, order.distributor_id)]
    free = [each for each in addresses if each not in used] or addresses
    place = {"address_id": free[0] if free else None, "wanted_date": order.wanted_date}
    insert_many(session, CartDelivery, [{"order_id": order.id, "delivery_no": order.version, **place}])
    return order.version


def remove_delivery(session: Session, actor: Actor, given: Change) -> None:
    """Take a further place back; what went there goes to the first one."""
    order = _edited(session, actor, given)
    if given.delivery_no not in deliveries.of_cart(session, order.id):
        raise Refused("cart.delivery_gone")
    lines = queries.lines_of(session, order.id)
    first = {line.sku_id: line for line in lines if line.delivery_no == FIRST}
    leaving = [line for line in lines if line.delivery_no == given.delivery_no]
    both = [(line, first[line.sku_id]) for line in leaving if line.sku_id in first]
    sums = [(there, there.quantity + line.quantity) for line, there in both]
    if both:
        session.execute(delete(OrderLine).where(OrderLine.id.in_([line.id for line, _there in both])))
        session.execute(update(OrderLine), [_amount(there, quantity) for there, quantity in sums])
    alone = [{"id": line.id, "delivery_no": FIRST} for line in leaving if line.sku_id not in first]
    if alone:
        session.execute(update(OrderLine), alone)
    session.execute(
        delete(CartDelivery).where(
            CartDelivery.order_id == order.id, CartDelivery.delivery_no == given.delivery_no
        )
    )


def divide_line(session: Session, actor: Actor, given: Division) -> None:
    """Let a line or a part of it go to another place; the cart holds as much as before."""
    order = _cart(session, actor, given.order_id)
    states.move(session, actor, order, "edit", given.version)
    if given.to_no != FIRST and given.to_no not in deliveries.of_cart(session, order.id):
        raise Refused("cart.delivery_gone")
    mine = {
        line.delivery_no: line for line in queries.lines_of(session, order.id) if line.sku_id == given.sku_id
    }
    line = mine.get(given.from_no)
    if line is None:
        raise Refused("order.changed_meanwhile")
    if given.to_no == given.from_no:
        return
    if not 0 < given.quantity <= line.quantity:
        raise Refused("cart.less_lies_there", field="quantity", most=line.quantity)
    _put(session, line, mine.get(given.to_no), given.to_no, given.quantity)


def _put(session: Session, line: OrderLine, there: OrderLine | None, to_no: int, quantity: int) -> None:
    """Take a quantity from a line and put it to the line of the other place, which is made if there is none."""
    left = line.quantity - quantity
    if there is None and not left:
        session.execute(update(OrderLine), [{"id": line.id, "delivery_no": to_no}])
        return
    if left:
        session.execute(update(OrderLine), [_amount(line, left)])
    else:
        session.execute(delete(OrderLine).where(OrderLine.id == line.id))
    if there is not None:
        session.execute(update(OrderLine), [_amount(there, there.quantity + quantity)])
        return
    last = select(func.max(OrderLine.line_no)).where(OrderLine.order_id == line.order_id)
    where = {"order_id": line.order_id, "line_no": (session.scalar(last) or 0) + 1, "delivery_no": to_no}
    goods = {"sku_id": line.sku_id, "unit": line.unit, "factor": line.factor}
    amount = {"quantity": quantity, "base_quantity": quantity * line.factor}
    insert_many(session, OrderLine, [{**where, **goods, **amount}])


def _amount(line: OrderLine, quantity: int) -> dict[str, int]:
    return {"id": line.id, "quantity": quantity, "base_quantity": quantity * line.factor}


def _edited(session: Session, actor: Actor, given: Change) -> Order:
    """The cart with what was typed about its places, on the version that was seen."""
    order = _cart(session, actor, given.order_id)
    day = clock.today()
    changed = changes(session, order, given.typed, day)
    states.move(session, actor, order, "edit", given.version, **changed)
    deliveries.keep(session, order, given.further, day)
    return order


def _cart(session: Session, actor: Actor, order_id: int) -> Order:
    """The actor's cart; an order that came back has one place."""
    order = queries.get_for(session, actor, order_id)
    if order.approval_state != "draft":
        raise Refused("order.changed_meanwhile")
    return order
