from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.attachments.filing import Stored
from trade.errors import Refused
from trade.notices import outbox
from trade.orders import queries
from trade.orders.models import Order
from trade.orders.queries import Seen
from trade.returns import opening, signing
from trade.returns import queries as returns
from trade.returns.opening import Wanted
from trade.returns.signing import Signed


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
    shipment = signing.get_open(session, order, given.shipment_id)
    packed = signing.lines_of(session, shipment.id)
    arrived = {line.id: given.received.get(line.id, line.quantity) for line in packed}
    if any(not 0 <= arrived[line.id] <= line.quantity for line in packed):
        raise Refused("shipment.more_than_sent")
    damaged = {line.id: given.damaged.get(line.id, 0) for line in packed}
    if any(not 0 <= damaged[line.id] <= arrived[line.id] for line in packed):
        raise Refused("shipment.more_damaged_than_arrived")
    missing = {line.id: line.quantity - arrived[line.id] for line in packed}
    sums = {"missing": sum(missing.values()), "damaged": sum(damaged.values())}
    signing.sign(session, actor, order, shipment, Signed(given.version, "receive", arrived, sums))
    outbox.post(session, "shipment.received", order_id=order.id, shipment_id=shipment.id, **sums)
    found = {"missing": missing, "damaged": damaged}
    wanted = {code: signing.by_order_line(packed, counts) for code, counts in found.items()}
    return _ask(session, actor, order, given, wanted)


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
