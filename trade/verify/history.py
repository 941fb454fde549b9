"""Imported history has no effects: it is counted, and skipped by what looks at our own documents."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade.approvals.models import ApprovalRequest
from trade.books.models import LedgerEntry, OpenItem
from trade.credit.models import CreditDecision
from trade.fulfilment.models import Shipment
from trade.inventory.models import StockMovement
from trade.notices.models import OutboxMessage
from trade.orders.models import OWN, Order, OrderEvent
from trade.verify.invariant import Breach, Invariant

TRACES = (
    (LedgerEntry, LedgerEntry.order_id),
    (OpenItem, OpenItem.order_id),
    (CreditDecision, CreditDecision.order_id),
    (StockMovement, StockMovement.order_id),
    (OrderEvent, OrderEvent.order_id),
)


def skipped(session: Session) -> dict[str, int]:
    """How many documents of the history there are, which the other invariants pass over."""
    orders = session.scalar(select(func.count(Order.id)).where(Order.source != OWN)) or 0
    shipments = session.scalar(select(func.count(Shipment.id)).where(Shipment.source != OWN)) or 0
    return {"sales_order": orders, "shipment": shipments}


def _effects(session: Session) -> Iterator[Breach]:
    is_history = Order.source != OWN
    for model, order_id in TRACES:
        found = session.execute(
            select(model.id, order_id).join(Order, Order.id == order_id).where(is_history).order_by(model.id)
        )
        for row_id, order in found:
            yield Breach(model.__tablename__, row_id, f"is an effect of imported order {order}")
    asked = (
        select(ApprovalRequest.id, Order.id)
        .join(Order, (ApprovalRequest.subject == "order") & (ApprovalRequest.subject_id == Order.id))
        .where(is_history)
    )
    for row_id, order in session.execute(asked.order_by(ApprovalRequest.id)):
        yield Breach("approval_request", row_id, f"asks about imported order {order}")
    told = (
        select(OutboxMessage.id, Order.id)
        .join(Order, OutboxMessage.payload["order_id"].as_integer() == Order.id)
        .where(is_history)
    )
    for row_id, order in session.execute(told.order_by(OutboxMessage.id)):
        yield Breach("outbox_message", row_id, f"tells of imported order {order}")
    held = select(Order.id).where(is_history, Order.is_taken).order_by(Order.id)
    for order in session.scalars(held):
        yield Breach("sales_order", order, "is imported and holds credit and stock")


INVARIANTS = (
    Invariant(
        "history.no_effects",
        "imported documents moved no credit and no stock, asked nobody and told nobody",
        _effects,
    ),
)
