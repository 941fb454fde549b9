"""The whole life of an opportunity, as data; the history row is written by whoever moves it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.moves import move_once, signed
from trade.opportunities.models import Opportunity, OpportunityEvent
from trade.opportunities.rules import RANK, STAGES

# (stage, action) → stage. A step to a stage may go either way; `win` is by an order, `close` by the registration's end.
_SAME = ("edit", "plan", "follow_up", "order")
TRANSITIONS: Mapping[tuple[str, str], str] = {
    **{(here, f"to_{there}"): there for here in STAGES for there in STAGES if here != there},
    **{(here, action): here for here in STAGES for action in _SAME},
    ("contact", "issue"): "quote",
    ("need", "issue"): "quote",
    ("quote", "issue"): "quote",
    ("negotiation", "issue"): "negotiation",
    **{(here, "win"): "won" for here in STAGES},
    **{("won", f"reopen_{there}"): there for there in STAGES},  # its order was cancelled
    **{(here, "lose"): "lost" for here in STAGES},
    **{(here, "close"): "lost" for here in STAGES},
}


def allows(opportunity: Opportunity, action: str) -> bool:
    """Whether an action can follow from where the opportunity stands."""
    return (opportunity.stage, action) in TRANSITIONS


def enter(session: Session, actor: Actor, opportunity: Opportunity, facts: Mapping[str, Any]) -> None:
    """Write down that an opportunity, just added, was opened."""
    session.add(_event(actor, opportunity, "enter", facts))


def move(
    session: Session,
    actor: Actor,
    opportunity: Opportunity,
    action: str,
    version: int,
    *,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Advance the opportunity or refuse: compare-and-set on stage and version, and the history row with it."""
    after = TRANSITIONS.get((opportunity.stage, action))
    if after is None:
        raise Refused("opportunity.not_allowed")
    values["reached"] = max(values.get("reached", opportunity.reached), RANK.get(after, 0))
    if not move_once(session, opportunity, after, version, column="stage", **values):
        raise Refused("opportunity.changed_meanwhile")
    session.add(_event(actor, opportunity, action, facts or {}))


def _event(actor: Actor, opportunity: Opportunity, action: str, facts: Mapping[str, Any]) -> OpportunityEvent:
    return OpportunityEvent(
        opportunity_id=opportunity.id,
        version=opportunity.version,
        action=action,
        stage=opportunity.stage,
        facts=dict(facts),
        **signed(actor),
    )
