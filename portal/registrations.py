"""Customers that the company registered (客户报备): reporting one, its clock, follow-ups, prolonging, appeals."""

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.registration_forms import (
    AppealForm,
    CustomerForm,
    FollowUpForm,
    ReasonForm,
    customer_of,
    extension_form,
    preset_of,
)
from trade import clock
from trade.actor import Permission
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read, run
from trade.distributors import regions
from trade.distributors.queries import status_of, terms_of
from trade.errors import Refused
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.extend_registration import Extension, extend_registration
from trade.flows.follow_up_registration import FollowUp, follow_up_registration
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.register_customer import NewRegistration, flaws, register_customer
from trade.flows.release_registration import (
    Release,
    SeenRegistration,
    release_registration,
    withdraw_registration,
)
from trade.opportunities import queries as opportunities
from trade.registrations import appealing, checking, ending, lapsing, queries, rules, states
from trade.registrations.intake import Answer
from trade.registrations.likely import Reported
from trade.registrations.models import Registration
from trade.registrations.queries import ListFilter, Row
from trade.registrations.rules import Figures
from trade.windows import Page, Totals, Window
from web import asked, opportunity_words, registration_words
from web.access import requires
from web.answer import attempt, go, render, say, show, tell
from web.downloads import answer_file
from web.forms import Form, VersionForm
from web.lists import Asked, Column, Filter, List, Nothing
from web.registration_words import sent_files

bp = Blueprint("registrations", __name__)
MAY = Permission.REGISTRATION_SUBMIT


def _wanted(given: Asked) -> ListFilter:
    return ListFilter(
        given["q"], given["state"], distributor_id=g.actor.distributor_id, is_near=given["near"]
    )


def _find(session: Session, given: Asked, window: Window) -> Page[Row]:
    return queries.listing(session, g.actor, _wanted(given), window)


def _totals(session: Session, given: Asked) -> Totals:
    return queries.totals(session, g.actor, _wanted(given))


REGISTRATIONS = List[Row](
    page="portal.registrations.index",
    title=_("Customer registrations"),
    counted=lambda count: ngettext("%(num)s registration", "%(num)s registrations", count),
    sort="lapse",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Customer, number or credit code")),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [
                (code, said) for code, (_tone, said) in registration_words.STATES.items()
            ],
        ),
        Filter(key="near", words=_("About to lapse"), kind="flag"),
    ],
    columns=[Column(key="name", words=_("Customer"), value=lambda row: row.registration.name)],
    nothing=Nothing(
        icon="user-check",
        title=_("No customers registered yet"),
        text=_("Who reports a customer first is protected; the answer comes at once."),
    ),
    no_match=Nothing(title=_("No registration matches"), text=_("Try a part of the name, or another state.")),
)


@bp.get("/registrations")
@requires(MAY)
def index() -> Response:
    with read() as session:
        listed = REGISTRATIONS.open(session)
        terms = terms_of(session, g.actor.distributor_id, clock.today())
        figures = queries.figures(session)
        return render(
            session,
            "portal/registrations/registrations.html",
            "registrations",
            listed=listed,
            words=registration_words,
            today=clock.today(),
            awaited=ending.awaited(session, [row.registration for row in listed.rows]),
            company=terms.status,
            used=queries.used_of(session, g.actor.distributor_id),
            most=queries.cap_of(session, terms.tier_id, figures),
            figures=figures,
        )


@bp.get("/registrations/new")
@requires(MAY)
def new() -> Response:
    with read() as session:
        form = CustomerForm(data={"key": secrets.token_urlsafe(16), "kind": "company"})
        return _form(session, form, None)


@bp.get("/registrations/lookup")
@requires(MAY)
def lookup() -> Response:
    """Say while somebody types whether the customer is free; never who has it."""
    with read() as session:
        is_active = status_of(session, g.actor.distributor_id) == "active"
        found = checking.look(
            session,
            g.actor.distributor_id if is_active else None,
            asked.number("product_line"),
            asked.text("name")[:120],
            asked.text("credit_code")[:40],
            asked.text("phone")[:40],
        )
        page = "portal/registrations/lookup.html"
        return render(session, page, "lookup", found=found, words=registration_words)


@bp.post("/registrations")
@requires(MAY)
def creation() -> Response:
    return _send(None)


@bp.get("/registrations/<id:registration_id>/correction")
@requires(MAY)
def correction(registration_id: int) -> Response:
    """A draft, or what was sent back, with what was typed."""
    with read() as session:
        found = queries.get_for(session, g.actor, registration_id)
        if found.state != "draft":
            raise Refused("registration.not_found")
        return _form(session, CustomerForm(data=preset_of(found)), found)


@bp.post("/registrations/<id:registration_id>/correction")
@requires(MAY)
def resubmission(registration_id: int) -> Response:
    return _send(registration_id)


