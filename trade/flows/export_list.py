from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.audit import AuditEntry
from trade.errors import Refused

EVENT = "list.exported"
MOST_AN_HOUR = 60


@dataclass(frozen=True)
class Export:
    """Which list leaves the house, under which filters, and how many rows it has."""

    page: str
    filters: str
    rows: int


def export_list(session: Session, actor: Actor, given: Export) -> None:
    """Write down that a person takes a list out of the house, before it is handed over; not without end."""
    recent = select(func.count()).where(
        AuditEntry.subject == "person",
        AuditEntry.subject_id == actor.person_id,
        AuditEntry.event == EVENT,
        AuditEntry.at > clock.now() - timedelta(hours=1),
    )
    if (session.scalar(recent) or 0) >= MOST_AN_HOUR:
        raise Refused("list.too_many_exports", most=MOST_AN_HOUR)
    facts = {"page": given.page, "filters": given.filters, "rows": given.rows}
    audit.record(session, actor, EVENT, facts, subject="person", subject_id=actor.person_id)
