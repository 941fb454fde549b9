from collections.abc import Mapping, Sequence
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
from trade.orders.parts import Part
from trade.orders.queries import Seen


@dataclass(frozen=True)
class Cancellation(Seen):
    """What is not shipped, all of it or so many base units by line."""

    reason: str
    quantities: Mapping[int, int] | None = None


def cancel_rest(session: Session, actor: Actor, given: Cancellation) -> None:
    """Cancel what is not shipped; its credit and its goods come back in the same transaction."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    lines = queries.lines_of(session, order.id)
    rest = _rest(lines, given.quantities)
    if not rest:
        raise Refused("order.nothing_open")
    gross = sum((part.gross for part in rest), ZERO)
    stays = any(line.shipped for line in lines) or any(
        part.quantity < parts.open_quantity(part.line) for part in rest
    )
    stays = stays or len(rest) < sum(1 for line in lines if parts.open_quantity(line))
    action = "cancel_rest" if stays else "cancel"
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
    _release(session, Deed(source, order.id), rest)
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


def _rest(lines: Sequence[OrderLine], quantities: Mapping[int, int] | None) -> list[Part]:
    """The parts of the lines that go; refuses a line of another order and more than is open."""
    if quantities is None:
        return [parts.take(line, parts.open_quantity(line)) for line in lines if parts.open_quantity(line)]
    by_id = {line.id: line for line in lines}
    if quantities.keys() - by_id.keys():
        raise Refused("order.changed_meanwhile")
    return [parts.take(by_id[key], quantity) for key, quantity in sorted(quantities.items()) if quantity]


def _release(session: Session, deed: Deed, rest: Sequence[Part]) -> None:
    """Give back the goods that were kept for what goes; what stays of a line keeps its own."""
    whole = [part.line for part in rest if part.quantity == parts.open_quantity(part.line)]
    allocation.release(session, deed, whole)
    less = {}
    for part in rest:
        left = parts.open_quantity(part.line) - part.quantity
        if left and part.line.reserved > left:
            less[part.line.id] = (part.line.sku_id, part.line.reserved - left)
    allocation.lower(session, deed, less)