@bp.get("/registrations/<id:registration_id>")
@requires(MAY)
def detail(registration_id: int) -> Response:
    with read() as session:
        return _show(session, registration_id)


@bp.post("/registrations/<id:registration_id>/follow-ups")
@requires(MAY)
def follow_ups(registration_id: int) -> Response:
    form = FollowUpForm(request.form)

    def given() -> FollowUp:
        return FollowUp(
            registration_id,
            form.kind.data,
            form.day.data,
            form.words.data,
            form.next_step.data or "",
            form.next_on.data,
            sent_files(),
        )

    return _deed(registration_id, "follow", form, follow_up_registration, given, gettext("Written down"))


@bp.post("/registrations/<id:registration_id>/extensions")
@requires(MAY)
def extensions(registration_id: int) -> Response:
    with read() as session:
        form = extension_form(queries.figures(session), request.form)

    def given() -> Extension:
        return Extension(registration_id, form.version.data, form.days.data, form.words.data, sent_files())

    return _deed(registration_id, "extend", form, extend_registration, given, gettext("Protection prolonged"))


@bp.post("/registrations/<id:registration_id>/appeal")
@requires(MAY)
def appeal(registration_id: int) -> Response:
    form = AppealForm(request.form)

    def given() -> Appeal:
        return Appeal(registration_id, form.version.data, form.reason.data, sent_files())

    said = gettext("Sent; a person of the brand decides")
    return _deed(registration_id, "appeal", form, appeal_registration, given, said)


@bp.post("/registrations/<id:registration_id>/release")
@requires(MAY)
def release(registration_id: int) -> Response:
    form = ReasonForm(request.form)

    def given() -> Release:
        return Release(registration_id, form.version.data, form.reason.data or "")

    said = gettext("Released to the public pool")
    return _deed(registration_id, "release", form, release_registration, given, said)


@bp.post("/registrations/<id:registration_id>/cart")
@requires(MAY)
def cart(registration_id: int) -> Response:
    """The cart is for this customer from now on: agreed prices, and the order wins the registration."""
    form = Form(request.form)
    attempt(form, order_for_registration, ForWhom(registration_id))
    if not form.errors:
        say(gettext("The cart is for this customer now"))
        return go(url_for("portal.cart.index"))
    with read() as session:
        return _show(session, registration_id, form=form)


@bp.post("/registrations/cart-release")
@requires(MAY)
def cart_release() -> Response:
    """The cart is for nobody in particular again."""
    run(order_for_registration, g.actor, ForWhom(None))
    return go(url_for("portal.cart.index"))


@bp.post("/registrations/<id:registration_id>/withdrawal")
@requires(MAY)
def withdrawal(registration_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, withdraw_registration, SeenRegistration(registration_id, form.version.data))
    with read() as session:
        return _show(session, registration_id, form=form)


