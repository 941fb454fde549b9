"""The list of imports: who brought in what, and what came of it."""

from typing import Any

from flask import g, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from admin import import_words
from trade.imports import uploads
from trade.imports.uploads import ListFilter, Row
from trade.windows import Page, Totals, Window
from web.lists import Asked, Column, Filter, List, Nothing


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["kind"], asked["state"], asked["since"], asked["until"])


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return uploads.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return uploads.totals(session, g.actor, _wanted(asked))


def _kinds(session: Session) -> list[tuple[str, Any]]:
    return [(kind, import_words.KINDS[kind][0]) for kind in uploads.kinds_of(g.actor)]


def _states(session: Session) -> list[tuple[str, Any]]:
    return [(state, found) for state, (_tone, found) in import_words.STATES.items()]


def _outcome(row: Row) -> str:
    written = row.upload.counts.get("written")
    if not written:
        return ""
    told = gettext(
        "%(new)s new, %(changed)s changed", new=written.get("new", 0), changed=written.get("changed", 0)
    )
    if skipped := written.get("skipped", 0):
        return ", ".join((told, gettext("%(count)s left out", count=skipped)))
    return told


IMPORTS = List[Row](
    page="admin.imports.index",
    export="admin.imports.export",
    title=_("Imports"),
    counted=lambda count: ngettext("%(num)s import", "%(num)s imports", count),
    sort="-upload",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("File name")),
        Filter(key="kind", words=_("Kind"), kind="choice", choices=_kinds),
        Filter(key="state", words=_("State"), kind="choice", choices=_states),
        Filter(key="since", words=_("From"), kind="day"),
        Filter(key="until", words=_("To"), kind="day"),
    ],
    columns=[
        Column(
            key="name",
            words=_("File"),
            value=lambda row: row.upload.name,
            meta=lambda row: import_words.KINDS[row.upload.kind][0],
            url=lambda row: url_for("admin.imports.detail", upload_id=row.upload.id),
        ),
        Column(
            key="kind",
            words=_("Kind"),
            value=lambda row: import_words.KINDS[row.upload.kind][0],
            place="sheet",
        ),
        Column(key="person", words=_("By"), value=lambda row: row.person_name or "", look="meta"),
        Column(
            key="at",
            words=_("Uploaded"),
            value=lambda row: row.upload.created_at,
            kind="instant",
            sort="upload",
            look="meta",
        ),
        Column(
            key="rows",
            words=_("Rows"),
            value=lambda row: row.upload.rows,
            kind="whole",
            sort="rows",
            is_labelled=True,
        ),
        Column(
            key="bad",
            words=_("Bad rows"),
            value=lambda row: row.upload.bad,
            kind="whole",
            sort="bad",
            is_labelled=True,
        ),
        Column(key="outcome", words=_("Outcome"), value=_outcome, is_wide=True),
        Column(key="state", words=_("State"), value=lambda row: import_words.STATES[row.upload.state][1]),
    ],
    nothing=Nothing(
        icon="file-upload",
        title=_("Nothing was imported yet"),
        text=_("Choose a kind above; its template shows what a file looks like."),
    ),
    no_match=Nothing(title=_("No import matches"), text=_("Try a part of the file name, or fewer filters.")),
)
