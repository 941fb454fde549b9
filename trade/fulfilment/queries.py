"""Shipments of an order that the caller has loaded through the actor's scope."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from trade import numbers
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine


@dataclass(frozen=True)
class Parcel:
    """One dispatch and what lies in it."""

    shipment: Shipment
    lines: list[ShipmentLine] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """Base units that were sent and did not arrive, once somebody has signed."""
        if self.shipment.state != "received":
            return 0
        return sum(line.quantity - line.received for line in self.lines)


@dataclass(frozen=True)
class Count:
    """How many parcels an order has, and how many of them arrived."""

    parcels: int = 0
    received: int = 0


def ids_of(session: Session, order_ids: Collection[int]) -> list[int]:
    """The shipments of several orders, in the order in which they left."""
    wanted = select(Shipment.id).where(Shipment.order_id.in_(order_ids))
    return list(session.scalars(wanted.order_by(Shipment.id)))


def parcels_of(session: Session, order_id: int) -> list[Parcel]:
    """The shipments of an order with their lines, the latest first; one statement."""
    rows = session.execute(
        select(Shipment, ShipmentLine)
        .outerjoin(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .where(Shipment.order_id == order_id)
        .order_by(Shipment.id.desc(), ShipmentLine.id)
    )
    parcels: dict[int, Parcel] = {}
    for shipment, line in rows:
        parcel = parcels.setdefault(shipment.id, Parcel(shipment))
        if line is not None:
            parcel.lines.append(line)
    return list(parcels.values())


def get_parcel(session: Session, order_id: int, shipment_id: int) -> Parcel:
    """One parcel of one order; another order's does not exist."""
    found = next((each for each in parcels_of(session, order_id) if each.shipment.id == shipment_id), None)
    if found is None:
        raise Refused("shipment.not_found")
    return found


def counts_of(session: Session, order_ids: Collection[int]) -> dict[int, Count]:
    """By order id, how many parcels left and how many arrived; orders without parcels are left out."""
    received = func.sum(case((Shipment.state == "received", 1), else_=0))
    rows = session.execute(
        select(Shipment.order_id, func.count(), received)
        .where(Shipment.order_id.in_(order_ids))
        .group_by(Shipment.order_id)
    )
    return {order_id: Count(parcels, int(arrived)) for order_id, parcels, arrived in rows}


def last_shipped(session: Session, order_ids: Collection[int]) -> dict[int, date]:
    """By order id, the day on which its last parcel left."""
    rows = session.execute(
        select(Shipment.order_id, func.max(Shipment.ship_date))
        .where(Shipment.order_id.in_(order_ids))
        .group_by(Shipment.order_id)
    )
    return {order_id: day for order_id, day in rows}


def orders_sent_with(word: str) -> Select[int]:
    """The orders of parcels whose waybill ends so: four characters at least."""
    is_so = Shipment.tracking_number.iendswith(word, autoescape=True)
    return select(Shipment.order_id).where(Shipment.tracking_tail == word[-numbers.TAIL :].upper(), is_so)
