from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor, Permission
from trade.broadcasts import queries, recipients
from trade.errors import Refused
from trade.notices import outbox


@dataclass(frozen=True)
class Reminder:
    """Whom to ask again: one distributor, or all who owe a word."""

    broadcast_id: int
    distributor_id: int | None = None


@dataclass(frozen=True)
class DueReminder:
    broadcast_id: int
    kind: str  # before, after


def remind_by_hand(session: Session, actor: Actor, given: Reminder) -> int:
    """Ask those within reach again who have not acknowledged, each once a day; answers how many are asked."""
    if not actor.may(Permission.BROADCAST_READ):
        raise Refused("access.denied", keep={"broadcast_id": given.broadcast_id})
    count = _remind(session, actor, given.broadcast_id, "hand", given.distributor_id)
    if count == 0:
        raise Refused("broadcast.nobody_to_remind")
    facts = {"count": count, "distributor_id": given.distributor_id}
    audit.record(
        session, actor, "broadcast.reminded", facts, subject="broadcast", subject_id=given.broadcast_id
    )
    return count


def remind_when_due(session: Session, actor: Actor, given: DueReminder) -> int:
    """Ask before the last day, and once after it; then the reps hear who of theirs has not answered."""
    broadcast = queries.get_for(session, actor, given.broadcast_id)
    if not recipients.asks(broadcast):
        return 0
    count = _remind(session, actor, given.broadcast_id, given.kind, None)
    if count and given.kind == "after":
        outbox.post(session, "broadcast.unanswered", broadcast_id=given.broadcast_id)
    return count


def _remind(session: Session, actor: Actor, broadcast_id: int, kind: str, only: int | None) -> int:
    broadcast = queries.get_for(session, actor, broadcast_id)
    if not recipients.asks(broadcast):
        raise Refused("broadcast.nothing_asked")
    at = clock.now()
    count = recipients.remind(session, actor, broadcast_id, kind, at, only)
    if count:
        outbox.post(session, "broadcast.reminder", broadcast_id=broadcast_id, at=at.isoformat())
    return count
