from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, settings
from trade.actor import Actor
from trade.errors import Refused
from trade.fulfilment.models import Shipment
from trade.notices import outbox
from trade.orders import queries
from trade.returns import signing
from trade.returns.signing import REMIND_BEFORE, Signed

KEY = "order.auto_receipt_days"


@dataclass(frozen=True)
class DueParcel:
    """A parcel that nobody has reported anything about."""

    shipment_id: int


def receive_automatically(session: Session, actor: Actor, given: DueParcel) -> bool:
    """Take a parcel as wholly received when its days are over and nobody reported anything; false when not due."""
    order_id = _order_of(session, given.shipment_id)
    order = queries.get_for(session, actor, order_id, is_locked=True)
    due = signing.find_due(session, given.shipment_id, _days(session))
    if due is None or due.day > clock.today():
        return False
    arrived = {line.id: line.quantity for line in signing.lines_of(session, given.shipment_id)}
    signed = Signed(order.version, "receive_alone", arrived, {"missing": 0, "damaged": 0})
    signing.sign(session, actor, order, due.shipment, signed)
    outbox.post(session, "shipment.auto_received", order_id=order.id, shipment_id=given.shipment_id)
    return True


def remind_of_receipt(session: Session, actor: Actor, given: DueParcel) -> bool:
    """Tell the distributor, days before, that a parcel will be taken as received; false when nothing is to be told."""
    due = signing.find_due(session, given.shipment_id, _days(session))
    if due is None or due.day > clock.today() + REMIND_BEFORE:
        return False
    outbox.post(
        session,
        "shipment.auto_receipt_near",
        order_id=due.shipment.order_id,
        shipment_id=due.shipment.id,
        day=due.day.isoformat(),
    )
    return True


def _order_of(session: Session, shipment_id: int) -> int:
    found = session.scalar(select(Shipment.order_id).where(Shipment.id == shipment_id))
    if found is None:
        raise Refused("shipment.not_found")
    return found


def _days(session: Session) -> int:
    return int(settings.load(session, KEY)[KEY])
