"""The list of distributors, described once for the page and the sheet."""

from flask import g, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from admin import spoken
from admin.choosing import REPS
from trade.actor import Permission
from trade.distributors import queries
from trade.distributors.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web.lists import Action, Asked, Column, Filter, List, Nothing


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(
        search=asked["q"],
        status=asked["status"],
        tier_id=int(asked["tier"]) if asked["tier"] else None,
        rep_id=int(asked["rep"]) if asked["rep"] else None,
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


def _tier(row: Row) -> str | None:
    return row.tier.name if row.tier else None


def _status(row: Row) -> str:
    """Active, unless its terms only come: it cannot order before."""
    if row.standing is None and row.distributor.status == "active":
        return gettext("From %(day)s on", day=row.begins) if row.begins else gettext("No terms yet")
    return spoken.status(row.distributor.status)[1]


def _reps(session: Session) -> list[tuple[int, str]]:
    found = queries.reps(session, g.actor)
    return found if len(found) > 1 else []


DISTRIBUTORS = List[Row](
    page="admin.distributors.index",
    export="admin.distributors.export",
    title=_("Distributors"),
    counted=lambda count: ngettext("%(num)s distributor", "%(num)s distributors", count),
    sort="name",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Name, code or pinyin initials")),
        Filter(
            key="status",
            words=_("Status"),
            kind="choice",
            choices=lambda _session: spoken.pairs(spoken.STATUSES),
        ),
        Filter(key="tier", words=_("Tier"), kind="choice", choices=queries.tiers),
        Filter(key="rep", words=_("Sales representative"), kind="choice", choices=_reps, suggestions=REPS),
    ],
    pick=lambda row: f"{row.distributor.id}-{row.distributor.version}",
    actions=[
        Action(
            endpoint="admin.distributors.reassignment_preview",
            words=_("Change rep, tier or territory"),
            permission=Permission.DISTRIBUTOR_EDIT,
            icon="users",
        )
    ],
    columns=[
        Column(
            key="code", words=_("Code"), value=lambda row: row.distributor.code, sort="code", place="sheet"
        ),
        Column(
            key="name",
            words=_("Distributor"),
            value=lambda row: row.distributor.name,
            sort="name",
            meta=lambda row: row.distributor.code,
            url=lambda row: url_for("admin.distributors.detail", distributor_id=row.distributor.id),
        ),
        Column(
            key="tier",
            words=_("Tier"),
            value=_tier,
            sort="tier",
        ),
        Column(
            key="channel",
            words=_("Channel"),
            value=lambda row: row.channel.name if row.channel else None,
            is_wide=True,
        ),
        Column(
            key="territory",
            words=_("Territory"),
            value=lambda row: row.territory.name if row.territory else None,
            sort="territory",
        ),
        Column(
            key="rep",
            words=_("Sales representative"),
            value=lambda row: row.rep_name or gettext("nobody yet"),
        ),
        Column(
            key="terms",
            words=_("Payment terms"),
            value=lambda row: spoken.terms(row.standing) if row.standing else "",
            place="sheet",
        ),
        Column(
            key="currency", words=_("Currency"), value=lambda row: row.distributor.currency, place="sheet"
        ),
        Column(
            key="phone",
            words=_("Phone"),
            value=lambda row: spoken.masked(row.distributor.phone, is_open=False),
            place="sheet",
        ),
        Column(
            key="status",
            words=_("Status"),
            value=_status,
            look="num",
        ),
    ],
    nothing=Nothing(
        icon="building-store",
        title=_("No distributors yet"),
        text=_("Your own distributors are listed here as soon as they are assigned to you."),
    ),
    no_match=Nothing(
        title=_("No distributor matches"), text=_("Try a part of the name, a code or initials.")
    ),
)
