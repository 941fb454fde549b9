from dataclasses import dataclass
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.fulfilment.models import Shipment
from trade.orders import queries
from trade.returns import signing


@dataclass(frozen=True)
class Signature:
    """The day on which the carrier says that a parcel was handed over; none takes it back."""

    order_id: int
    shipment_id: int
    version: int
    signed_on: date | None


def note_signature(session: Session, actor: Actor, given: Signature) -> None:
    """Keep the carrier's day of delivery, from which the days of receiving by itself count."""
    if not actor.may(Permission.ORDER_ALLOCATE):
        raise Refused("access.denied", keep={"shipment_id": given.shipment_id})
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    shipment = signing.get_open(session, order, given.shipment_id)
    if given.signed_on is not None and not shipment.ship_date <= given.signed_on <= clock.today():
        raise Refused("shipment.signed_oddly", first=shipment.ship_date, last=clock.today())
    before = shipment.signed_on
    won = (
        update(Shipment)
        .where(Shipment.id == shipment.id, Shipment.version == given.version, Shipment.state == "shipped")
        .values(signed_on=given.signed_on, version=given.version + 1)
        .returning(Shipment.id)
    )
    if session.scalar(won.execution_options(synchronize_session=False)) is None:
        raise Refused("order.changed_meanwhile")
    facts = {"shipment": shipment.number, "before": _said(before), "after": _said(given.signed_on)}
    audit.record(session, actor, "shipment.signed_on", facts, subject="order", subject_id=order.id)


def _said(day: date | None) -> str:
    return day.isoformat() if day else ""
