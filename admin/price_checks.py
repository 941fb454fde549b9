"""From a draft to prices that hold: the check, publishing, what was published, what a price was when; and looking one up."""

from dataclasses import astuple
from datetime import date

from flask import Blueprint, current_app, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import price_words
from admin.inbox import item_url
from trade import clock, settings
from trade.actor import Permission
from trade.approvals import inbox
from trade.catalog.models import Sku
from trade.catalog.rules import smallest
from trade.db import read
from trade.distributors.queries import find_by_code, terms_of
from trade.errors import Refused
from trade.flows.ask_for_prices import TakenBack, Wanted, ask_for_prices, take_prices_back
from trade.flows.publish_prices import Publication, Withdrawal, publish_prices, withdraw_prices
from trade.pricing import checks, drafts, grid, lists, publication, queries, survey
from trade.pricing.issue import NEEDS_APPROVAL
from trade.pricing.rules import price as price_of
from trade.pricing.survey import Basis, Checked
from web import asked, words
from web import price_words as steps
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.forms import CheckField, DateField, Form, LongTextField, TextField, VersionForm, parse_whole

bp = Blueprint("price_checks", __name__)
MOST = 999_999


class PublishForm(VersionForm):
    day = DateField(_("Holds from"), hint=_("Today or later, from the first minute of the day"))
    note = LongTextField(
        _("Why"), is_needed=False, longest=200, hint=_("Distributors read this with the change")
    )
    accepted = TextField(is_needed=False)
    seal = TextField(is_needed=False, longest=1000)
    agreed = CheckField(_("I have seen the warnings and publish anyway"))


@bp.get("/prices/<id:list_id>/check")
@requires(Permission.PRICE_READ)
def check(list_id: int) -> Response:
    with read() as session:
        return show_check(session, list_id, None, asked.day("day") or clock.today())


@bp.post("/prices/<id:list_id>/publication")
@requires(Permission.PRICE_PUBLISH)
def publishing(list_id: int) -> Response:
    form = PublishForm(request.form)
    done = None
    if form.validate():
        accepted = (form.accepted.data or "") if form.agreed.data else ""
        checked = _opened(list_id, form.seal.data or "")
        note = form.note.data or ""
        given = Publication(list_id, form.version.data, form.day.data, accepted, note, checked)
        done = attempt(form, publish_prices, given)
    if done is not None:
        say(gettext("Published; everybody concerned is told"))
        return go(url_for(".publications", list_id=list_id))
    with read() as session:
        return show_check(session, list_id, form, form.day.data or clock.today())


@bp.post("/prices/<id:list_id>/publication-request")
@requires(Permission.PRICE_EDIT)
def asking(list_id: int) -> Response:
    """Send the checked draft to somebody else, who lets it hold."""
    form = PublishForm(request.form)
    done = None
    if form.validate():
        accepted = (form.accepted.data or "") if form.agreed.data else ""
        checked = _opened(list_id, form.seal.data or "")
        note = form.note.data or ""
        given = Wanted(list_id, form.version.data, form.day.data, accepted, note, checked)
        done = attempt(form, ask_for_prices, given)
    if done is not None:
        say(gettext("Sent for a decision; until then nobody changes these prices"))
        return go(url_for("admin.prices.detail", list_id=list_id))
    with read() as session:
        return show_check(session, list_id, form, form.day.data or clock.today())


@bp.post("/prices/<id:list_id>/publication-request/withdrawal")
@requires(Permission.PRICE_EDIT)
def taking_back(list_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, take_prices_back, TakenBack(list_id, form.version.data))
    if not form.errors:
        say(gettext("Taken back; the draft can be changed again"))
        return go(url_for("admin.prices.detail", list_id=list_id))
    with read() as session:
        return show_check(session, list_id, form, clock.today())


@bp.get("/prices/<id:list_id>/publications")
@requires(Permission.PRICE_READ)
def publications(list_id: int) -> Response:
    with read() as session:
        return _publications(session, list_id, None)


@bp.post("/prices/<id:list_id>/publications/<id:draft_id>/withdrawal")
@requires(Permission.PRICE_PUBLISH)
def withdrawal(list_id: int, draft_id: int) -> Response:
    form = Form()
    attempt(form, withdraw_prices, Withdrawal(list_id, draft_id))
    with read() as session:
        return _publications(session, list_id, form)