@bp.get("/registrations/<id:registration_id>/attachments/<id:attachment_id>")
@requires(MAY)
def download(registration_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, registration_id)
        file = attachments.get_of(session, queries.SUBJECT, registration_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


def tell_answer(found: Answer) -> None:
    """The answer of the first second, in one line."""
    if found.outcome == "accepted":
        say(gettext("Accepted; protected until %(day)s", day=found.until))
    elif found.outcome == "queued":
        say(gettext("A person of the brand decides; you hear of it"))
    elif found.outcome == "draft":
        say(gettext("Kept as a draft; nobody is protected by it yet"))


def _send(registration_id: int | None) -> Response:
    """Send the form; a second tap registers nothing more."""
    form = CustomerForm(request.form)
    with read() as session:
        known = None if registration_id is None else queries.get_for(session, g.actor, registration_id)
        _offer(session, form)
        has_files = known is not None and bool(attachments.of(session, queries.SUBJECT, known.id))
    form.validate()
    _tell_all(form, has_proof=has_files or any(each.filename for each in request.files.getlist("photos")))
    if not form.errors:
        try:
            given = NewRegistration(
                form.key.data,
                customer_of(form),
                sent_files(),
                is_draft=form.is_draft,
                registration_id=registration_id,
                version=form.version.data,
            )
            answer = run(register_customer, g.actor, given)
            tell_answer(answer)
            _point_out(answer.registration_id)
            return go(url_for(".detail", registration_id=answer.registration_id))
        except Refused as refusal:
            tell(form, refusal)
    with read() as session:
        return _form(session, form, known)


def _point_out(registration_id: int) -> None:
    """Name what the same company registered before under nearly the same name, or with the same phone."""
    with read() as session:
        new = queries.get_for(session, g.actor, registration_id)
        asked = Reported(new.distributor_id, new.product_line_id, new.name, phone=new.phone)
        before = checking.own_near(session, asked, queries.figures(session).similar, but_id=new.id)
    if before is not None:
        say(
            gettext(
                "Your company has a similar customer already: %(name)s, %(number)s",
                name=before.name,
                number=before.number or "",
            )
        )


def _tell_all(form: CustomerForm, *, has_proof: bool) -> None:
    """Say all that is wrong at once, also what only the rules of the noun see; a field says one thing."""
    for flaw in flaws(customer_of(form), clock.today(), has_proof=has_proof, is_draft=form.is_draft):
        if not form[flaw.facts["field"]].errors:
            tell(form, flaw)


def _offer(session: Session, form: CustomerForm) -> None:
    lines = queries.product_lines(session, g.actor.distributor_id)
    form.product_line.choices = [(str(key), name) for key, name in lines]
    form.region.choices = regions.below(session, None)


def _form(session: Session, form: CustomerForm, known: Registration | None) -> Response:
    _offer(session, form)
    if len(form.product_line.choices) == 1 and not form.product_line.data:
        form.product_line.data = form.product_line.choices[0][0]
    return render(
        session,
        "portal/registrations/new.html",
        "new",
        status=422 if form.errors else 200,
        form=form,
        known=known,
        returned=queries.returned_with(session, known) if known else "",
        place_until=queries.place_of(known, clock.today()) if known else None,
        company=status_of(session, g.actor.distributor_id),
        figures=queries.figures(session),
        most=registration_words.MOST_FILES,
    )


def _deed(
    registration_id: int,
    name: str,
    form: Form,
    flow: Callable[[Session, Any, Any], Any],
    given: Callable[[], Any],
    said: str,
) -> Response:
    """One of the page's forms with files: done, or shown again with what is wrong."""
    if form.validate():
        try:
            run(flow, g.actor, given())
            say(said)
            return go(url_for(".detail", registration_id=registration_id))
        except Refused as refusal:
            tell(form, refusal)
    with read() as session:
        return _show(session, registration_id, **{name: form})


def _extension(
    session: Session, found: Registration, figures: Figures, today: date
) -> tuple[str, date | None]:
    """Whether it can be prolonged now: open, early (from which day on), unfollowed, or not at all."""
    until = found.protected_until
    if not states.allows(found, "extend") or until is None or until < today:
        return "", None
    if status_of(session, found.distributor_id) != "active":
        return "paused", None
    if found.extensions >= figures.most_extensions or until == found.longest_until:
        return "", None
    opens = rules.extension_opens(until, figures)
    if opens is not None and today < opens:
        return "early", opens
    return "open" if queries.is_followed_again(session, found) else "unfollowed", opens


def _show(session: Session, registration_id: int, *, form: Form | None = None, **refused: Form) -> Response:
    found = queries.get_for(session, g.actor, registration_id)
    figures, today = queries.figures(session), clock.today()
    standing = ending.standing(session, found, figures, today)
    decisions = queries.decisions_of(session, found)
    is_held = queries.holds_on(found, today) and standing != ending.OVER
    return show(
        session,
        "portal/registrations/registration.html",
        "registration",
        url_for(".detail", registration_id=registration_id),
        form or next(iter(refused.values()), None),
        found=found,
        returned=queries.returned_with(session, found),
        place_until=queries.place_of(found, today),
        line=dict(queries.product_lines(session)).get(found.product_line_id, ""),
        figures=figures,
        today=today,
        words=registration_words,
        extension=_extension(session, found, figures, today),
        due=ending.due_of(found, figures, today),
        follow_by=lapsing.follow_by(found, figures),
        standing=standing,
        days=lambda count: timedelta(days=count),
        may=lambda action: states.allows(found, action),
        may_appeal=appealing.may_be(found, next(iter(decisions), None)) and not found.appeals,
        may_order=is_held and g.actor.may(Permission.CART_EDIT),
        prices=queries.prices_of(session, found),
        decisions=decisions,
        told=queries.follow_ups_of(session, found),
        events=queries.events_of(session, found),
        deals=opportunities.of_registration(session, found.id),
        may_deal=is_held and g.actor.may(Permission.OPPORTUNITY_WORK),
        deal_words=opportunity_words,
        files=attachments.of(session, queries.SUBJECT, found.id),
        region=regions.full_names(session, {found.region_code}).get(found.region_code or "", ""),
        follow=refused.get("follow") or FollowUpForm(data={"day": today, "kind": "visit"}),
        extend=refused.get("extend")
        or extension_form(figures, version=found.version, days=figures.shortest_extension),
        appeal_until=rules.appeal_until(found.ended_on or today, figures),
        appeal=refused.get("appeal") or AppealForm(data={"version": found.version}),
        release=refused.get("release") or ReasonForm(data={"version": found.version}),
        opened=next(iter(refused), ""),
    )
