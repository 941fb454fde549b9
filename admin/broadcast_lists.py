"""The lists of broadcasts: all of them, exactly who would be reached, who has read and confirmed."""

from flask import g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from admin.choosing import REPS
from trade.actor import Permission
from trade.broadcasts import audience, queries
from trade.broadcasts.audience import Audience, Reached
from trade.broadcasts.queries import Figures, ListFilter, Receipt, ReceiptFilter, Row
from trade.broadcasts.recipients import SUBJECT
from trade.distributors.queries import reps
from trade.errors import Refused
from trade.windows import Page, Totals, Window
from web import broadcast_words as words
from web.lists import Asked, Column, Filter, List, Nothing

RECEIPT_STATES = (
    ("owing", _("Has not confirmed")),
    ("unread", _("Has not read")),
    ("read", _("Has read")),
    ("acknowledged", _("Has confirmed")),
    ("late", _("Confirmed late")),
)


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["kind"], asked["state"])


def _find(session: Session, asked: Asked, window: Window) -> Page[tuple[Row, Figures]]:
    page = queries.listing(session, g.actor, _wanted(asked), window)
    known = queries.figures(session, g.actor, [row.broadcast.id for row in page.rows])
    return page.of([(row, known.get(row.broadcast.id, Figures())) for row in page.rows])


def _whom(session: Session, asked: Asked) -> Audience:
    """The audience of the broadcast that the address names, within reach."""
    if asked["broadcast"] is None:
        return Audience()
    found = queries.get_for(session, g.actor, asked["broadcast"])
    return audience.of(session, SUBJECT, found.id, is_everyone=found.is_everyone)


def _receipts(session: Session, asked: Asked, window: Window) -> Page[Receipt]:
    _refuse_stranger(session, asked)
    return queries.receipts(session, g.actor, asked["broadcast"] or 0, _receipt_filter(asked), window)


def _receipt_totals(session: Session, asked: Asked) -> Totals:
    _refuse_stranger(session, asked)
    return queries.receipt_totals(session, g.actor, asked["broadcast"] or 0, _receipt_filter(asked))


def _refuse_stranger(session: Session, asked: Asked) -> None:
    if asked["broadcast"] is not None and queries.get_for(session, g.actor, asked["broadcast"]) is None:
        raise Refused("broadcast.not_found")


def _receipt_filter(asked: Asked) -> ReceiptFilter:
    return ReceiptFilter(asked["q"], asked["state"], int(asked["rep"]) if asked["rep"] else None)


def _confirmed(row: tuple[Row, Figures]) -> str:
    found, known = row[0].broadcast, row[1]
    return (
        "" if found.demand == "none" or not known.recipients else f"{known.acknowledged} / {known.recipients}"
    )


