from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock, numbers
from trade.actor import Actor
from trade.credit import ledger
from trade.credit.ledger import Hold
from trade.db import insert_many
from trade.errors import Refused
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.inventory import stock
from trade.inventory.stock import Deed, Issue
from trade.money import ZERO
from trade.notices import outbox
from trade.orders import advance, allocation, parts, queries, refusals, states, status
from trade.orders.allocation import Load
from trade.orders.models import Order, OrderLine
from trade.orders.parts import Part
from trade.orders.queries import Seen
from trade.receivables import deliveries


@dataclass(frozen=True)
class Packed:
    """Base units of one order line and lot that go into the parcel."""

    line_id: int
    quantity: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True)
class Dispatch(Seen):
    carrier: str
    tracking_number: str  # "" for the brand's own van
    lines: Sequence[Packed]
    warehouse_id: int | None = None  # None: where all of it is kept


def ship_order(session: Session, actor: Actor, given: Dispatch) -> int:
    """Let a part of an order leave one warehouse: goods out, exposure from open to shipped; answers the shipment."""
    if any(each.expires_on and each.expires_on < clock.today() for each in given.lines):
        raise Refused("shipment.expired")
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    lines = {line.id: line for line in queries.lines_of(session, order.id)}
    taken = _parts(lines, given.lines)
    gross = sum((part.gross for part in taken), ZERO)
    facts = {"carrier": given.carrier, "tracking_number": given.tracking_number, "gross": str(gross)}
    source = states.move(session, actor, order, "ship", given.version, facts=facts)
    day = clock.today()
    gone = sum((line.shipped_gross + line.cancelled_gross for line in lines.values()), gross)
    left = advance.left_after(order, gone) if order.earmarked else ZERO
    released = order.earmarked - left
    hold = Hold(order.distributor_id, order.legal_entity_id, order.id, gross, source, day, released)
    answer = ledger.ship(session, hold, day)
    if not answer.is_taken:
        raise refusals.of(order, answer)
    load = Load(taken, given.warehouse_id)
    warehouse_id = allocation.unload(session, Deed(source, order.id), load)
    stock.issue(session, Deed(source, order.id), _issues(lines, given.lines, warehouse_id))
    session.execute(
        update(OrderLine),
        [
            {
                "id": part.line.id,
                "shipped": part.line.shipped + part.quantity,
                "shipped_gross": part.line.shipped_gross + part.gross,
            }
            for part in taken
        ],
    )
    status.refresh(session, order.id)
    shipment = _shipment(session, order, given, taken, warehouse_id)
    if gross:
        deliveries.owe(session, actor, order, answer.account_id, shipment, source, released)
    if released:
        advance.keep(session, order.id, left)
    outbox.post(session, "order.shipped", order_id=order.id, shipment_id=shipment.id)
    return shipment.id


def _parts(lines: dict[int, OrderLine], packed: Sequence[Packed]) -> list[Part]:
    """What each line loses, lots added up; refuses a stranger's line and more than is open."""
    quantities: dict[int, int] = {}
    for each in packed:
        quantities[each.line_id] = quantities.get(each.line_id, 0) + each.quantity
    if not quantities or quantities.keys() - lines.keys():
        raise Refused("shipment.nothing_packed")
    return [parts.take(lines[line_id], quantity) for line_id, quantity in sorted(quantities.items())]


def _issues(lines: dict[int, OrderLine], packed: Sequence[Packed], warehouse_id: int) -> list[Issue]:
    return [
        Issue(warehouse_id, lines[each.line_id].sku_id, each.quantity, each.lot, each.expires_on)
        for each in packed
    ]


def _shipment(
    session: Session, order: Order, given: Dispatch, taken: Sequence[Part], warehouse_id: int
) -> Shipment:
    """Write the delivery note; its amount per line goes with the first lot of the line."""
    day = clock.today()
    shipment = Shipment(
        order_id=order.id,
        warehouse_id=warehouse_id,
        number=numbers.draw(session, "DN", day),
        carrier=given.carrier,
        tracking_number=given.tracking_number,
        ship_date=day,
        gross=sum((part.gross for part in taken), ZERO),
    )
    session.add(shipment)
    session.flush()
    left = {part.line.id: part.gross for part in taken}
    sku_of = {part.line.id: part.line.sku_id for part in taken}
    rows = [
        {
            "shipment_id": shipment.id,
            "order_line_id": each.line_id,
            "sku_id": sku_of[each.line_id],
            "quantity": each.quantity,
            "lot": each.lot,
            "expires_on": each.expires_on,
            "gross": left.pop(each.line_id, Decimal(0)),
        }
        for each in given.lines
    ]
    insert_many(session, ShipmentLine, rows)
    return shipment
