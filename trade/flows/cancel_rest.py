from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.credit import exceptions, ledger
from trade.credit.ledger import Hold
from trade.inventory.stock import Deed
from trade.notices import outbox
from trade.orders import advance, allocation, cancelling, queries, retest, states, status
from trade.orders.models import OrderLine
from trade.orders.queries import Seen


@dataclass(frozen=True)
class Cancellation(Seen):
    """What is not shipped, all of it or so many base units by line."""

    reason: str
    quantities: Mapping[int, int] | None = None


def cancel_rest(session: Session, actor: Actor, given: Cancellation) -> None:
    """Cancel what is not shipped; its credit and its goods come back, and orders that wait for credit are tested."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    found = cancelling.plan(order, queries.lines_of(session, order.id), given.quantities)
    facts: dict[str, object] = {"comment": given.reason, "gross": str(found.gross)}
    if given.quantities is not None:
        facts["lines"] = found.told
    action = "cancel_rest" if found.stays else "cancel"
    source = states.move(session, actor, order, action, given.version, facts=facts, is_taken=found.stays)
    today, released = clock.today(), found.released
    hold = Hold(
        order.distributor_id, order.legal_entity_id, order.id, found.gross, source, today, advance=released
    )
    ledger.give_back(session, hold)
    if released:
        advance.keep(session, order.id, found.left)
    if not found.stays:
        exceptions.end(session, [order.id])
    goods = {
        part.line.id: (part.line.sku_id, found.goods[part.line.id])
        for part in found.rest
        if part.line.id in found.goods
    }
    allocation.lower(session, Deed(source, order.id), goods)
    rows = [
        {
            "id": part.line.id,
            "cancelled": part.line.cancelled + part.quantity,
            "cancelled_gross": part.line.cancelled_gross + part.gross,
        }
        for part in found.rest
    ]
    session.execute(update(OrderLine), rows)
    status.refresh(session, order.id)
    status.settle(session, [order.id])
    retest.call_for(session, order.distributor_id, source)
    topic = "order.reduced" if found.is_part else "order.cancelled"
    outbox.post(session, topic, order_id=order.id, reason=given.reason)
