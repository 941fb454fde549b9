"""The credit note: what was really paid for what came back or never came."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.books.posting import Document
from trade.books.rules import CREDIT_NOTE, RETURNS, Leg
from trade.credit import ledger
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

    What never came is `lost`, what came and is credited `returned`; the order is complete when both make up all.
    """
    gross = sum(amounts.values(), ZERO)
    if gross:
        day = clock.today()
        document = Document(source, "credit_note", "return", request.id, day, order.id)
        legs = [Leg(RETURNS, CREDIT_NOTE, gross)]
        account_id = ledger.book(session, order.distributor_id, order.legal_entity_id, document, legs)
        items.add(
            session,
            NewItem(account_id, "return", request.id, request.number, day, gross, order_id=order.id),
        )
        held = items.hold_for(session, account_id, order.id)
        items.settle(session, actor, held, items.oldest(held))
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