BROADCASTS = List[tuple[Row, Figures]](
    page="admin.broadcasts.index",
    export="admin.broadcasts.export",
    title=_("Broadcasts"),
    counted=lambda count: ngettext("%(num)s broadcast", "%(num)s broadcasts", count),
    sort="-broadcast",
    find=_find,
    totals=lambda session, asked: queries.totals(session, g.actor, _wanted(asked)),
    filters=[
        Filter(key="q", words=_("Title or text")),
        Filter(key="kind", words=_("Kind"), kind="choice", choices=lambda _session: words.KINDS.items()),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [
                ("owing", _("Not confirmed by all")),
                *((key, said) for key, (_tone, said) in words.STATES.items()),
                ("archived", _("Expired")),
            ],
        ),
    ],
    columns=[
        Column(
            key="title",
            words=_("Title"),
            value=lambda row: row[0].broadcast.title,
            meta=lambda row: row[0].broadcast.number or "",
            url=lambda row: url_for("admin.broadcasts.detail", broadcast_id=row[0].broadcast.id),
        ),
        Column(key="kind", words=_("Kind"), value=lambda row: str(words.KINDS[row[0].broadcast.kind])),
        Column(key="state", words=_("State"), value=lambda row: str(words.state(row[0].broadcast)[1])),
        Column(
            key="published",
            words=_("Published at"),
            value=lambda row: row[0].broadcast.published_at or row[0].broadcast.publish_at,
            kind="instant",
            sort="published",
            look="nowrap",
        ),
        Column(
            key="by",
            words=_("To be confirmed by"),
            value=lambda row: row[0].broadcast.acknowledge_by,
            kind="day",
            sort="by",
            is_labelled=True,
            look="nowrap",
        ),
        Column(key="author", words=_("Written by"), value=lambda row: row[0].author or "", is_wide=True),
        Column(
            key="recipients",
            words=_("Distributors"),
            value=lambda row: row[1].recipients or None,
            kind="whole",
            is_labelled=True,
        ),
        Column(
            key="read",
            words=_("Read"),
            value=lambda row: row[1].read if row[1].recipients else None,
            kind="whole",
            is_labelled=True,
        ),
        Column(key="confirmed", words=_("Confirmed"), value=_confirmed, is_labelled=True, look="num"),
    ],
    nothing=Nothing(
        icon="speakerphone",
        title=_("No broadcasts yet"),
        text=_("What you write here goes to the distributors you choose, and you see who has read it."),
    ),
    no_match=Nothing(title=_("No broadcast matches"), text=_("Try a part of the title, or fewer filters.")),
)
AUDIENCE = List[Reached](
    page="admin.broadcasts.audience",
    export="admin.broadcasts.audience_export",
    title=_("Audience of a broadcast"),
    counted=lambda count: ngettext("%(num)s distributor", "%(num)s distributors", count),
    sort="name",
    find=lambda session, asked, window: audience.listing(
        session, g.actor, _whom(session, asked), asked["q"], window
    ),
    totals=lambda session, asked: audience.totals(session, g.actor, _whom(session, asked), asked["q"]),
    filters=[Filter(key="q", words=_("Code or name")), Filter(key="broadcast", kind="id")],
    columns=[
        Column(
            key="name",
            words=_("Distributor"),
            value=lambda row: row.distributor.name,
            meta=lambda row: row.distributor.code,
            sort="name",
        ),
        Column(key="tier", words=_("Tier"), value=lambda row: row.tier or ""),
        Column(key="territory", words=_("Territory"), value=lambda row: row.territory or ""),
        Column(key="channel", words=_("Channel"), value=lambda row: row.channel or ""),
    ],
    nothing=Nothing(icon="users", title=_("Nobody"), text=_("Within your reach it would reach nobody.")),
)
RECEIPTS = List[Receipt](
    page="admin.broadcasts.receipts",
    export="admin.broadcasts.receipts_export",
    title=_("Who has read and confirmed"),
    counted=lambda count: ngettext("%(num)s distributor", "%(num)s distributors", count),
    sort="name",
    find=_receipts,
    totals=_receipt_totals,
    filters=[
        Filter(key="q", words=_("Code or name")),
        Filter(key="state", words=_("State"), kind="choice", choices=lambda _session: RECEIPT_STATES),
        Filter(
            key="rep",
            words=_("Sales rep"),
            kind="choice",
            choices=lambda session: reps(session, g.actor),
            suggestions=REPS,
        ),
        Filter(key="broadcast", kind="id"),
    ],
    columns=[
        Column(
            key="name",
            words=_("Distributor"),
            value=lambda row: row.distributor.name,
            meta=lambda row: row.distributor.code,
            sort="name",
        ),
        Column(key="rep", words=_("Sales rep"), value=lambda row: row.rep or "", is_wide=True),
        Column(
            key="contact",
            words=_("Contact person"),
            value=lambda row: row.distributor.contact_name or "",
            place="sheet",
        ),
        Column(
            key="phone",
            words=_("Phone"),
            value=lambda row: row.distributor.phone or "",
            place="sheet",
            permission=Permission.PHONE_READ,
        ),
        Column(
            key="read", words=_("First read at"), value=lambda row: row.read_at, kind="instant", sort="read"
        ),
        Column(key="reader", words=_("First read by"), value=lambda row: row.reader or "", is_labelled=True),
        Column(key="readers", words=_("Readers"), value=lambda row: row.readers, kind="whole", is_wide=True),
        Column(
            key="reminded",
            words=_("Last reminded"),
            value=lambda row: row.reminded_on,
            kind="day",
            is_labelled=True,
        ),
        Column(key="reminders", words=_("Reminders"), value=lambda row: row.reminders, place="sheet"),
        Column(
            key="acknowledger",
            words=_("Confirmed by"),
            value=lambda row: row.acknowledger or "",
            is_labelled=True,
        ),
        Column(
            key="acknowledged",
            words=_("Confirmed at"),
            value=lambda row: row.acknowledged_at,
            kind="instant",
            sort="acknowledged",
        ),
        Column(
            key="late",
            words=_("Late"),
            value=lambda row: _("late") if row.is_late else "",
            place="sheet",
        ),
        Column(key="remind", words=_("Remind"), value=lambda row: "", place="page"),
    ],
    nothing=Nothing(icon="users", title=_("Nobody"), text=_("Within your reach nobody has received it.")),
)
