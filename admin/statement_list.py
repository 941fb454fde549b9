"""The list of statements, described once for the page and the sheet."""

from datetime import date

from flask import g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from admin.choosing import REPS
from trade.actor import Permission
from trade.distributors import queries as distributors
from trade.statements import queries
from trade.statements.queries import ListFilter, Row
from trade.windows import Page, Totals, Window
from web import stated
from web.lists import Action, Asked, Column, Filter, List, Nothing


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(
        search=asked["q"],
        month=date.fromisoformat(asked["month"]) if asked["month"] else None,
        state=asked["state"],
        rep_id=int(asked["rep"]) if asked["rep"] else None,
        is_late=bool(asked["late"]),
        distributor_id=asked["distributor"],
    )


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(asked))


def _months(session: Session) -> list[tuple[str, str]]:
    return [(each.isoformat(), stated.month(each)) for each in queries.months(session)]


STATEMENTS = List[Row](
    page="admin.statements.index",
    export="admin.statements.export",
    title=_("Statements"),
    counted=lambda count: ngettext("%(num)s statement", "%(num)s statements", count),
    sort="-month",
    find=_find,
    totals=_totals,
    pick=lambda row: f"{row.statement.id}-{row.statement.version}",
    actions=[
        Action(
            endpoint="admin.papers.submission",
            words=_("Print the statements"),
            permission=Permission.STATEMENT_READ,
            icon="printer",
            args={"kind": "statement"},
        )
    ],
    filters=[
        Filter(key="q", words=_("Number or distributor")),
        Filter(key="month", words=_("Month"), kind="choice", choices=_months),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [(state, words) for state, (_tone, words) in stated.STATES.items()],
        ),
        Filter(
            key="rep",
            words=_("Sales representative"),
            kind="choice",
            choices=lambda session: distributors.reps(session, g.actor),
            suggestions=REPS,
        ),
        Filter(key="late", words=_("Only those whose day is over"), kind="flag"),
        Filter(key="distributor", kind="id"),
    ],
    columns=[
        Column(key="number", words=_("Statement"), value=lambda row: row.statement.number, place="sheet"),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
            meta=lambda row: row.statement.number,
            url=lambda row: url_for("admin.statements.detail", statement_id=row.statement.id),
        ),
        Column(
            key="month",
            words=_("Month"),
            value=lambda row: stated.month(row.statement.first_day),
            sort="month",
            look="nowrap",
        ),
        Column(
            key="opening",
            words=_("Opening balance"),
            value=lambda row: row.statement.opening,
            kind="money",
            currency=lambda row: row.statement.currency,
            is_wide=True,
        ),
        Column(
            key="increase",
            words=_("Increase"),
            value=lambda row: row.statement.increase,
            kind="money",
            currency=lambda row: row.statement.currency,
            is_wide=True,
            is_summed=True,
        ),
        Column(
            key="decrease",
            words=_("Decrease"),
            value=lambda row: row.statement.decrease,
            kind="money",
            currency=lambda row: row.statement.currency,
            is_wide=True,
            is_summed=True,
        ),
        Column(
            key="state", words=_("State"), value=lambda row: stated.badge(row.statement)[1], look="nowrap"
        ),
        Column(
            key="closing",
            words=_("Closing balance"),
            value=lambda row: row.statement.closing,
            kind="money",
            currency=lambda row: row.statement.currency,
            sort="closing",
            look="strong",
        ),
    ],
    nothing=Nothing(
        icon="receipt",
        title=_("No statements yet"),
        text=_("They are made for a month that is over, for every account in which something stood."),
    ),
    no_match=Nothing(title=_("No statement matches"), text=_("Try fewer filters.")),
)
