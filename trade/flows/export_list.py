import math
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
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Export:
    """Which list leaves the house, under which filters, and how many rows it has."""

    page: str
    filters: str
    rows: int


def export_list(session: Session, actor: Actor, given: Export) -> None:
    """Write down that a person takes a list out of the house, before it is handed over; not without end."""
    now = clock.now()
    recent = select(func.count(), func.min(AuditEntry.at)).where(
        AuditEntry.subject == "person",
        AuditEntry.subject_id == actor.person_id,
        AuditEntry.event == EVENT,
        AuditEntry.at > now - HOUR,
    )
    count, first = session.execute(recent).one()
    if count >= MOST_AN_HOUR:
        minutes = math.ceil((first + HOUR - now).total_seconds() / 60)
        raise Refused("list.too_many_exports", most=MOST_AN_HOUR, minutes=minutes)
    facts = {"page": given.page, "filters": given.filters, "rows": given.rows}
    audit.record(session, actor, EVENT, facts, subject="person", subject_id=actor.person_id)
