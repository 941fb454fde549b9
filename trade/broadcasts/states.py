"""The whole life of a broadcast, as data. What was published is never edited: it is recalled, or superseded."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.broadcasts.models import Broadcast, BroadcastEvent
from trade.errors import Refused
from trade.moves import move_once

TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("draft", "edit"): "draft",
    ("draft", "file"): "draft",
    ("draft", "schedule"): "scheduled",
    ("draft", "publish"): "published",
    ("draft", "discard"): "discarded",
    ("scheduled", "unschedule"): "draft",
    ("scheduled", "fail"): "draft",
    ("scheduled", "publish"): "published",
    ("published", "extend"): "published",
    ("published", "recall"): "recalled",
    ("published", "supersede"): "superseded",
}


def allows(broadcast: Broadcast, action: str) -> bool:
    """Whether an action can follow from where the broadcast stands."""
    return (broadcast.state, action) in TRANSITIONS


def enter(session: Session, actor: Actor, broadcast: Broadcast, facts: Mapping[str, Any]) -> None:
    """Write down that a draft, just added, was begun."""
    session.add(_event(actor, broadcast, "create", facts))


def move(
    session: Session,
    actor: Actor,
    broadcast: Broadcast,
    action: str,
    version: int,
    *,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Advance the broadcast or refuse: compare-and-set on state and version, and the history row with it."""
    after = TRANSITIONS.get((broadcast.state, action))
    if after is None:
        raise Refused("broadcast.not_allowed")
    if not move_once(session, broadcast, after, version, **values):
        raise Refused("broadcast.changed_meanwhile")
    session.add(_event(actor, broadcast, action, facts or {}))


def _event(actor: Actor, broadcast: Broadcast, action: str, facts: Mapping[str, Any]) -> BroadcastEvent:
    return BroadcastEvent(
        broadcast_id=broadcast.id,
        version=broadcast.version,
        action=action,
        state=broadcast.state,
        facts=dict(facts),
        person_id=actor.person_id,
        origin=actor.origin,
    )
