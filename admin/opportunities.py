"""Opportunities of the distributors within reach: board, list, funnel and forecast, one with its story."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.choosing import DISTRIBUTORS
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.distributors import territories
from trade.opportunities import forecast, queries, rules
from trade.opportunities.queries import ListFilter, Row
from trade.registrations import queries as registrations
from trade.windows import Page, Totals, Window
from web import asked, opportunity_views, opportunity_words, registration_words
from web.access import requires
from web.answer import render
from web.lists import Asked, Column, Filter, List, Listed, Nothing

bp = Blueprint("opportunities", __name__)
MAY = Permission.OPPORTUNITY_READ


def _wanted(given: Asked) -> ListFilter:
    return ListFilter(
        given["q"],
        given["stage"],
        given["distributor"],
        _territory(given["territory"]),
        int(given["age"]) if given["age"] else None,
        given["when"],
        given["reached"],
        is_due=given["due"],
        is_stale=given["stale"],
        is_alone=given["alone"],
        since=given["since"],
        until=given["until"],
    )


def _territory(said: str) -> int | None:
    """The id of a territory; "none" asks for distributors without one, which the query calls 0."""
    return 0 if said == "none" else asked.whole(said)


def _find(session: Session, given: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(given), window)


def _totals(session: Session, given: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(given))


OPPORTUNITIES = List[Row](
    page="admin.opportunities.index",
    export="admin.opportunities.export",
    title=_("Opportunities"),
    counted=lambda count: ngettext("%(num)s opportunity", "%(num)s opportunities", count),
    sort="-opportunity",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Customer, number, subject or distributor")),
        opportunity_views.STAGE,
        Filter(key="distributor", words=_("Distributor"), kind="one", finder=DISTRIBUTORS),
        Filter(
            key="territory",
            words=_("Territory"),
            kind="choice",
            choices=lambda session: [
                *territories.on_offer(session, with_archived=True),
                ("none", _("Without a territory")),
            ],
        ),
        opportunity_views.AGE,
        opportunity_views.WHEN,
        Filter(key="since", words=_("Expected from"), kind="day"),
        Filter(key="until", words=_("Expected to"), kind="day"),
        opportunity_views.REACHED,
        opportunity_views.DUE,
        Filter(key="stale", words=_("Nothing done for long"), kind="flag"),
        Filter(key="alone", words=_("Only the territory itself"), kind="flag"),
    ],
    columns=[
        Column(
            key="name",
            words=_("Customer"),
            value=lambda row: row.customer,
            url=lambda row: url_for("admin.opportunities.detail", opportunity_id=row.opportunity.id),
            meta=lambda row: row.opportunity.number,
        ),
        Column(
            key="stage",
            words=_("Stage"),
            value=lambda row: opportunity_words.standing(row.opportunity)[1],
        ),
        Column(
            key="subject",
            words=_("What it is about"),
            value=lambda row: row.opportunity.subject,
            is_wide=True,
        ),
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor_name,
            sort="distributor",
        ),
        Column(key="territory", words=_("Territory"), value=lambda row: row.territory or "", is_wide=True),
        Column(key="person", words=_("Opened by"), value=lambda row: row.person_name or "", place="sheet"),
        Column(
            key="opened",
            words=_("Opened on"),
            value=lambda row: row.opportunity.opened_on,
            kind="day",
            sort="opened",
            is_wide=True,
        ),
        Column(
            key="next",
            words=_("Next step"),
            value=lambda row: row.opportunity.next_on,
            kind="day",
            sort="next",
            is_wide=True,
        ),
        Column(
            key="step",
            words=_("Next step in words"),
            value=lambda row: row.opportunity.next_step,
            place="sheet",
        ),
        Column(
            key="lost",
            words=_("Why it was lost"),
            value=lambda row: (
                opportunity_words.reason(row.opportunity) if row.opportunity.lost_reason else ""
            ),
            place="sheet",
        ),
        Column(
            key="expected",
            words=_("Order expected"),
            value=lambda row: row.opportunity.expected_on,
            kind="day",
            sort="expected",
        ),
        Column(
            key="amount",
            words=_("Expected amount, of a won one its order's"),
            value=lambda row: row.opportunity.amount,
            kind="money",
            currency=lambda row: row.opportunity.currency,
            sort="amount",
            is_summed=True,
            sum_words=opportunity_views.summed,
        ),
    ],
    nothing=Nothing(
        icon="chart-bar",
        title=_("No opportunities yet"),
        text=_("Distributors open them on their registered customers in the portal."),
    ),
    no_match=Nothing(title=_("No opportunity matches"), text=_("Try a part of the name, or another stage.")),
)


BOARD = replace(
    OPPORTUNITIES,
    page="admin.opportunities.board",
    title=_("Board of opportunities"),
    columns=(),
    find=lambda _session, _given, _window: Page[Row](()),
)
FORECAST = replace(
    BOARD,
    page="admin.opportunities.outlook",
    title=_("Funnel and forecast"),
    filters=[
        *OPPORTUNITIES.filters,
        opportunity_views.by(*forecast.WAYS),
    ],
)


@bp.get("/opportunities")
@requires(MAY)
def index() -> Response:
    with read() as session:
        return _show(session, OPPORTUNITIES.open(session), "opportunities")


@bp.post("/opportunities/export")
@requires(MAY)
def export() -> Response:
    return OPPORTUNITIES.export_sheet()


@bp.get("/opportunities/board")
@requires(MAY)
def board() -> Response:
    """By stage, those whose next step comes first on top; the rest is in the list."""
    with read() as session:
        listed = BOARD.open(session)
        columns = forecast.board(session, g.actor, _wanted(listed.asked))
        return _show(session, listed, "board", columns=columns, today=clock.today())


@bp.get("/opportunities/forecast")
@requires(MAY)
def outlook() -> Response:
    """What is open, weighted by stage, by one of five ways; and how far all came."""
    with read() as session:
        listed = FORECAST.open(session)
        told = forecast.outlook(session, g.actor, listed.asked["by"] or "stage", _wanted(listed.asked))
        return _show(session, listed, "forecast", told=told)


def _show(session: Session, listed: Listed, name: str, **context: Any) -> Response:
    """One of the views of the same opportunities; the filters go from one to the other."""
    views = {OPPORTUNITIES.page: _("List"), BOARD.page: _("Board"), FORECAST.page: FORECAST.title}
    shown = opportunity_views.frame(listed, OPPORTUNITIES, views) | context
    return render(session, f"admin/opportunities/{name}.html", name, **shown)


@bp.get("/opportunities/<id:opportunity_id>")
@requires(MAY)
def detail(opportunity_id: int) -> Response:
    """Where it stands and what was done; what the distributor offers its customer is its own matter but for the sum."""
    with read() as session:
        found = queries.get_for(session, g.actor, opportunity_id)
        registration = registrations.get_for(session, g.actor, found.registration_id)
        figures, today = queries.figures(session), clock.today()
        return render(
            session,
            "admin/opportunities/opportunity.html",
            "opportunity",
            found=found,
            registration=registration,
            distributor_name=queries.distributor_name(session, found.distributor_id),
            percent=figures.percents.get(found.stage),
            is_stale=found.closed_on is None
            and rules.is_stale(found.followed_on, found.next_on, today, figures),
            today=today,
            words=opportunity_words,
            spoken=registration_words,
            offers=queries.offers_of(session, found),
            told=registrations.follow_ups_of(session, registration),
            events=queries.events_of(session, found),
        )
