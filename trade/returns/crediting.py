"""The credit note: what was really paid for what came back or never came."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.books.posting import Document
from trade.books.rules import CREDIT_NOTE, RETURNS, Leg
from trade.credit import ledger
from trade.fulfilment.models import ShipmentLine
from trade.money import ZERO
from trade.orders import retest, status
from trade.orders.models import Order, OrderLine
from trade.receivables import items
from trade.receivables.items import NewItem
from trade.returns import rules
from trade.returns.models import ReturnLine, ReturnRequest
from trade.returns.queries import Asked


def parts(lines: Sequence[Asked], quantities: Mapping[int, int]) -> dict[int, Decimal]:
    """By return line, the credit for so many base units; nothing for none."""
    found = {}
    for each in lines:
        line, quantity = each.line, quantities.get(each.asked.id, 0)
        gone = line.returned + line.lost
        found[each.asked.id] = (
            rules.worth(line.shipped_gross, line.shipped, quantity, gone, line.returned_gross)
            if quantity
            else ZERO
        )
    return found


def credit(
    session: Session,
    actor: Actor,
    order: Order,
    request: ReturnRequest,
    lines: Sequence[Asked],
    quantities: Mapping[int, int],
    amounts: Mapping[int, Decimal],
    source: str,
) -> None:
    """Lower the exposure, book the quantities on the order, and have held orders tested again.

    The credit pays what is still owed for the shipments with which the goods came; the rest stays. What never came is
    `lost`, what came and is credited `returned`; the order is complete when both make up all.
    """
    gross = sum(amounts.values(), ZERO)
    if gross:
        day = clock.today()
        document = Document(source, "credit_note", "return", request.id, day, order.id)
        legs = [Leg(RETURNS, CREDIT_NOTE, gross)]
        account_id = ledger.book(session, order.distributor_id, order.legal_entity_id, document, legs)
        note = items.add(
            session,
            NewItem(account_id, "return", request.id, request.number, day, gross, order_id=order.id),
        )
        held = items.hold_for(session, account_id, order.id)
        came_with = _shipments(session, request, lines, quantities)
        held.debts = [debt for debt in held.debts if debt.kind == "shipment" and debt.subject_id in came_with]
        items.settle(session, actor, held, items.oldest(held, [note]))
    booked = "lost" if request.is_missing else "returned"
    rows = [
        {
            "id": each.line.id,
            booked: getattr(each.line, booked) + quantities[each.asked.id],
            "returned_gross": each.line.returned_gross + amounts[each.asked.id],
        }
        for each in lines
        if quantities.get(each.asked.id)
    ]
    if rows:
        session.execute(update(OrderLine), rows)
        session.execute(
            update(ReturnLine),
            [{"id": key, "gross": amount} for key, amount in sorted(amounts.items()) if amount],
        )
    status.refresh(session, order.id)
    retest.call_for(session, order.distributor_id, source)


def _shipments(
    session: Session, request: ReturnRequest, lines: Sequence[Asked], quantities: Mapping[int, int]
) -> set[int]:
    """With which shipments the goods came: the one that was signed for, else what left first comes back first."""
    if request.shipment_id is not None:
        return {request.shipment_id}
    wanted = [each.line.id for each in lines]
    sent = select(ShipmentLine.order_line_id, ShipmentLine.shipment_id, ShipmentLine.quantity).where(
        ShipmentLine.order_line_id.in_(wanted)
    )
    rows = session.execute(sent.order_by(ShipmentLine.shipment_id, ShipmentLine.id)).all()
    found: set[int] = set()
    for each in lines:
        before, left = each.line.returned + each.line.lost, quantities.get(each.asked.id, 0)
        for _line, shipment_id, quantity in (row for row in rows if row[0] == each.line.id):
            here = max(quantity - before, 0)
            before = max(before - quantity, 0)
            if left > 0 and here:
                found.add(shipment_id)
                left -= here
    return found
