"""Orders within the actor's reach."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.catalog.models import Sku
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.money import ZERO
from trade.orders import search
from trade.orders.models import Order, OrderEvent, OrderLine
from trade.orders.search import Found, Waybills, no_waybills
from trade.people.models import Person
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

CART_LINES = 3000
LOST = ("returned", "rejected", "cancelled")  # states whose amounts no sum counts
CAME_BACK = ("return", "withdraw", "expire")  # the actions that give an order back to its buyer


_NAME = select(Distributor.sort_key).where(Distributor.id == Order.distributor_id).scalar_subquery()
MOST_COUNTED = 10_000  # beyond this many orders a list says only that there are more, and no sum
_IS_CANCELLED = text("order_line.cancelled > 0")  # as the index of those says it
_GONE = (
    select(func.sum(OrderLine.cancelled_gross))
    .where(OrderLine.order_id == Order.id, _IS_CANCELLED)
    .correlate(Order)
    .scalar_subquery()
)
SORTS = {
    "order": Sort(Order.id, "whole"),
    "distributor": Sort(_NAME),
    "day": Sort(Order.order_date, "day"),
    "due": Sort(Order.gross - func.coalesce(_GONE, ZERO), "money"),
}


@dataclass(frozen=True)
class Seen:
    """An order as the person saw it: what they decide on holds for this version only."""

    order_id: int
    version: int


@dataclass(frozen=True)
class ListFilter:
    """What the address of an order list says."""

    search: str = ""
    waybills: Waybills = no_waybills  # by which the search also finds an order
    state: str = ""
    fulfilment: str = ""
    stage: str = ""  # of an approved order: to_ship, to_receive, done
    distributor_id: int | None = None
    rep_id: int | None = None
    since: date | None = None
    until: date | None = None
    is_own: bool = False  # without imported history


@dataclass(frozen=True)
class Rest:
    """What of an order was cancelled, and what was shipped and is not received: missing, once all is signed for."""

    cancelled: int = 0
    unreceived: int = 0
    unit: str = ""  # base unit of all that is not received; "" where they differ
    cancelled_gross: Decimal = ZERO


@dataclass(frozen=True)
class Row:
    order: Order
    lines: int
    quantity: int  # of the order units
    rest: Rest = Rest()
    came_back: str = ""  # by which action a returned order came back the last time
    urged_at: datetime | None = None  # since when the distributor urges it
    last_word: str = ""  # which side wrote last about it, of late

    @property
    def due(self) -> Decimal:
        """What is left to pay of it."""
        return self.order.gross - self.rest.cancelled_gross


@dataclass(frozen=True)
class Habit:
    """Approved orders of a distributor, in its currency, over a while."""

    orders: int
    gross: Decimal
    last_date: date | None


@dataclass(frozen=True)
class Told:
    """An event of an order with the name of who did it."""

    event: OrderEvent
    person_name: str | None
    on_behalf_name: str | None = None  # the distributor for whom a member of staff did it


def get_for(session: Session, actor: Actor, order_id: int, *, is_locked: bool = False) -> Order:
    """The order, if it lies within the actor's scope; a stranger's does not exist, nor does another's cart.

    `is_locked` keeps others from moving it until the transaction ends, in its place in the global lock order.
    """
    wanted = select(Order).where(Order.id == order_id, within(actor, Order.distributor_id), readable(actor))
    if is_locked:
        wanted = wanted.with_for_update(of=Order).execution_options(populate_existing=True)
    order = session.scalar(wanted)
    if order is None:
        raise Refused("order.not_found")
    return order


def find_cart(session: Session, actor: Actor) -> Order | None:
    """The one cart of this person at this distributor."""
    return session.scalar(
        select(Order).where(
            Order.distributor_id == actor.distributor_id,
            Order.buyer_id == actor.person_id,
            Order.approval_state == "draft",
        )
    )


def own_cart(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """What makes an order the actor's cart."""
    return (
        Order.distributor_id == actor.distributor_id,
        Order.buyer_id == actor.person_id,
        Order.approval_state == "draft",
    )


def cart_lines(actor: Actor) -> ColumnElement[int]:
    """How many SKUs lie in the actor's cart, as a part of a larger statement."""
    lines = select(func.count(OrderLine.sku_id.distinct())).join(Order, Order.id == OrderLine.order_id)
    return lines.where(*own_cart(actor)).scalar_subquery()


def by_ids(session: Session, actor: Actor, order_ids: Collection[int]) -> dict[int, Order]:
    """Orders within scope by id; a stranger's is left out."""
    wanted = select(Order).where(Order.id.in_(order_ids), within(actor, Order.distributor_id))
    return {order.id: order for order in session.scalars(wanted)}


