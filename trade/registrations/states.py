"""The whole life of a registration, as data; the history row is written by whoever moves it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.moves import move_once, signed
from trade.registrations.models import Registration, RegistrationEvent

# (state, action) → state. `accept` needs nobody; `lapse` is for want of follow-up, `revoke` by the brand,
# `…_end` leads back to what the brand had ended; `reopen` when the order that won it was cancelled; `lose_place` when what was sent back was not sent again in time.
TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("draft", "save"): "draft",
    ("draft", "accept"): "live",
    ("draft", "queue"): "submitted",
    ("draft", "refuse"): "rejected",
    ("draft", "withdraw"): "withdrawn",
    ("draft", "lose_place"): "draft",
    ("submitted", "approve"): "live",
    ("submitted", "reject"): "rejected",
    ("submitted", "return"): "draft",
    ("submitted", "withdraw"): "withdrawn",
    ("live", "follow_up"): "live",
    ("live", "extend"): "live",
    ("live", "warn"): "live",
    ("live", "release"): "released",
    ("live", "lapse"): "released",
    ("live", "revoke"): "released",
    ("live", "hand_over"): "released",
    ("live", "expire"): "expired",
    ("live", "win"): "won",
    ("won", "follow_up"): "won",
    ("won", "renew"): "won",
    ("won", "reopen"): "live",
    ("won", "finish"): "won",
    ("won", "revoke"): "released",
    ("rejected", "appeal"): "appealed",
    ("appealed", "grant"): "live",
    ("appealed", "uphold"): "rejected",
    ("appealed", "withdraw"): "rejected",
    ("released", "appeal"): "appealed",
    ("appealed", "uphold_end"): "released",
    ("appealed", "withdraw_end"): "released",
    ("released", "leave_pool"): "released",
    ("expired", "leave_pool"): "expired",
}
OPEN = ("draft", "submitted", "live", "appealed")


def allows(registration: Registration, action: str) -> bool:
    """Whether an action can follow from where the registration stands."""
    return (registration.state, action) in TRANSITIONS


def enter(session: Session, actor: Actor, registration: Registration, facts: Mapping[str, Any]) -> None:
    """Write down that a registration, just added, was begun."""
    session.add(_event(actor, registration, "enter", facts))


def move(
    session: Session,
    actor: Actor,
    registration: Registration,
    action: str,
    version: int,
    *,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Advance the registration or refuse: compare-and-set on state and version, and the history row with it."""
    after = TRANSITIONS.get((registration.state, action))
    if after is None:
        raise Refused("registration.not_allowed")
    if not move_once(session, registration, after, version, **values):
        raise Refused("registration.changed_meanwhile")
    session.add(_event(actor, registration, action, facts or {}))


def _event(
    actor: Actor, registration: Registration, action: str, facts: Mapping[str, Any]
) -> RegistrationEvent:
    return RegistrationEvent(
        registration_id=registration.id,
        version=registration.version,
        action=action,
        state=registration.state,
        facts=dict(facts),
        **signed(actor),
    )
