"""Price lists: which there are, for whom, and the page of one with its grid."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import price_words
from trade import clock
from trade.actor import Permission
from trade.catalog import facts as product_facts
from trade.catalog.queries import categories
from trade.db import read
from trade.flows.change_price_list import ListFacts, Shelving, change_price_list, shelve_price_list
from trade.flows.create_price_list import NewPriceList, create_price_list
from trade.pricing import checks, drafts, grid, lists, survey
from trade.pricing.grid import GridFilter
from trade.pricing.lists import ListFilter
from trade.pricing.models import PriceDraft, PriceList
from web import asked
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.forms import CheckField, ChoiceField, DateField, Form, TextField, VersionForm, WholeNumberField
from web.paging import Page, page_number

bp = Blueprint("prices", __name__)
LARGEST_PRIORITY = 99


class FactsForm(VersionForm):
    """What may be changed of a list that is in use."""

    name = TextField(_("Designation"), longest=60)
    priority = WholeNumberField(
        _("Priority"),
        largest=LARGEST_PRIORITY,
        hint=_("Among lists for the same people the higher goes first"),
    )
    valid_from = DateField(_("Valid from"))
    valid_to = DateField(
        _("Valid until"), is_needed=False, hint=_("The first day on which it no longer holds")
    )


class NewListForm(FactsForm):
    version = WholeNumberField(is_needed=False)
    code = TextField(_("Code"), longest=30, hint=_("Letters and digits, such as GOLD-2026"))
    kind = ChoiceField(_("For whom"), choices=list(price_words.KINDS.items()))
    tier = ChoiceField(_("Tier"), is_needed=False, is_conditional=True)
    group = ChoiceField(_("Price group"), is_needed=False, is_conditional=True)
    territory = ChoiceField(_("Territory"), is_needed=False, is_conditional=True)
    distributor = TextField(
        _("Distributor's code or name"), is_needed=False, is_conditional=True, longest=120
    )
    currency = TextField(_("Currency"), longest=3)
    basis = ChoiceField(_("Prices are"), choices=list(price_words.BASES.items()))


class ShelvingForm(VersionForm):
    archived = CheckField()


@dataclass
class Typed:
    """What stands in the grid that is not kept yet: by row the two inputs and what is wrong with them."""

    cells: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # price, percent, words
    pasted: str = ""
    start: str = ""  # the row at which the pasted lines begin
    lines: list[tuple[int, str, str]] = field(default_factory=list)  # number, text, why not


@bp.get("/prices")
@requires(Permission.PRICE_READ)
def index() -> Response:
    kind = asked.text("kind")
    wanted = ListFilter(
        search=asked.text("q"),
        kind=kind if kind in lists.KINDS else "",
        is_archived=asked.text("state") == "archived",
        page=page_number(),
    )
    with read() as session:
        rows, total = lists.listing(session, g.actor, wanted, clock.today())
        page = Page(wanted.page, total, lists.PAGE)
        return render(
            session,
            "admin/prices/prices.html",
            "lists",
            wanted=wanted,
            rows=rows,
            page=page,
            words=price_words,
        )


@bp.get("/prices/new")
@requires(Permission.PRICE_EDIT)
def new() -> Response:
    kind = asked.text("kind")
    known = {"currency": "CNY", "basis": "gross", "priority": 0, "valid_from": clock.today()}
    form = NewListForm(data={**known, "kind": kind if kind in lists.KINDS else "tier"})
    with read() as session:
        _choose(session, form)
        return render(session, "admin/prices/new.html", "new", form=form)


@bp.post("/prices")
@requires(Permission.PRICE_EDIT)
def creation() -> Response:
    form = NewListForm(request.form)
    with read() as session:
        _choose(session, form)
    list_id = None
    if form.validate():
        given = NewPriceList(
            code=form.code.data,
            name=form.name.data,
            kind=form.kind.data,
            target=_target(form),
            currency=form.currency.data.upper(),
            basis=form.basis.data,
            priority=form.priority.data,
            valid_from=form.valid_from.data,
            valid_to=form.valid_to.data,
        )
        list_id = attempt(form, create_price_list, given)
    if list_id is not None:
        say(gettext("%(name)s is there; prices come next", name=form.name.data))
        return go(url_for(".detail", list_id=list_id))
    with read() as session:
        return show(session, "admin/prices/new.html", "new", url_for(".new"), form)


@bp.get("/prices/<id:list_id>")
@requires(Permission.PRICE_READ)
def detail(list_id: int) -> Response:
    with read() as session:
        return show_list(session, list_id, None)


@bp.post("/prices/<id:list_id>/facts")
@requires(Permission.PRICE_PUBLISH)
def facts(list_id: int) -> Response:
    """Name, priority and period take effect at once, so they need the right to publish."""
    form = FactsForm(request.form)
    if form.validate():
        given = ListFacts(
            list_id,
            form.version.data,
            form.name.data,
            form.priority.data,
            form.valid_from.data,
            form.valid_to.data,
        )
        attempt(form, change_price_list, given)
    with read() as session:
        return show_list(session, list_id, form)


@bp.post("/prices/<id:list_id>/archival")
@requires(Permission.PRICE_PUBLISH)
def archival(list_id: int) -> Response:
    form = ShelvingForm(request.form)
    if form.validate():
        attempt(form, shelve_price_list, Shelving(list_id, form.version.data, form.archived.data))
    with read() as session:
        return show_list(session, list_id, form)


def show_list(session: Session, list_id: int, form: Form | None, typed: Typed | None = None) -> Response:
    """The page of a list: its grid as the address filters it, and what stands around it."""
    found, draft = lists.get_with_draft(session, g.actor, list_id)
    today = clock.today()
    day = asked.day("day") or today
    seen = draft if day == today else None  # what held on another day is only looked at
    wanted = shown_filter(session, found, seen, day)
    rows, total = grid.page(session, found, seen.id if seen else None, wanted, day)
    here = url_for("admin.prices.detail", list_id=list_id, **filters())
    return show(
        session,
        "admin/prices/list.html",
        "grid",
        here,
        form,
        price_list=found,
        target=lists.target_of(session, found),
        draft=draft,
        typists=drafts.typists(session, draft.id) if draft else [],
        day=day,
        is_today=day == today,
        may_edit=day == today
        and found.archived_at is None
        and (draft is None or draft.asked_at is None)
        and g.actor.may(Permission.PRICE_EDIT),
        wanted=wanted,
        only=asked.text("only"),
        rows=rows,
        page=GridPage(wanted.page, total, grid.PAGE),
        at=at,
        counts=grid.counts(session, found, seen.id if seen else None, day),
        tree=categories(session),
        typed=typed or Typed(),
        words=price_words,
        facts_form=form if isinstance(form, FactsForm) else FactsForm(obj=found),
        filters=filters(),
        sees_floor=product_facts.sees_floor(g.actor),
    )


def shown_filter(session: Session, found: PriceList, draft: PriceDraft | None, day: date) -> GridFilter:
    """What the address asks for; a kind of findings is looked up first."""
    only = asked.text("only")
    targets = None
    if only == "faults" or only in checks.CODES:
        told = checks.findings(survey.load(session, found, draft.id if draft else None, day))
        targets = frozenset(each.target for each in told if only in ("faults", each.code))
    return GridFilter(
        search=asked.text("q"),
        category_id=asked.number("category"),
        only="without" if only == "unpriced" else only,
        targets=None if only == "unpriced" else targets,
        page=page_number(),
    )


class GridPage(Page):
    """The pages of the grid, also when a deed answers with one of them."""

    def url(self, number: int) -> str:
        return at(page=number if number > 1 else None)


def at(**changes: object) -> str:
    """The grid with some of its filters changed, whichever deed it was answered by."""
    known: dict[str, object] = {name: value for name, value in filters().items() if name != "page"}
    wanted = {**known, **changes, "list_id": (request.view_args or {})["list_id"]}
    kept: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    return url_for("admin.prices.detail", **kept)


def filters() -> dict[str, str]:
    """The filters of the grid as they stand in the address, to be kept over a deed."""
    names = ("q", "category", "only", "day", "page")
    return {name: request.args[name] for name in names if request.args.get(name)}


def _choose(session: Session, form: NewListForm) -> None:
    known = lists.targets(session)
    for name, chosen in (("tier", form.tier), ("group", form.group), ("territory", form.territory)):
        chosen.choices = [(str(key), words) for key, words in known[name]]


def _target(form: NewListForm) -> str:
    fields: dict[str, Any] = {
        "own": form.distributor,
        "tier": form.tier,
        "group": form.group,
        "territory": form.territory,
    }
    chosen = fields.get(form.kind.data)
    return "" if chosen is None else chosen.data or ""
