from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.inventory.queries import working
from trade.inventory.stock import Deed
from trade.orders import allocation, queries, states
from trade.orders.allocation import Step
from trade.orders.queries import Seen


@dataclass(frozen=True)
class Shift(Seen):
    steps: Sequence[Step]


def shift_goods(session: Session, actor: Actor, given: Shift) -> None:
    """Let another warehouse keep a part of an order, as far as it has free goods; told in the order's history."""
    order = queries.get_for(session, actor, given.order_id, is_locked=True)
    if not given.steps:
        raise Refused("allocation.nothing_to_move")
    if any(step.from_id == step.to_id for step in given.steps):
        raise Refused("transfer.same_warehouse")
    names = {
        house.id: house.name for house in working(session, {step.to_id for step in given.steps}).values()
    }
    lines = {line.id: line for line in queries.lines_of(session, order.id)}
    told = [
        {
            "sku": lines[step.line_id].sku_code if step.line_id in lines else None,
            "quantity": step.quantity,
            "to": names[step.to_id],
        }
        for step in given.steps
    ]
    source = states.move(session, actor, order, "shift", given.version, facts={"lines": told})
    allocation.shift(session, Deed(source, order.id), lines, given.steps)
