"""Whether the brand takes applications, and how long one that nobody touches stays open."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from trade import settings
from trade.errors import Refused


def is_open(session: Session) -> bool:
    """On from the start: nothing comes of an application without an approver's yes, and a closed door looks broken."""
    return bool(settings.load(session, "application.")["application.open"])


def refuse_closed(session: Session) -> None:
    """The brand may take no applications for a while; what was begun goes on."""
    if not is_open(session):
        raise Refused("applicant.closed")


def until(session: Session, now: datetime) -> datetime:
    """When a draft, or one that was sent back, is over if nobody touches it."""
    return now + timedelta(days=int(settings.load(session, "application.days")["application.days"]))
