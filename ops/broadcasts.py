"""Broadcasts that time alone has made due: to be published, to be called to mind."""

from datetime import datetime

from sqlalchemy.orm import Session

from trade import clock, settings
from trade.broadcasts import queries, recipients
from trade.jobs.schedule import Work

MOST = 200


def to_publish(session: Session, now: datetime) -> list[Work]:
    """Those whose moment has come, also while no worker ran."""
    return [
        Work(
            "broadcast.publish",
            f"broadcast.publish-{key}-v{version}",
            {"broadcast_id": key, "version": version},
        )
        for key, version in queries.due(session, now, MOST)
    ]


def to_remind(session: Session, now: datetime) -> list[Work]:
    """Those of which somebody still owes a word shortly before the last day, or after it."""
    day = clock.business_date(now)
    ahead = int(settings.load(session, "broadcast.remind_days")["broadcast.remind_days"])
    return [
        Work(
            "broadcast.remind",
            f"broadcast.remind-{key}-{kind}-{day}",
            {"broadcast_id": key, "kind": kind},
        )
        for key, kind in recipients.due(session, day, ahead)
    ]
