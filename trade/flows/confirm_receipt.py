from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.attachments.filing import Stored
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.notices import outbox
from trade.orders import queries, states, status
from trade.orders.models import Order, OrderLine
from trade.orders.queries import Seen
from trade.returns import opening
from trade.returns import queries as returns
from trade.returns.opening import Wanted


@dataclass(frozen=True)
class Receipt(Seen):
    """Goods that arrived: base units by shipment line; a line that is not named arrived whole.

    `damaged` are those of the arrived that are not as they should be; photos prove them.
    """

    shipment_id: int
    received: Mapping[int, int]
    damaged: Mapping[int, int] = field(default_factory=dict)
    photos: Sequence[Stored] = ()
    remark: str = ""


def confirm_receipt(session: Session, actor: Actor, given: Receipt) -> list[int]:
    """Sign for one parcel (签收); what is short or damaged is asked for at once. Answers the return requests."""
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
    damaged = {line.id: given.damaged.get(line.id, 0) for line in packed}
    if any(not 0 <= damaged[line.id] <= arrived[line.id] for line in packed):
        raise Refused("shipment.more_damaged_than_arrived")
    missing = {line.id: line.quantity - arrived[line.id] for line in packed}
    sums = {"missing": sum(missing.values()), "damaged": sum(damaged.values())}
    states.move(session, actor, order, "receive", given.version, facts={"shipment": shipment.number, **sums})
    received = {"state": "received", "received_at": clock.now(), "version": shipment.version + 1}
    session.execute(update(Shipment).where(Shipment.id == shipment.id).values(received))
    session.execute(
        update(ShipmentLine), [{"id": key, "received": quantity} for key, quantity in arrived.items()]
    )
    _onto_order(session, order.id, _by_order_line(packed, arrived))
    status.refresh(session, order.id)
    outbox.post(session, "shipment.received", order_id=order.id, shipment_id=shipment.id, **sums)
    found = {"missing": _by_order_line(packed, missing), "damaged": _by_order_line(packed, damaged)}
    return _ask(session, actor, order, given, found)


def _by_order_line(packed: Sequence[ShipmentLine], quantities: Mapping[int, int]) -> dict[int, int]:
    """Add up the lots of a line of the order; lines with nothing are left out."""
    sums: dict[int, int] = {}
    for line in packed:
        if quantities[line.id]:
            sums[line.order_line_id] = sums.get(line.order_line_id, 0) + quantities[line.id]
    return sums


def _onto_order(session: Session, order_id: int, arrived: Mapping[int, int]) -> None:
    """Add what arrived to the lines of the order."""
    lines = {line.id: line for line in queries.lines_of(session, order_id)}
    rows = [{"id": key, "received": lines[key].received + more} for key, more in sorted(arrived.items())]
    if rows:
        session.execute(update(OrderLine), rows)


def _ask(
    session: Session, actor: Actor, order: Order, given: Receipt, found: Mapping[str, Mapping[int, int]]
) -> list[int]:
    """One request for what is missing and one for what is damaged, with the photos."""
    asked = []
    for code, quantities in found.items():
        if not quantities:
            continue
        photos = given.photos if code == "damaged" else ()
        wanted = Wanted(
            returns.reason_for(session, code), quantities, given.remark, photos, given.shipment_id
        )
        asked.append(opening.open_request(session, actor, order, wanted))
        outbox.post(session, "return.requested", return_id=asked[-1])
    return asked