def latest_own(actor: Actor) -> ScalarSelect[int]:
    """The id of the distributor's newest order that was approved, to order the same again; part of another statement."""
    return (
        select(Order.id)
        .where(
            within(actor, Order.distributor_id),
            Order.distributor_id == actor.distributor_id,
            Order.approval_state == "approved",
        )
        .order_by(Order.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def open_orders(session: Session, actor: Actor, limit: int) -> tuple[list[Row], int]:
    """Orders that still go somewhere, newest first, and how many there are in all; imported history does not."""
    undecided = Order.approval_state.in_(("held", "pending", "returned"))
    under_way = and_(Order.approval_state == "approved", Order.receipt != "complete", ~_is_over())
    live = select(Order).where(
        within(actor, Order.distributor_id), Order.source != "import", or_(undecided, under_way)
    )
    count = live.with_only_columns(func.count()).scalar_subquery()
    found = session.execute(live.add_columns(count).order_by(Order.id.desc()).limit(limit)).all()
    return _rows(session, [order for order, _count in found]), (found[0][1] if found else 0)


def lines_of(session: Session, order_id: int) -> Sequence[OrderLine]:
    return session.scalars(
        select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.line_no)
    ).all()


def due_of(session: Session, order_ids: Collection[int]) -> dict[int, Decimal]:
    """What is left to pay of each, without what was cancelled of it, for whoever names an order by its amount."""
    if not order_ids:
        return {}
    wanted = select(Order.id, Order.gross, func.coalesce(_GONE, ZERO)).where(Order.id.in_(order_ids))
    return {order_id: gross - gone for order_id, gross, gone in session.execute(wanted)}


def rest_of(lines: Sequence[tuple[OrderLine, Sku]]) -> Rest:
    """The same as a list says of an order, from its lines."""
    late = [(line.shipped - line.received, sku.base_unit) for line, sku in lines]
    units = {unit for quantity, unit in late if quantity}
    return Rest(
        cancelled=sum(line.cancelled for line, _sku in lines),
        unreceived=sum(quantity for quantity, _unit in late),
        unit=units.pop() if len(units) == 1 else "",
        cancelled_gross=sum((line.cancelled_gross for line, _sku in lines), ZERO),
    )


def lines_with_units(session: Session, order_id: int) -> list[tuple[OrderLine, Sku]]:
    """The lines of an order, each with its SKU for base unit and picture; their facts are the line's own."""
    rows = session.execute(
        select(OrderLine, Sku)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.line_no)
    )
    return [(line, sku) for line, sku in rows]


def timeline(session: Session, order_id: int) -> list[Told]:
    """What happened, newest first; single edits of a cart are nobody's story."""
    rows = session.execute(
        select(OrderEvent, Person.name, Distributor.name)
        .outerjoin(Person, Person.id == OrderEvent.person_id)
        .outerjoin(Distributor, Distributor.id == OrderEvent.on_behalf_of)
        .where(OrderEvent.order_id == order_id, OrderEvent.action != "edit")
        .order_by(OrderEvent.version.desc())
    )
    return [Told(*row) for row in rows]


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of orders, newest first unless asked otherwise."""
    page = page_of(
        session, _matching(actor, wanted, _found(session, wanted)), window, SORTS, Order.id, "-day"
    )
    return page.of(_rows(session, [order for (order,) in page.rows]))


def totals(session: Session, actor: Actor, wanted: ListFilter, most: int | None = MOST_COUNTED) -> Totals:
    """How many match, and their gross without what was cancelled, per currency: nothing sums across currencies.

    What was rejected, cancelled or sent back counts for nothing, unless the reader asks for just that state.
    Beyond `most` none is summed.
    """
    found = _found(session, wanted)
    stands = literal(True) if wanted.state else Order.approval_state.not_in(LOST)
    is_alone = wanted == ListFilter(wanted.search, wanted.waybills, distributor_id=wanted.distributor_id)
    sees_all = actor.scope.is_everyone or wanted.distributor_id is not None
    if found and found.is_common and most is not None and is_alone and sees_all:
        return Totals(search.MOST, is_cut=True)
    matching = _matching(actor, wanted, found)
    if most is not None:
        most = min(most, search.MOST) if wanted.search else most
        matching = matching.limit(most + 1)
    amounts = matching.with_only_columns(
        Order.currency,
        case((stands, Order.gross), else_=ZERO).label("gross"),
        case((stands, func.coalesce(_GONE, ZERO)), else_=ZERO).label("gone"),
    ).subquery()
    sums = select(amounts.c.currency, func.count(), func.sum(amounts.c.gross), func.sum(amounts.c.gone))
    rows = session.execute(sums.group_by(amounts.c.currency).order_by(amounts.c.currency)).all()
    count = sum(row[1] for row in rows)
    if most is not None and count > most:
        return Totals(most, is_cut=True)
    due = [(currency, (gross or ZERO) - (gone or ZERO)) for currency, _count, gross, gone in rows]
    return Totals(count, {"due": due})


def undecided(session: Session, actor: Actor, distributor_id: int) -> tuple[int, Decimal]:
    """How many orders nobody has decided about hold credit, and how much; taking them back frees it."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Order.gross), 0)).where(
            within(actor, Order.distributor_id),
            Order.distributor_id == distributor_id,
            Order.approval_state.in_(("held", "pending")),
            Order.is_taken,
        )
    ).one()
    return row[0], Decimal(row[1])


