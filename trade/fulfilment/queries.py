"""Shipments of an order that the caller has loaded through the actor's scope."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.fulfilment.models import Shipment, ShipmentLine


@dataclass(frozen=True)
class Parcel:
    """One dispatch and what lies in it."""

    shipment: Shipment
    lines: list[ShipmentLine] = field(default_factory=list)


def parcels_of(session: Session, order_id: int) -> list[Parcel]:
    """The shipments of an order with their lines, the latest first; two statements."""
    shipments = session.scalars(
        select(Shipment).where(Shipment.order_id == order_id).order_by(Shipment.id.desc())
    ).all()
    parcels = {shipment.id: Parcel(shipment) for shipment in shipments}
    for line in _lines(session, list(parcels)):
        parcels[line.shipment_id].lines.append(line)
    return list(parcels.values())


def _lines(session: Session, shipment_ids: Sequence[int]) -> Sequence[ShipmentLine]:
    wanted = select(ShipmentLine).where(ShipmentLine.shipment_id.in_(shipment_ids))
    return session.scalars(wanted.order_by(ShipmentLine.id)).all()
