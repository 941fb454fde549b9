"""Return requests within the actor's reach, and what of an order may still be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.money import ZERO
from trade.orders import queries as orders
from trade.orders.models import Order, OrderLine
from trade.people.models import Person
from trade.returns import rules
from trade.returns.models import ReturnEvent, ReturnLine, ReturnReason, ReturnRequest
from trade.returns.states import OPEN
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

PAGE = 50
SORTS = {
    "number": Sort(ReturnRequest.id, "whole"),
    "asked": Sort(ReturnRequest.created_at, "instant"),
    "distributor": Sort(Distributor.sort_key),
    "gross": Sort(ReturnRequest.gross, "money"),
}


@dataclass(frozen=True)
class Left:
    """What of an order line may still be asked for, in base units."""

    line: OrderLine
    sku: Sku
    goods: int  # received and neither returned nor asked for
    missing: int  # signed for as not there, neither credited nor asked for
    is_late: bool  # the days for giving it back are over


@dataclass(frozen=True)
class Asked:
    """A line of a request with the line of the order behind it."""

    asked: ReturnLine
    line: OrderLine
    sku: Sku


@dataclass(frozen=True)
class Told:
    event: ReturnEvent
    person_name: str | None


@dataclass(frozen=True)
class ListFilter:
    """What the address of a list says."""

    search: str = ""
    state: str = ""
    reason_id: int | None = None
    distributor_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    """A request in a list: `lines` products, worth `gross` once credited."""

    request: ReturnRequest
    order_number: str
    distributor_name: str
    reason: ReturnReason
    lines: int
    first_name: str


@dataclass(frozen=True)
class Rate:
    """What a distributor gave back since a day: of the goods shipped, and how its requests ended."""

    shipped: Decimal
    credited: Decimal
    requests: int
    refused: int

    @property
    def share(self) -> Decimal:
        """Credited per shipped, in percent."""
        return self.credited / self.shipped * 100 if self.shipped else ZERO


def get_for(session: Session, actor: Actor, request_id: int) -> ReturnRequest:
    """The request, if its distributor lies within the actor's scope; a stranger's does not exist."""
    found = session.scalar(
        select(ReturnRequest).where(
            ReturnRequest.id == request_id, within(actor, ReturnRequest.distributor_id)
        )
    )
    if found is None:
        raise Refused("return.not_found")
    return found


def get_open_for(session: Session, actor: Actor, request_id: int) -> ReturnRequest:
    """The same while it is under way: what is closed takes no more files."""
    found = get_for(session, actor, request_id)
    if found.state not in OPEN:
        raise Refused("return.is_closed")
    return found


def get_locked(session: Session, actor: Actor, request_id: int) -> tuple[ReturnRequest, Order]:
    """The request with its order, both as they are once nobody else can move them: the order is locked first."""
    order_id = get_for(session, actor, request_id).order_id
    order = orders.get_for(session, actor, order_id, is_locked=True)
    wanted = select(ReturnRequest).where(ReturnRequest.id == request_id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one(), order


def reasons(session: Session, *, is_missing: bool | None = None) -> Sequence[ReturnReason]:
    """The reasons from which people choose, in the order in which they were made."""
    wanted = select(ReturnReason).where(ReturnReason.archived_at.is_(None)).order_by(ReturnReason.id)
    if is_missing is not None:
        wanted = wanted.where(ReturnReason.brings_goods != is_missing)
    return session.scalars(wanted).all()


def get_reason(session: Session, reason_id: int) -> ReturnReason:
    """A reason by id, an archived one too: a request that has it may be corrected."""
    found = session.scalar(select(ReturnReason).where(ReturnReason.id == reason_id))
    if found is None:
        raise Refused("return.no_reason", field="reason")
    return found


def reason_for(session: Session, code: str) -> ReturnReason:
    """The reason under which a receipt asks by itself."""
    found = session.scalar(select(ReturnReason).where(ReturnReason.code == code))
    if found is None:
        raise Refused("brand.not_set_up")
    return found


def left_of(
    session: Session, order: Order, window_days: int, now: datetime, *, apart_from: int | None = None
) -> dict[int, Left]:
    """By order line, what may still be asked for of an order that the caller has loaded within scope.

    Open requests count in full. A writer holds the order's lock meanwhile, or two people ask for the same goods.
    """
    asked = func.sum(func.coalesce(ReturnLine.accepted, ReturnLine.requested))
    open_now = (
        select(ReturnLine.order_line_id, ReturnRequest.is_missing, asked)
        .join(ReturnRequest, ReturnRequest.id == ReturnLine.request_id)
        .where(ReturnRequest.order_id == order.id, ReturnRequest.state.in_(OPEN))
        .group_by(ReturnLine.order_line_id, ReturnRequest.is_missing)
    )
    if apart_from is not None:
        open_now = open_now.where(ReturnRequest.id != apart_from)
    taken = {
        (line_id, bool(is_missing)): int(sum_) for line_id, is_missing, sum_ in session.execute(open_now)
    }
    signed = session.execute(
        select(
            ShipmentLine.order_line_id,
            func.sum(ShipmentLine.quantity - ShipmentLine.received),
            func.max(Shipment.received_at),
        )
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(Shipment.order_id == order.id, Shipment.state == "received")
        .group_by(ShipmentLine.order_line_id)
    )
    known = {line_id: (int(short), at) for line_id, short, at in signed}
    found = {}
    lines = select(OrderLine, Sku).join(Sku, Sku.id == OrderLine.sku_id).where(OrderLine.order_id == order.id)
    lines = lines.order_by(OrderLine.line_no).execution_options(populate_existing=True)
    for line, sku in session.execute(lines):
        short, received_at = known.get(line.id, (0, None))
        found[line.id] = Left(
            line=line,
            sku=sku,
            goods=line.received - line.returned - taken.get((line.id, False), 0),
            missing=short - line.lost - taken.get((line.id, True), 0),
            is_late=rules.is_over(received_at, window_days, now),
        )
    return found


def lines_of(session: Session, request_id: int) -> list[Asked]:
    """The lines of a request, in the order of the order."""
    rows = session.execute(
        select(ReturnLine, OrderLine, Sku)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(Sku, Sku.id == ReturnLine.sku_id)
        .where(ReturnLine.request_id == request_id)
        .order_by(OrderLine.line_no)
    )
    return [Asked(*row) for row in rows]


def timeline(session: Session, request_id: int) -> list[Told]:
    """What happened to a request, newest first."""
    rows = session.execute(
        select(ReturnEvent, Person.name)
        .outerjoin(Person, Person.id == ReturnEvent.person_id)
        .where(ReturnEvent.request_id == request_id)
        .order_by(ReturnEvent.version.desc())
    )
    return [Told(event, name) for event, name in rows]


def of_order(session: Session, order_id: int) -> list[tuple[ReturnRequest, ReturnReason]]:
    """The requests about an order that the caller has loaded within scope, newest first."""
    rows = session.execute(
        select(ReturnRequest, ReturnReason)
        .join(ReturnReason, ReturnReason.id == ReturnRequest.reason_id)
        .where(ReturnRequest.order_id == order_id)
        .order_by(ReturnRequest.id.desc())
    )
    return [(request, reason) for request, reason in rows]


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of requests, newest first unless asked otherwise."""
    query = row_columns(_matching(actor, wanted))
    page = page_of(session, query, window, SORTS, ReturnRequest.id, "-number")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many match, and what was credited of them, per currency."""
    sums = _matching(actor, wanted).with_only_columns(
        ReturnRequest.currency, func.count(), func.sum(ReturnRequest.gross)
    )
    rows = session.execute(sums.group_by(ReturnRequest.currency).order_by(ReturnRequest.currency)).all()
    credited = [(currency, gross or ZERO) for currency, _count, gross in rows]
    return Totals(sum(count for _currency, count, _gross in rows), {"gross": credited})


def rate_of(session: Session, distributor_id: int, since: date) -> Rate:
    """How much a distributor, loaded by the caller within scope, gives back; orders made here since a day."""
    shipped, credited = session.execute(
        select(func.sum(OrderLine.shipped_gross), func.sum(OrderLine.returned_gross))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.distributor_id == distributor_id, Order.order_date >= since, Order.source != "import")
    ).one()
    requests, refused = session.execute(
        select(func.count(), func.sum(case((ReturnRequest.state == "rejected", 1), else_=0)))
        .join(Order, Order.id == ReturnRequest.order_id)
        .where(ReturnRequest.distributor_id == distributor_id, Order.order_date >= since)
    ).one()
    return Rate(shipped or ZERO, credited or ZERO, requests, int(refused or 0))


def row_columns(query: Select[Any]) -> Select[Any]:
    """The columns of a list row, on a query that has joined order, distributor and reason."""
    own = ReturnLine.request_id == ReturnRequest.id
    count = select(func.count()).where(own).correlate(ReturnRequest).scalar_subquery()
    first = (
        select(OrderLine.sku_name)
        .join(ReturnLine, ReturnLine.order_line_id == OrderLine.id)
        .where(own)
        .order_by(OrderLine.line_no)
        .limit(1)
        .correlate(ReturnRequest)
        .scalar_subquery()
    )
    return query.with_only_columns(ReturnRequest, Order.number, Distributor.name, ReturnReason, count, first)


def joined() -> Select[ReturnRequest]:
    """Requests with all that a row of a list shows of them."""
    return (
        select(ReturnRequest)
        .join(Order, Order.id == ReturnRequest.order_id)
        .join(Distributor, Distributor.id == ReturnRequest.distributor_id)
        .join(ReturnReason, ReturnReason.id == ReturnRequest.reason_id)
    )


def _matching(actor: Actor, wanted: ListFilter) -> Select[ReturnRequest]:
    query = joined().where(within(actor, ReturnRequest.distributor_id))
    if word := text.folded(wanted.search):
        numbered = or_(
            ReturnRequest.number.istartswith(word, autoescape=True),
            Order.number.istartswith(word, autoescape=True),
        )
        query = query.where(or_(numbered, Distributor.search_text.contains(word, autoescape=True)))
    equal = {
        ReturnRequest.state: wanted.state,
        ReturnRequest.reason_id: wanted.reason_id,
        ReturnRequest.distributor_id: wanted.distributor_id,
    }
    for column, value in equal.items():
        if value:
            query = query.where(column == value)
    from_day, to_day = wanted.since, wanted.until
    if from_day is not None:
        query = query.where(ReturnRequest.created_at >= _midnight(from_day))
    if to_day is not None:
        query = query.where(ReturnRequest.created_at < _midnight(to_day + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.BRAND_ZONE)
