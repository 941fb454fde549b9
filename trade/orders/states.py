"""The whole life of an order, as data."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.moves import move_once, signed
from trade.orders import remarks
from trade.orders.models import Order, OrderEvent

# (state, action) → state. accept, hold and ask are what submitting answers.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("draft", "edit"): "draft",
    ("draft", "accept"): "approved",
    ("draft", "hold"): "held",
    ("draft", "ask"): "pending",
    ("returned", "edit"): "returned",
    ("returned", "accept"): "approved",
    ("returned", "hold"): "held",
    ("returned", "ask"): "pending",
    ("returned", "give_up"): "cancelled",
    ("held", "accept"): "approved",
    ("held", "hold"): "held",  # for another reason
    ("held", "ask"): "pending",
    ("held", "withdraw"): "returned",
    ("held", "return"): "returned",
    ("held", "reject"): "rejected",
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
    ("pending", "return"): "returned",
    ("pending", "withdraw"): "returned",
    ("pending", "expire"): "returned",
    ("approved", "ship"): "approved",
    ("approved", "receive"): "approved",
    ("approved", "receive_alone"): "approved",  # nobody reported anything within the days
    ("approved", "amend"): "approved",
    ("approved", "allocate"): "approved",
    ("approved", "shift"): "approved",
    ("approved", "cancel_rest"): "approved",
    ("approved", "cancel"): "cancelled",
}
EDITABLE = ("draft", "returned")
URGEABLE = ("held", "pending", "approved")
ANSWERS = frozenset(
    {"approve", "accept", "reject", "return", "withdraw", "expire", "ship", "amend", "cancel_rest", "cancel"}
)  # the moves that answer an urging (催单)


def allows(order: Order, action: str) -> bool:
    """Whether an action can follow from where the order stands."""
    return (order.approval_state, action) in TRANSITIONS


def move(
    session: Session,
    actor: Actor,
    order: Order,
    action: str,
    version: int,
    *,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> str:
    """Advance the order or refuse: compare-and-set on state and version, and the history row with it.

    `values` are columns that change with the move. Returns the source under which ledgers book this move; no
    version is left twice, so it is unique. The order given shows its new state afterwards.
    """
    after = TRANSITIONS.get((order.approval_state, action))
    if after is None:
        raise Refused("order.not_allowed", state=order.approval_state, action=action)
    was_asked = order.approval_state in URGEABLE
    if not move_once(session, order, after, version, column="approval_state", **values):
        raise Refused("order.changed_meanwhile")
    session.add(
        OrderEvent(
            order_id=order.id,
            version=order.version,
            action=action,
            state=after,
            facts=dict(facts or {}),
            **signed(actor),
        )
    )
    if was_asked and action in ANSWERS:
        remarks.answer(session, actor, order.id)
    return f"order-{order.id}-v{order.version}"
