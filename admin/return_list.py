"""The list of returns, described once for the page and the sheet."""

from flask import g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from trade.actor import Permission
from trade.returns import queries
from trade.returns.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web import returned
from web.lists import PERIOD, Action, Asked, Column, Filter, List, Nothing


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(
        search=asked["q"],
        state=asked["state"],
        reason_id=int(asked["reason"]) if asked["reason"] else None,
        distributor_id=asked["distributor"],
        since=asked["since"],
        until=asked["until"],
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


def _reasons(session: Session) -> list[tuple[int, str]]:
    return [(each.id, returned.reason_name(each.name)) for each in queries.reasons(session)]


RETURNS = List[Row](
    page="admin.returns.index",
    export="admin.returns.export",
    title=_("Returns"),
    counted=lambda count: ngettext("%(num)s return", "%(num)s returns", count),
    sort="-asked",
    find=_find,
    totals=_totals,
    pick=lambda row: f"{row.request.id}-{row.request.version}",
    actions=[
        Action(
            endpoint="admin.papers.submission",
            words=_("Print the return notes"),
            permission=Permission.RETURN_READ,
            icon="printer",
            args={"kind": "return"},
        )
    ],
    filters=[
        Filter(key="q", words=_("Return, order or distributor")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [(state, said) for state, (_tone, said) in returned.STATES.items()],
        ),
        Filter(key="reason", words=_("Reason"), kind="choice", choices=_reasons),
        *PERIOD,
        Filter(key="distributor", kind="id"),
    ],
    columns=[
        Column(key="number", words=_("Return"), value=lambda row: row.request.number, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            meta=lambda row: row.request.number,
            url=lambda row: url_for("admin.returns.detail", return_id=row.request.id),
        ),
        Column(key="state", words=_("State"), value=lambda row: returned.badge(row.request)[1]),
        Column(key="reason", words=_("Reason"), value=lambda row: returned.reason_name(row.reason.name)),
        Column(key="goods", words=_("Goods"), value=lambda row: row.first_name, is_wide=True, look="meta"),
        Column(
            key="order", words=_("Order"), value=lambda row: row.order_number, is_wide=True, look="nowrap"
        ),
        Column(
            key="asked",
            words=_("Asked on"),
            value=lambda row: row.request.created_at,
            kind="instant",
            sort="asked",
            look="num meta",
        ),
        Column(
            key="gross",
            words=_("Credited"),
            value=lambda row: row.request.gross,
            kind="money",
            currency=lambda row: row.request.currency,
            sort="gross",
            look="strong",
            is_summed=True,
        ),
        Column(key="currency", words=_("Currency"), value=lambda row: row.request.currency, place="sheet"),
    ],
    nothing=Nothing(
        icon="truck-return",
        title=_("No returns yet"),
        text=_("What distributors give back or report as missing is listed here."),
    ),
    no_match=Nothing(title=_("No return matches"), text=_("Try a part of the name, or fewer filters.")),
)
