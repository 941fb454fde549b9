"""What can be appealed, and where it stands again when the appeal comes to nothing."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.registrations import keys, queries, states
from trade.registrations.models import Registration, RegistrationDecision, RegistrationEvent

REVOKED = "brand.revoked"  # the rule by which the brand ended it


def may_be(registration: Registration, last: RegistrationDecision | None) -> bool:
    """Whether it can be appealed: it was refused, or the brand ended it; what its distributor let go is nobody's wrong."""
    is_revoked = last is not None and last.rule == REVOKED
    return states.allows(registration, "appeal") and (registration.state == "rejected" or is_revoked)


def enter(session: Session, actor: Actor, registration: Registration, version: int, reason: str) -> None:
    """Let it wait for a decision, once; out of the pool meanwhile, where nobody claims what may be given back."""
    pooled_on = registration.pooled_on
    facts = {"reason": reason, **({"pooled_on": pooled_on.isoformat()} if pooled_on else {})}
    counted = registration.appeals + 1
    states.move(session, actor, registration, "appeal", version, facts=facts, appeals=counted, pooled_on=None)


def end(session: Session, actor: Actor, registration: Registration, action: str, **facts: Any) -> None:
    """Take a locked one back to where it stood: refused, or ended, in the pool if it lay there and nobody has it since.

    `action` is uphold, by who decides, or withdraw, by its distributor.
    """
    version = registration.version
    last = next(iter(queries.decisions_of(session, registration)), None)
    if last is None or last.rule != REVOKED:
        values: dict[str, Any] = {"ended_on": clock.today()} if action == "withdraw" else {}
        states.move(session, actor, registration, action, version, facts=facts, **values)
        return
    is_free = keys.holder_of(session, registration.product_line_id, keys.of(registration)) is None
    is_back = registration.claimed_id is not None or is_free
    values = {"pooled_on": _pooled_on(session, registration) if is_back else None}
    states.move(session, actor, registration, f"{action}_end", version, facts=facts, **values)


def _pooled_on(session: Session, registration: Registration) -> date | None:
    """Since when it lay in the pool before the appeal."""
    wanted = select(RegistrationEvent.facts).where(
        RegistrationEvent.registration_id == registration.id, RegistrationEvent.action == "appeal"
    )
    facts = session.scalar(wanted.order_by(RegistrationEvent.version.desc()).limit(1)) or {}
    day = facts.get("pooled_on")
    return date.fromisoformat(day) if day else None