def habit_of(session: Session, distributor_id: int, since: date) -> Habit:
    """What a distributor, loaded by the caller through the actor's scope, has ordered since a day."""
    row = session.execute(
        select(func.count(), func.coalesce(func.sum(Order.gross), 0), func.max(Order.order_date)).where(
            Order.distributor_id == distributor_id,
            Order.approval_state == "approved",
            Order.order_date >= since,
        )
    ).one()
    return Habit(*row)


def is_first(session: Session, distributor_id: int) -> bool:
    """Whether no order of this distributor was ever approved, here or in its imported history."""
    approved = exists().where(Order.distributor_id == distributor_id, Order.approval_state == "approved")
    return not session.scalar(select(approved))


def _matching(actor: Actor, wanted: ListFilter, found: Found | None) -> Select[Order]:
    query = select(Order).where(within(actor, Order.distributor_id), Order.approval_state != "draft")
    if found:
        query = query.where(found.rule)
    equal = {
        Order.approval_state: wanted.state,
        Order.fulfilment: wanted.fulfilment,
        Order.distributor_id: wanted.distributor_id,
        Order.rep_id: wanted.rep_id,
    }
    for column, value in equal.items():
        if value:
            query = query.where(column == value)
    if wanted.stage:
        query = query.where(_at(wanted.stage))
    if wanted.since is not None:
        query = query.where(Order.order_date >= wanted.since)
    if wanted.until is not None:
        query = query.where(Order.order_date <= wanted.until)
    return query.where(Order.source != "import") if wanted.is_own else query


def _found(session: Session, wanted: ListFilter) -> Found | None:
    if not wanted.search:
        return None
    return search.matches(session, wanted.search, wanted.waybills, wanted.distributor_id)


def _rows(session: Session, orders: Sequence[Order]) -> list[Row]:
    """Rows of a list with the sums of their lines, in one statement."""
    late = OrderLine.shipped - OrderLine.received
    unit = case((late > 0, Sku.base_unit))
    back = select(OrderEvent.action).where(
        OrderEvent.order_id == OrderLine.order_id, OrderEvent.action.in_(CAME_BACK)
    )
    back = back.order_by(OrderEvent.version.desc()).limit(1).correlate(OrderLine)
    sums = session.execute(
        select(
            OrderLine.order_id,
            func.count(),
            func.sum(OrderLine.quantity),
            func.sum(OrderLine.cancelled),
            func.sum(late),
            func.min(unit),
            func.max(unit),
            back.scalar_subquery(),
            func.sum(OrderLine.cancelled_gross),
        )
        .join(Sku, Sku.id == OrderLine.sku_id)
        .where(OrderLine.order_id.in_([order.id for order in orders]))
        .group_by(OrderLine.order_id)
    )
    known = {
        order_id: (
            lines,
            int(total),
            Rest(int(cancelled), int(open_), least if least == most else "", gross),
            back or "",
        )
        for order_id, lines, total, cancelled, open_, least, most, back, gross in sums
    }
    return [Row(order, *known.get(order.id, (0, 0))) for order in orders]


def _times(action: str) -> ColumnElement[int]:
    """How often this was done with an order; each parcel is shipped once and received once."""
    told = select(func.count()).where(OrderEvent.order_id == Order.id, OrderEvent.action == action)
    return told.correlate(Order).scalar_subquery()


def _is_over() -> ColumnElement[bool]:
    """Whether nothing more is to come: all is shipped or cancelled, and every parcel is signed for, if short."""
    signed = and_(_times("receive") > 0, _times("receive") >= _times("ship"))
    return and_(Order.fulfilment == "complete", or_(Order.receipt == "complete", signed))


def _at(stage: str) -> ColumnElement[bool]:
    """Whether an order, approved as it is, waits to be shipped, has a parcel on its way, or is done."""
    stages = {
        "to_ship": Order.fulfilment != "complete",
        "to_receive": _times("ship") > _times("receive"),
        "done": _is_over(),
    }
    return and_(Order.approval_state == "approved", stages[stage])


def readable(actor: Actor) -> ColumnElement[bool]:
    """A cart is its owner's alone until it is submitted."""
    return or_(
        Order.approval_state != "draft",
        and_(Order.buyer_id == actor.person_id, Order.distributor_id == actor.distributor_id),
    )
