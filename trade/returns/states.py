"""The whole life of a return request, as data."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.moves import move_once, signed
from trade.returns.models import ReturnEvent, ReturnRequest

# (state, action) → state. `settle` credits at once, without goods coming back.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("requested", "approve"): "approved",
    ("requested", "settle"): "credited",
    ("requested", "return"): "returned",
    ("requested", "reject"): "rejected",
    ("requested", "withdraw"): "withdrawn",
    ("returned", "request"): "requested",
    ("returned", "withdraw"): "withdrawn",
    ("approved", "receive"): "credited",
}
OPEN = ("requested", "returned", "approved")  # what still counts against what may be asked for
CLOSED = ("rejected", "withdrawn", "credited")


def allows(request: ReturnRequest, action: str) -> bool:
    """Whether an action can follow from where the request stands."""
    return (request.state, action) in TRANSITIONS


def enter(session: Session, actor: Actor, request: ReturnRequest, facts: Mapping[str, Any]) -> None:
    """Write down that a request, just added, was made."""
    session.add(_event(actor, request, "request", facts))


def move(
    session: Session,
    actor: Actor,
    request: ReturnRequest,
    action: str,
    version: int,
    *,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> str:
    """Advance the request or refuse: compare-and-set on state and version, and the history row with it.

    Returns the source under which ledgers book this move. The request given shows its new state afterwards.
    """
    after = TRANSITIONS.get((request.state, action))
    if after is None:
        raise Refused("return.not_allowed", state=request.state, action=action)
    if after in CLOSED:
        values["closed_at"] = clock.now()
    if not move_once(session, request, after, version, **values):
        raise Refused("return.changed_meanwhile")
    session.add(_event(actor, request, action, facts or {}))
    return f"return-{request.id}-v{request.version}"


def _event(actor: Actor, request: ReturnRequest, action: str, facts: Mapping[str, Any]) -> ReturnEvent:
    return ReturnEvent(
        request_id=request.id,
        version=request.version,
        action=action,
        state=request.state,
        facts=dict(facts),
        **signed(actor),
    )
