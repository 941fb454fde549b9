"""Opportunities (商机) with the company's own customers: stages, next steps, follow-ups, quotations."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.opportunity_forms import ContactForm, FactsForm, LossForm, OpportunityForm, StageForm
from trade import clock
from trade.actor import Permission
from trade.db import read, run
from trade.errors import Refused
from trade.flows.change_opportunity import (
    Facts,
    Loss,
    Step,
    edit_opportunity,
    lose_opportunity,
    move_opportunity,
)
from trade.flows.follow_up_opportunity import Contact, follow_up_opportunity
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.money import rounded
from trade.opportunities import forecast, queries, rules, states
from trade.opportunities.queries import ListFilter, Row
from trade.registrations import ending
from trade.registrations import queries as registrations
from trade.registrations.following import FollowUp
from trade.windows import Page, Totals, Window
from web import opportunity_views, opportunity_words, registration_words
from web.access import requires
from web.answer import go, render, say, show, tell
from web.forms import Form
from web.lists import Asked, Column, Filter, List, Listed, Nothing
from web.registration_words import sent_files

bp = Blueprint("opportunities", __name__)
MAY = Permission.OPPORTUNITY_WORK
WAYS = ("stage", "age", "when")  # of a forecast: it has one company and one territory


def _wanted(given: Asked) -> ListFilter:
    return ListFilter(
        given["q"],
        given.get("stage", ""),
        age=int(given["age"]) if given.get("age") else None,
        when=given.get("when", ""),
        reached=given.get("reached", ""),
        is_due=given["due"],
    )


def _find(session: Session, given: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(given), window)


def _totals(session: Session, given: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(given))


OPPORTUNITIES = List[Row](
    page="portal.opportunities.index",
    title=_("Opportunities"),
    counted=lambda count: ngettext("%(num)s opportunity", "%(num)s opportunities", count),
    sort="-opportunity",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Customer, number or subject")),
        opportunity_views.STAGE,
        opportunity_views.DUE,
        opportunity_views.AGE,
        opportunity_views.WHEN,
        opportunity_views.REACHED,
    ],
    columns=[Column(key="name", words=_("Customer"), value=lambda row: row.customer)],
    nothing=Nothing(
        icon="chart-bar",
        title=_("No opportunities yet"),
        text=_("Open one on the page of a registered customer."),
    ),
    no_match=Nothing(title=_("No opportunity matches"), text=_("Try a part of the name, or another stage.")),
)


BOARD = replace(
    OPPORTUNITIES,
    page="portal.opportunities.board",
    filters=[OPPORTUNITIES.filters[0], opportunity_views.DUE],
    find=lambda _session, _given, _window: Page[Row](()),
)
FORECAST = replace(
    BOARD, page="portal.opportunities.outlook", filters=[*BOARD.filters, opportunity_views.by(*WAYS)]
)


@bp.get("/opportunities")
@requires(MAY)
def index() -> Response:
    with read() as session:
        return _view(session, OPPORTUNITIES.open(session), "opportunities", today=clock.today())


@bp.get("/opportunities/board")
@requires(MAY)
def board() -> Response:
    """The open ones by stage, those whose next step comes first on top; one tap moves one on."""
    with read() as session:
        listed = BOARD.open(session)
        columns = forecast.board(session, g.actor, _wanted(listed.asked))
        after = dict(pairwise(rules.STAGES))
        return _view(session, listed, "board", columns=columns, today=clock.today(), after=after)


@bp.get("/opportunities/forecast")
@requires(MAY)
def outlook() -> Response:
    """What is open, weighted by stage as the brand weighs it; and how far all came."""
    with read() as session:
        listed = FORECAST.open(session)
        told = forecast.outlook(session, g.actor, listed.asked["by"] or "stage", _wanted(listed.asked))
        return _view(session, listed, "forecast", told=told)


def _view(session: Session, listed: Listed, name: str, **context: Any) -> Response:
    views = {OPPORTUNITIES.page: _("List"), BOARD.page: _("Board"), FORECAST.page: _("Funnel and forecast")}
    shown = opportunity_views.frame(listed, BOARD, views) | context
    return render(session, f"portal/opportunities/{name}.html", name, **shown)


@bp.get("/registrations/<id:registration_id>/opportunities/new")
@requires(MAY)
def new(registration_id: int) -> Response:
    with read() as session:
        found = registrations.get_for(session, g.actor, registration_id)
        preset: dict[str, Any] = {"key": secrets.token_urlsafe(16), "subject": found.project or found.name}
        if found.expected_amount:
            preset["amount"] = rounded(found.expected_amount)
        if found.expected_on and found.expected_on >= clock.today():
            preset["expected_on"] = found.expected_on
        return _form(session, registration_id, OpportunityForm(data=preset))


@bp.post("/registrations/<id:registration_id>/opportunities")
@requires(MAY)
def creation(registration_id: int) -> Response:
    form = OpportunityForm(request.form)
    if form.validate():
        given = NewOpportunity(
            registration_id,
            form.key.data,
            form.subject.data,
            form.amount.data,
            form.expected_on.data,
            form.next_step.data or "",
            form.next_on.data,
        )
        try:
            opened = run(open_opportunity, g.actor, given)
            say(gettext("Opportunity opened"))
            return go(url_for(".detail", opportunity_id=opened))
        except Refused as refusal:
            tell(form, refusal)
    with read() as session:
        return _form(session, registration_id, form)


@bp.get("/opportunities/<id:opportunity_id>")
@requires(MAY)
def detail(opportunity_id: int) -> Response:
    with read() as session:
        return _show(session, opportunity_id)


@bp.post("/opportunities/<id:opportunity_id>/stage")
@requires(MAY)
def stage(opportunity_id: int) -> Response:
    form = StageForm(request.form)

    def given() -> Step:
        return Step(opportunity_id, form.version.data, form.stage.data)

    if request.args.get("back") != "board":
        return _deed(opportunity_id, "stage", form, move_opportunity, given, gettext("Stage changed"))
    kept = BOARD.plain(request.args)
    back = url_for(".board", **kept, _anchor=f"opportunity-{opportunity_id}")
    return _deed(opportunity_id, "stage", form, move_opportunity, given, gettext("Stage changed"), back)


@bp.post("/opportunities/<id:opportunity_id>/facts")
@requires(MAY)
def facts(opportunity_id: int) -> Response:
    form = FactsForm(request.form)

    def given() -> Facts:
        return Facts(
            opportunity_id,
            form.version.data,
            form.subject.data,
            form.amount.data,
            form.expected_on.data,
            form.next_step.data or "",
            form.next_on.data,
        )

    return _deed(opportunity_id, "facts", form, edit_opportunity, given, gettext("Saved"))


@bp.post("/opportunities/<id:opportunity_id>/follow-ups")
@requires(MAY)
def follow_ups(opportunity_id: int) -> Response:
    """What was done; it counts for the protection of the customer too."""
    form = ContactForm(request.form)

    def given() -> Contact:
        told = FollowUp(
            0,
            form.kind.data,
            form.day.data,
            form.words.data,
            form.next_step.data or "",
            form.next_on.data,
            sent_files(),
        )
        return Contact(opportunity_id, told)

    return _deed(opportunity_id, "follow", form, follow_up_opportunity, given, gettext("Written down"))


@bp.post("/opportunities/<id:opportunity_id>/loss")
@requires(MAY)
def loss(opportunity_id: int) -> Response:
    form = LossForm(request.form)

    def given() -> Loss:
        return Loss(opportunity_id, form.version.data, form.reason.data, form.words.data or "")

    return _deed(opportunity_id, "lose", form, lose_opportunity, given, gettext("Closed as lost"))


def _form(session: Session, registration_id: int, form: OpportunityForm) -> Response:
    found = registrations.get_for(session, g.actor, registration_id)
    return render(
        session,
        "portal/opportunities/new.html",
        "new",
        status=422 if form.errors else 200,
        form=form,
        registration=found,
    )


def _deed(
    opportunity_id: int,
    name: str,
    form: Form,
    flow: Callable[[Session, Any, Any], Any],
    given: Callable[[], Any],
    said: str,
    back: str = "",
) -> Response:
    """One of the page's forms: done, or the page with what is wrong."""
    if form.validate():
        try:
            run(flow, g.actor, given())
            say(said)
            return go(back or url_for(".detail", opportunity_id=opportunity_id))
        except Refused as refusal:
            tell(form, refusal)
    with read() as session:
        return _show(session, opportunity_id, **{name: form})


