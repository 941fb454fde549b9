"""Registrations that time or an order has made due; a key names what was found, so that each is done once."""

from datetime import datetime

from sqlalchemy.orm import Session

from ops.rounds import MOST
from trade import clock
from trade.jobs.schedule import Work
from trade.registrations import due, queries

AHEAD = 7  # days before protection is over, in which its distributor is told


def to_mind(session: Session, now: datetime) -> list[Work]:
    """Won by an order, quiet for too long, over by their days."""
    found = due.to_mind(session, clock.business_date(now), queries.figures(session), MOST)
    return [
        Work("registration.mind", f"registration.mind-{key}-v{version}-{cause}", {"registration_id": key})
        for key, version, cause in found
    ]


def ending_soon(session: Session, now: datetime) -> list[Work]:
    """Protection that is nearly over: told once for each end."""
    found = due.ending_soon(session, clock.business_date(now), AHEAD, MOST)
    return [
        Work("registration.remind", f"registration.remind-{key}-{until}", {"registration_id": key})
        for key, until in found
    ]
