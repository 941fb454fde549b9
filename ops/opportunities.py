"""Opportunities that an order won, whose customer is another's now, or whose next step is due; each is done once."""

from datetime import datetime

from sqlalchemy.orm import Session

from ops.rounds import MOST
from trade import clock
from trade.jobs.schedule import Work
from trade.opportunities import due, queries


def to_settle(session: Session, now: datetime) -> list[Work]:
    """Won by an order, or over with their registration, where whoever moved it did not settle them at once."""
    return [
        Work("opportunity.mind", f"opportunity.mind-{key}-v{version}", {"opportunity_id": key})
        for key, version in due.to_settle(session, MOST)
    ]


def to_tell(session: Session, now: datetime) -> list[Work]:
    """A next step that is due is told once; what lies still, once a week."""
    given = queries.figures(session)
    return [
        Work("opportunity.remind", f"opportunity.remind-{key}-{cause}", {"opportunity_id": key})
        for key, cause in due.to_tell(session, clock.business_date(now), given, MOST)
    ]
