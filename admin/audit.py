"""Who did what, when and from where; nothing here can be changed."""

from datetime import datetime, time, timedelta

from flask import Blueprint
from werkzeug.wrappers import Response

from admin import addresses, audited
from trade import audit
from trade.actor import Permission
from trade.audit import ListFilter
from trade.clock import BRAND_ZONE
from trade.db import read
from trade.people.queries import names_of
from web.access import requires
from web.answer import render

bp = Blueprint("audit", __name__)


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def index() -> Response:
    since, until = addresses.day("since"), addresses.day("until")
    wanted = ListFilter(
        event=addresses.text("event"),
        person_id=addresses.number("person"),
        since=_start(since),
        until=_start(until + timedelta(days=1)) if until else None,
        after=addresses.number("after"),
    )
    with read() as session:
        rows, following = audit.listing(session, wanted)
        return render(
            session,
            "admin/audit/audit.html",
            "audit",
            wanted=wanted,
            since=since,
            until=until,
            rows=rows,
            following=following,
            told=audited,
            names=names_of(session, {wanted.person_id}.union(*(audited.people_in(row) for row in rows))),
        )


def _start(day: object) -> datetime | None:
    """Midnight of a day where the brand is."""
    return datetime.combine(day, time(), BRAND_ZONE) if day else None  # type: ignore[call-overload]
