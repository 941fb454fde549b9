"""Orders as part of what a distributor uses of its credit: ordered, not yet shipped."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.distributors.queries import within
from trade.orders.models import OWN, Order, OrderLine

SUMS = tuple(func.sum(each) for each in (OrderLine.gross, OrderLine.shipped_gross, OrderLine.cancelled_gross))
IS_LEFT = SUMS[0] > SUMS[1] + SUMS[2]


@dataclass(frozen=True)
class Promised:
    """An order that holds credit, what is left to pay of it, and how much of it is not shipped."""

    order: Order
    due: Decimal
    amount: Decimal


def promised(session: Session, actor: Actor, distributor_id: int) -> list[Promised]:
    """The orders that make up what is ordered and not shipped, the oldest first; together they are its sum."""
    wanted = _holding(actor, distributor_id).add_columns(*SUMS).order_by(Order.id)
    found = session.execute(wanted)
    return [
        Promised(order, gross - cancelled, gross - shipped - cancelled)
        for order, gross, shipped, cancelled in found
    ]


def count_promised(session: Session, actor: Actor, distributor_id: int) -> int:
    """How many orders those are."""
    each = _holding(actor, distributor_id).with_only_columns(Order.id)
    return session.scalar(select(func.count()).select_from(each.subquery())) or 0


def _holding(actor: Actor, distributor_id: int) -> Select[Order]:
    is_its = (
        Order.distributor_id == distributor_id,
        within(actor, Order.distributor_id),
        Order.approval_state.in_(("pending", "approved")),
        Order.fulfilment != "complete",
        Order.is_taken,
        Order.source == OWN,
    )
    lines = select(Order).join(OrderLine, OrderLine.order_id == Order.id).where(*is_its)
    return lines.group_by(Order.id).having(IS_LEFT)
