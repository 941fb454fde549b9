from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors import queries as distributors
from trade.inventory.stock import Deed
from trade.notices import outbox
from trade.orders import allocation, queries, states, waiting


@dataclass(frozen=True)
class Try:
    """An order that may wait for goods; without a version it is tried as it stands."""

    order_id: int
    version: int | None = None


def allocate_order(session: Session, actor: Actor, given: Try) -> int:
    """Reserve what has become free for the lines of an order that wait; answers base units, 0 where nothing came."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    if order.approval_state != "approved" or not order.is_taken:
        return 0
    lines = {line.id: line for line in queries.lines_of(session, order.id)}
    wants = waiting.wants(list(lines.values()))
    if not wants:
        return 0
    terms = distributors.terms_of(session, order.distributor_id, clock.today())
    is_partial = terms.back_order_policy != "wait"
    found = allocation.plan(session, wants, terms.territory_ids, is_partial=is_partial)
    if not found.shares:
        return 0
    told = [
        {"sku": lines[line_id].sku_code, "quantity": sum(kept.values()), "warehouses": sorted(kept)}
        for line_id, kept in found.shares.items()
    ]
    left = len(found.short)
    facts = {"lines": told, "left": left}
    source = states.move(session, actor, order, "allocate", given.version or order.version, facts=facts)
    allocation.add(session, Deed(source, order.id), found)
    outbox.post(session, "order.allocated", order_id=order.id, left=left)
    return sum(allocation.total(found.shares, line_id) for line_id in found.shares)
