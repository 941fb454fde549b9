"""What signing for a parcel does, whoever signs: somebody who counted, or time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.inventory.models import Warehouse
from trade.orders import queries, states, status
from trade.orders.models import Order, OrderLine
from trade.returns.models import ReturnRequest

REMIND_BEFORE = timedelta(days=3)
TRANSIT = 3  # days, where no warehouse is known


@dataclass(frozen=True)
class Signed:
    """What arrived by shipment line, in base units, and what the timeline tells of it."""

    version: int  # of the order
    action: str  # receive, or receive_alone where nobody reported anything
    arrived: Mapping[int, int]
    facts: Mapping[str, int]


@dataclass(frozen=True)
class Due:
    """A parcel that nobody has signed for, and the day on which it is taken as received."""

    shipment: Shipment
    day: date


def get_open(session: Session, order: Order, shipment_id: int) -> Shipment:
    """The parcel of an order that the caller has locked, if nobody has signed for it."""
    shipment = session.scalar(
        select(Shipment)
        .where(Shipment.id == shipment_id, Shipment.order_id == order.id)
        .execution_options(populate_existing=True)
    )
    if shipment is None:
        raise Refused("shipment.not_found")
    if shipment.state != "shipped":
        raise Refused("shipment.received_before")
    return shipment


def lines_of(session: Session, shipment_id: int) -> Sequence[ShipmentLine]:
    wanted = select(ShipmentLine).where(ShipmentLine.shipment_id == shipment_id)
    return session.scalars(wanted.order_by(ShipmentLine.id)).all()


def sign(session: Session, actor: Actor, order: Order, shipment: Shipment, given: Signed) -> None:
    """Write what arrived on the parcel and on the order."""
    facts = {"shipment": shipment.number, **given.facts}
    states.move(session, actor, order, given.action, given.version, facts=facts)
    session.execute(
        update(Shipment)
        .where(Shipment.id == shipment.id)
        .values(
            state="received",
            received_at=clock.now(),
            version=shipment.version + 1,
            is_auto_received=given.action == "receive_alone",
        )
    )
    rows = [{"id": key, "received": quantity} for key, quantity in given.arrived.items()]
    session.execute(update(ShipmentLine), rows)
    packed = lines_of(session, shipment.id)
    _onto_order(session, order.id, by_order_line(packed, given.arrived))
    status.refresh(session, order.id)


def by_order_line(packed: Sequence[ShipmentLine], quantities: Mapping[int, int]) -> dict[int, int]:
    """Add up the lots of a line of the order; lines with nothing are left out."""
    sums: dict[int, int] = {}
    for line in packed:
        if quantities[line.id]:
            sums[line.order_line_id] = sums.get(line.order_line_id, 0) + quantities[line.id]
    return sums


def due_on(shipment: Shipment, transit_days: int | None, days: int) -> date:
    """The day on which a parcel is taken as received: after the carrier's day, or when it should long be there."""
    if shipment.signed_on is not None:
        return shipment.signed_on + timedelta(days=days)
    transit = TRANSIT if transit_days is None else transit_days
    return shipment.ship_date + timedelta(days=transit + days)


def find_due(session: Session, shipment_id: int, days: int) -> Due | None:
    """The parcel with its day, unless it was signed for or something is asked for about it."""
    return next(iter(_due(session, days, Shipment.id == shipment_id)), None)


def due_by(session: Session, day: date, days: int, most: int) -> list[Due]:
    """The parcels that are due by a day, the oldest first."""
    old = Shipment.ship_date <= day - timedelta(days=days)
    found = _due(session, days, old | (Shipment.signed_on <= day - timedelta(days=days)))
    return [each for each in found if each.day <= day][:most]


def _due(session: Session, days: int, *which: object) -> list[Due]:
    asked = exists().where(
        ReturnRequest.shipment_id == Shipment.id, ReturnRequest.state.not_in(("rejected", "withdrawn"))
    )
    wanted = (
        select(Shipment, Warehouse.transit_days)
        .outerjoin(Warehouse, Warehouse.id == Shipment.warehouse_id)
        .where(Shipment.state == "shipped", Shipment.source != "import", ~asked, *which)  # type: ignore[arg-type]
        .order_by(Shipment.id)
    )
    return [Due(row, due_on(row, transit, days)) for row, transit in session.execute(wanted)]


def _onto_order(session: Session, order_id: int, arrived: Mapping[int, int]) -> None:
    """Add what arrived to the lines of the order."""
    lines = {line.id: line for line in queries.lines_of(session, order_id)}
    rows = [{"id": key, "received": lines[key].received + more} for key, more in sorted(arrived.items())]
    if rows:
        session.execute(update(OrderLine), rows)
