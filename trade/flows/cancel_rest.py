from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.credit import exceptions, ledger
from trade.credit.ledger import Hold
from trade.errors import Refused
from trade.inventory.stock import Deed
from trade.money import ZERO
from trade.notices import outbox
from trade.orders import advance, allocation, parts, queries, states, status
from trade.orders.models import OrderLine
from trade.orders.queries import Seen


@dataclass(frozen=True)
class Cancellation(Seen):
    reason: str


def cancel_rest(session: Session, actor: Actor, given: Cancellation) -> None:
    """Cancel all that is not shipped; its credit and its goods come back in the same transaction."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    lines = queries.lines_of(session, order.id)
    rest = [parts.take(line, parts.open_quantity(line)) for line in lines if parts.open_quantity(line)]
    if not rest:
        raise Refused("order.nothing_open")
    gross = sum((part.gross for part in rest), ZERO)
    action = "cancel_rest" if any(line.shipped for line in lines) else "cancel"
    facts = {"comment": given.reason, "gross": str(gross)}
    is_taken = action == "cancel_rest"
    source = states.move(session, actor, order, action, given.version, facts=facts, is_taken=is_taken)
    gone = sum((line.shipped_gross + line.cancelled_gross for line in lines), gross)
    left = advance.left_after(order, gone) if order.earmarked else ZERO
    released = order.earmarked - left
    hold = Hold(order.distributor_id, order.legal_entity_id, order.id, gross, source, clock.today(), released)
    ledger.give_back(session, hold)
    if released:
        advance.keep(session, order.id, left)
    if not is_taken:
        exceptions.end(session, [order.id])
    allocation.release(session, Deed(source, order.id), [part.line for part in rest])
    rows = [
        {
            "id": part.line.id,
            "cancelled": part.line.cancelled + part.quantity,
            "cancelled_gross": part.line.cancelled_gross + part.gross,
        }
        for part in rest
    ]
    session.execute(update(OrderLine), rows)
    status.refresh(session, order.id)
    status.settle(session, [order.id])
    outbox.post(session, "order.cancelled", order_id=order.id)
