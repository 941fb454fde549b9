"""The whole life of a statement, as data. Nothing in it comes by itself: a month agrees to nothing."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.moves import move_once, signed
from trade.statements.models import Statement, StatementEvent

# (state, action) → state. `confirm_rest` agrees to all but what is disputed. `…_last` leaves nothing open, to be
# confirmed still; `…_agreed` leaves nothing open of a statement to the rest of which was agreed before.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("issued", "dispute"): "disputed",
    ("disputed", "dispute"): "disputed",
    ("issued", "confirm"): "confirmed",
    ("disputed", "confirm"): "confirmed",
    ("disputed", "confirm_rest"): "disputed",
    ("disputed", "settle"): "disputed",
    ("disputed", "settle_last"): "disputed",
    ("disputed", "settle_agreed"): "confirmed",
    ("disputed", "withdraw"): "disputed",
    ("disputed", "withdraw_last"): "issued",
    ("disputed", "withdraw_agreed"): "confirmed",
    ("disputed", "close"): "closed",
    ("confirmed", "close"): "closed",
}


def allows(statement: Statement, action: str) -> bool:
    """Whether an action can follow from where the statement stands."""
    return (statement.state, action) in TRANSITIONS


def awaits(statement: Statement) -> bool:
    """Whether the distributor may still agree to it, or dispute a line of it."""
    return statement.confirmed_at is None and allows(statement, "dispute")


def enter(session: Session, actor: Actor, statement: Statement, facts: Mapping[str, Any]) -> None:
    """Write down that a statement, just added, was issued."""
    session.add(_event(actor, statement, "issue", facts))


def move(
    session: Session,
    actor: Actor,
    statement: Statement,
    action: str,
    version: int,
    *,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Advance the statement or refuse: compare-and-set on state and version, and the history row with it."""
    after = TRANSITIONS.get((statement.state, action))
    if after is None:
        raise Refused("statement.not_allowed")
    if not move_once(session, statement, after, version, **values):
        raise Refused("statement.changed_meanwhile")
    session.add(_event(actor, statement, action, facts or {}))


def _event(actor: Actor, statement: Statement, action: str, facts: Mapping[str, Any]) -> StatementEvent:
    return StatementEvent(
        statement_id=statement.id,
        version=statement.version,
        action=action,
        state=statement.state,
        facts=dict(facts),
        **signed(actor),
    )
