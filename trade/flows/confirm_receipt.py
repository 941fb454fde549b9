from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.notices import outbox
from trade.orders import queries, states, status
from trade.orders.models import OrderLine
from trade.orders.queries import Seen


@dataclass(frozen=True)
class Receipt(Seen):
    """Goods that arrived: base units by shipment line; a line that is not named arrived whole."""

    shipment_id: int
    received: Mapping[int, int]


def confirm_receipt(session: Session, actor: Actor, given: Receipt) -> None:
    """Sign for one parcel (签收), with what is missing from it."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    shipment = session.scalar(
        select(Shipment).where(Shipment.id == given.shipment_id, Shipment.order_id == order.id)
    )
    if shipment is None:
        raise Refused("shipment.not_found")
    if shipment.state != "shipped":
        raise Refused("shipment.received_before")
    packed = session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id == shipment.id)).all()
    arrived = {line.id: given.received.get(line.id, line.quantity) for line in packed}
    if any(not 0 <= arrived[line.id] <= line.quantity for line in packed):
        raise Refused("shipment.more_than_sent")
    missing = sum(line.quantity - arrived[line.id] for line in packed)
    facts = {"shipment": shipment.number, "missing": missing}
    states.move(session, actor, order, "receive", given.version, facts=facts)
    received = {"state": "received", "received_at": clock.now(), "version": shipment.version + 1}
    session.execute(update(Shipment).where(Shipment.id == shipment.id).values(received))
    session.execute(
        update(ShipmentLine), [{"id": key, "received": quantity} for key, quantity in arrived.items()]
    )
    _onto_order(session, order.id, {line.id: (line.order_line_id, arrived[line.id]) for line in packed})
    status.refresh(session, order.id)
    outbox.post(session, "shipment.received", order_id=order.id, shipment_id=shipment.id, missing=missing)


def _onto_order(session: Session, order_id: int, arrived: Mapping[int, tuple[int, int]]) -> None:
    """Add what arrived to the lines of the order."""
    more: dict[int, int] = {}
    for line_id, quantity in arrived.values():
        more[line_id] = more.get(line_id, 0) + quantity
    lines = {line.id: line for line in queries.lines_of(session, order_id)}
    rows = [{"id": key, "received": lines[key].received + quantity} for key, quantity in sorted(more.items())]
    session.execute(update(OrderLine), rows)