def _show(session: Session, opportunity_id: int, **refused: Form) -> Response:
    found = queries.get_for(session, g.actor, opportunity_id)
    registration = registrations.get_for(session, g.actor, found.registration_id)
    figures, today = queries.figures(session), clock.today()
    facts = {
        "version": found.version,
        "subject": found.subject,
        "amount": rounded(found.amount),
        "expected_on": found.expected_on,
        "next_step": found.next_step,
        "next_on": found.next_on,
    }
    return show(
        session,
        "portal/opportunities/opportunity.html",
        "opportunity",
        url_for(".detail", opportunity_id=opportunity_id),
        next(iter(refused.values()), None),
        found=found,
        registration=registration,
        percent=figures.percents.get(found.stage),
        is_stale=found.closed_on is None and rules.is_stale(found.followed_on, found.next_on, today, figures),
        is_in_force=ending.is_held(session, registration, today),
        today=today,
        words=opportunity_words,
        spoken=registration_words,
        stages=rules.STAGES,
        may=lambda action: states.allows(found, action),
        offers=queries.offers_of(session, found),
        told=registrations.follow_ups_of(session, registration),
        events=queries.events_of(session, found),
        facts=refused.get("facts") or FactsForm(data=facts),
        follow=refused.get("follow") or ContactForm(data={"day": today, "kind": "visit"}),
        lose=refused.get("lose") or LossForm(data={"version": found.version}),
        opened=next(iter(refused), ""),
    )
