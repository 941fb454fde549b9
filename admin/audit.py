"""What happened, by whom, from where: the append-only trail, with filters in the address."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, g
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import audited, spoken
from trade import audit
from trade.actor import Permission
from trade.audit import AuditEntry, ListFilter
from trade.clock import BRAND_ZONE
from trade.db import read
from trade.reports import trail
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import render
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("audit", __name__)
Told = tuple[AuditEntry, dict[Any, str]]  # an entry, and the names of whom and what it speaks of


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def index() -> Response:
    with read() as session:
        return render(session, "admin/audit/audit.html", "audit", listed=AUDIT.open(session), told=audited)


@bp.post("/audit/export")
@requires(Permission.AUDIT_READ)
def export() -> Response:
    return AUDIT.export_sheet()


def _wanted(asked: Asked) -> ListFilter:
    until = asked["until"]
    return ListFilter(
        event=asked["event"],
        person_id=asked["person"],
        subject=asked["subject"],
        subject_id=asked["object"],
        within=_within(asked),
        since=_start(asked["since"]),
        until=_start(until + timedelta(days=1)) if until else None,
    )


def _within(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    """The reader's reach, and the names that were typed."""
    rules = [trail.told_to(g.actor)]
    rules += [trail.by_name(asked["who"])] if asked["who"] else []
    rules += [trail.about_name(asked["about"])] if asked["about"] else []
    return tuple(rules)


def _find(session: Session, asked: Asked, window: Window) -> Page[Told]:
    page = audit.listing(session, _wanted(asked), window)
    names = trail.called(session, set().union(*(audited.things_in(row) for row in page.rows)))
    return page.of([(row, names) for row in page.rows])


def _totals(session: Session, asked: Asked) -> Totals:
    return audit.totals(session, _wanted(asked))


def _start(day: date | None) -> datetime | None:
    """Midnight of a day where the brand is."""
    return datetime.combine(day, time(), BRAND_ZONE) if day else None


def _who(row: Told) -> str:
    entry, names = row
    return (
        names.get(("person", entry.person_id), str(entry.person_id))
        if entry.person_id
        else gettext("the program")
    )


AUDIT = List[Told](
    page="admin.audit.index",
    export="admin.audit.export",
    title=_("Audit"),
    counted=lambda count: ngettext("%(num)s entry", "%(num)s entries", count),
    sort="-entry",
    find=_find,
    totals=_totals,
    filters=[
        Filter(
            key="event",
            words=_("What"),
            kind="choice",
            choices=lambda _session: spoken.choices(spoken.EVENT_KINDS),
        ),
        Filter(key="who", words=_("Who: name")),
        Filter(key="about", words=_("About whom: person or distributor")),
        Filter(
            key="subject",
            words=_("Object"),
            kind="choice",
            choices=lambda _session: spoken.choices(audited.SUBJECTS),
        ),
        Filter(key="since", words=_("From"), kind="day"),
        Filter(key="until", words=_("To"), kind="day"),
        Filter(key="person", kind="id"),
        Filter(key="object", kind="id"),
    ],
    columns=[
        Column(key="event", words=_("What"), value=lambda row: audited.event(row[0])),
        Column(key="subject", words=_("To what"), value=lambda row: audited.subject(*row), place="sheet"),
        Column(key="who", words=_("Who"), value=_who, look="nowrap"),
        Column(
            key="facts",
            words=_("What changed"),
            value=lambda row: audited.told(*row),
            look="meta",
        ),
        Column(
            key="origin", words=_("From where"), value=lambda row: audited.origin(row[0]), look="meta nowrap"
        ),
        Column(key="at", words=_("When"), value=lambda row: row[0].at, kind="instant", look="num meta"),
    ],
    no_match=Nothing(title=_("Nothing matches"), text=_("Try other days, or fewer filters.")),
)
