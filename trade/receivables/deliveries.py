"""What leaves the house is owed from that day on."""

from decimal import Decimal

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.books.posting import Document
from trade.credit import ledger
from trade.fulfilment.models import Shipment
from trade.orders.models import Order
from trade.receivables import items
from trade.receivables.items import NewItem
from trade.receivables.rules import due_on


def owe(
    session: Session,
    actor: Actor,
    order: Order,
    account_id: int,
    shipment: Shipment,
    source: str,
    paid: Decimal,
) -> None:
    """Write a shipment into the books as a debt of its own day; `paid` of it was paid in advance."""
    day = shipment.ship_date
    document = Document(source, "shipment", "shipment", shipment.id, day, order.id)
    ledger.write_down(session, account_id, order.legal_entity_id, document, ledger.shipping(shipment.gross))
    debt = items.add(
        session,
        NewItem(
            account_id=account_id,
            kind="shipment",
            subject_id=shipment.id,
            number=shipment.number,
            day=day,
            amount=shipment.gross,
            due_on=due_on(order.terms, order.terms_days, day),
            order_id=order.id,
        ),
    )
    if paid:
        held = items.hold_for(session, account_id, order.id)
        held.debts = [debt]
        items.settle(session, actor, held, items.oldest(held, most=paid))