@bp.get("/prices/<id:list_id>/history")
@requires(Permission.PRICE_READ)
def history(list_id: int) -> Response:
    """Every price that one row ever had."""
    target = asked.text("row")
    with read() as session:
        found = lists.get_for(session, g.actor, list_id)
        names = grid.one(session, found, None, [target], clock.today())
        return render(
            session,
            "admin/prices/history.html",
            "history",
            price_list=found,
            name=names[0].name if names else target,
            periods=publication.periods(session, found.id, target),
            words=price_words,
            today=clock.today(),
        )


@bp.get("/prices/lookup")
@requires(Permission.PRICE_READ)
def lookup() -> Response:
    """What a distributor pays for a quantity on a day, and why."""
    day = asked.day("day") or clock.today()
    wanted = {name: asked.text(name) for name in ("distributor", "sku", "quantity")}
    form, answer, told, sku, terms = Form(), None, None, None, None
    quantity = parse_whole(wanted["quantity"]) or 0
    with read() as session:
        if wanted["distributor"] or wanted["sku"]:
            distributor_id = find_by_code(session, g.actor, wanted["distributor"])
            sku = _sku(session, wanted["sku"])
            if distributor_id is None:
                form.refuse(gettext("No distributor of yours has this code"))
            elif sku is None:
                form.refuse(gettext("No product has this code"))
            elif quantity > MOST:
                form.refuse(gettext("That is more than anybody orders"))
            else:
                quantity = quantity or smallest(sku.moq, sku.multiple)
                try:
                    terms = terms_of(session, distributor_id, day)
                except Refused as refusal:
                    form.refuse(words.say(refusal))
            if terms is not None and sku is not None:
                rows = queries.rows_for(session, terms, [sku], day)[sku.id]
                answer = price_of(queries.asked(sku, terms, quantity, day), rows)
                told = steps.tell(answer.steps, terms.currency) if answer else None
        return render(
            session,
            "admin/prices/lookup.html",
            "lookup",
            form=form,
            asked=wanted,
            day=day,
            quantity=quantity,
            sku=sku,
            terms=terms,
            price=answer,
            told=told,
        )


def _sku(session: Session, code: str) -> Sku | None:
    return drafts.codes(session, [code]).get(code)


def show_check(session: Session, list_id: int, form: Form | None, day: date) -> Response:
    found, draft = lists.get_with_draft(session, g.actor, list_id)
    basis = survey.basis(session, found)
    findings = checks.findings(survey.load(session, found, draft.id if draft else None, day))
    blocking = sum(1 for each in findings if each.is_blocking)
    warnings = checks.fingerprint(findings)
    fields = form if isinstance(form, PublishForm) else PublishForm(data={"day": day})
    fields.note.is_conditional = bool(warnings)  # whoever publishes in spite of one says why
    needs_another = settings.load(session, NEEDS_APPROVAL)[NEEDS_APPROVAL]
    asked_about = draft.id if draft and draft.asked_at else 0
    item = inbox.find_for(session, g.actor, "price_list", asked_about) if asked_about else None
    return show(
        session,
        "admin/prices/check.html",
        "check",
        url_for("admin.price_checks.check", list_id=list_id),
        form,
        price_list=found,
        draft=draft,
        day=day,
        fields=fields,
        groups=price_words.grouped(findings),
        blocking=blocking,
        may_publish=g.actor.may(Permission.PRICE_PUBLISH) and not needs_another,
        asked_url=item_url(item.request.id) if item else "",
        warnings=warnings,
        seal=_sealed(list_id, Checked(draft.version, day, warnings, basis)) if draft and not blocking else "",
        counts=grid.counts(session, found, draft.id if draft else None, clock.today()),
    )


def _sealed(list_id: int, checked: Checked) -> str:
    """The check as the page takes it along, so that publishing need not check again; nobody else can make one."""
    facts = [list_id, checked.version, checked.day.isoformat(), checked.warnings, *astuple(checked.basis)]
    return _serializer().dumps(facts)


def _opened(list_id: int, seal: str) -> Checked | None:
    try:
        of_list, version, day, warnings, *basis = _serializer().loads(seal)
    except BadSignature:
        return None
    return Checked(version, date.fromisoformat(day), warnings, Basis(*basis)) if of_list == list_id else None


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="price check")


def _publications(session: Session, list_id: int, form: Form | None) -> Response:
    found = lists.get_for(session, g.actor, list_id)
    return show(
        session,
        "admin/prices/publications.html",
        "publications",
        url_for(".publications", list_id=list_id),
        form,
        price_list=found,
        rows=publication.all_of(session, found.id),
        last=publication.last_of(session, found.id),
        today=clock.today(),
    )
