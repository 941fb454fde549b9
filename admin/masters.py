"""The brand's own short lists and its company: tiers, channels, groups, reasons, and what stands on papers."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from admin.editing import LABELS, EditForm, edit
from trade import clock
from trade.actor import Permission
from trade.credit.groups import exposures
from trade.db import read
from trade.distributors import masters
from trade.errors import Refused
from trade.flows.edit_legal_entity import FIELDS, Company, CompanyEdit, edit_legal_entity
from trade.flows.keep_master import (
    KINDS,
    MORE,
    MasterGiven,
    MasterState,
    keep_master,
    set_master_archived,
)
from trade.returns import reasons
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, ChoiceField, TextField, VersionForm, WholeNumberField
from web.returned import REASONS

bp = Blueprint("masters", __name__)
TITLES: Mapping[str, Any] = {
    "tiers": _("Tiers"),
    "channels": _("Channels"),
    "territories": _("Territories"),
    "price-groups": _("Price groups"),
    "credit-groups": _("Credit groups"),
    "return-reasons": _("Return reasons"),
    "company": _("Company"),
}
ABOUT: Mapping[str, Any] = {
    "tiers": _("Grades of distributors; prices, assortment and credit hang on them. Rank 1 is the highest."),
    "channels": _("The kinds of outlets that distributors serve."),
    "price-groups": _("Distributors who share a price list although their tiers differ."),
    "credit-groups": _("Companies of one owner, whose exposure is looked at together."),
    "return-reasons": _("Why goods come back or are credited."),
}


class MasterForm(EditForm):
    code = TextField(LABELS["code"], longest=30, hint=_("Letters, digits, dot and hyphen; stays for good"))
    name = TextField(_("Designation"), longest=60)
    rank = WholeNumberField(LABELS["rank"], smallest=1, largest=99)
    needs_photo = CheckField(LABELS["needs_photo"])
    brings_goods = CheckField(LABELS["brings_goods"])


class StateForm(VersionForm):
    state = ChoiceField(choices=[("archived", ""), ("used", "")])


class CompanyForm(EditForm):
    name = TextField(_("Name of the company"), longest=120)
    credit_code = TextField(LABELS["credit_code"], longest=30, is_needed=False)
    address = TextField(LABELS["address"], longest=200, is_needed=False)
    phone = TextField(LABELS["phone"], longest=30, is_needed=False)
    bank_name = TextField(LABELS["bank_name"], longest=120, is_needed=False)
    bank_account = TextField(LABELS["bank_account"], longest=40, is_needed=False)


@bp.get("/masters")
@requires(Permission.MASTER_MANAGE)
def index() -> Response:
    """Where the short lists begin."""
    with read() as session:
        return _show(session, "tiers")


@requires(Permission.MASTER_MANAGE)
def listing(kind: str) -> Response:
    with read() as session:
        return _show(session, kind)


@requires(Permission.MASTER_MANAGE)
def creation(kind: str) -> Response:
    form = _form(kind, _sent())
    if form.validate():
        attempt(form, keep_master, _given(form, kind, None))
    if form.errors:
        with read() as session:
            return _show(session, kind, new=form)
    say(gettext("%(name)s can be chosen from now on", name=form.name.data))
    return go(url_for(".listing", kind=kind))


@requires(Permission.MASTER_MANAGE)
def submission(kind: str, row_id: int) -> Response:
    form = _form(kind, _sent())
    del form.code
    if form.validate():
        edit(form, keep_master, _given(form, kind, row_id))
    if form.errors:
        with read() as session:
            return _show(session, kind, changed=form, changed_id=row_id)
    say(gettext("%(name)s is kept", name=REASONS.get(form.name.data, form.name.data)))
    return go(url_for(".listing", kind=kind))


@requires(Permission.MASTER_MANAGE)
def state(kind: str, row_id: int) -> Response:
    _refuse_unknown(kind)
    form = StateForm(request.form)
    if form.validate():
        given = MasterState(kind, row_id, form.version.data, form.state.data == "archived")
        archive(form, set_master_archived, given)
    if form.errors:
        with read() as session:
            return _show(session, kind, refused=form)
    is_archived = form.state.data == "archived"
    say(gettext("No longer offered; the code stays taken") if is_archived else gettext("Offered again"))
    return go(url_for(".listing", kind=kind))


@bp.get("/masters/company")
@requires(Permission.MASTER_MANAGE)
def company() -> Response:
    with read() as session:
        return _show_companies(session)


@bp.post("/masters/company/<id:entity_id>")
@requires(Permission.MASTER_MANAGE)
def company_submission(entity_id: int) -> Response:
    form = CompanyForm(request.form)
    changed = None
    if form.validate():
        details = Company(**{name: form[name].data for name in FIELDS})
        changed = edit(form, edit_legal_entity, CompanyEdit(entity_id, form.version.data, details))
    if form.errors:
        with read() as session:
            return _show_companies(session, form, entity_id)
    say(gettext("Papers from now on say this") if changed else gettext("Nothing to change"))
    return go(url_for(".company"))


def archive(form: VersionForm, flow: Any, given: Any) -> None:
    """Take a row out of use; refused, the form says how many of what still need it."""

    def spelled(session: Session, actor: Any, wanted: Any) -> None:
        try:
            flow(session, actor, wanted)
        except Refused as refusal:
            if refusal.code == "master.needed":
                refusal.facts["uses"] = uses_said(dict(refusal.facts["uses"]))  # type: ignore[call-overload]
            raise

    attempt(form, spelled, given)


def uses_said(uses: Mapping[str, int]) -> str:
    """What still refers to a row: 3 distributors, 1 price list."""
    words = {
        "distributors": lambda count: gettext("%(count)s distributors", count=count),
        "authorisations": lambda count: gettext("%(count)s authorisations", count=count),
        "territories": lambda count: gettext("%(count)s territories below", count=count),
        "price_lists": lambda count: gettext("%(count)s price lists", count=count),
        "visibility": lambda count: gettext("%(count)s rules of who sees a product", count=count),
        "warehouses": lambda count: gettext("%(count)s warehouses", count=count),
        "open_accounts": lambda count: gettext("%(count)s accounts on which something is open", count=count),
        "returns": lambda count: gettext("%(count)s open returns", count=count),
    }
    return "、".join(words[noun](count) for noun, count in uses.items())


def places(kind: str) -> list[tuple[Any, str, bool, None]]:
    """The tabs above every master page."""
    special = {"territories": "admin.territories.index", "company": "admin.masters.company"}
    return [
        (
            words,
            url_for(special[each]) if each in special else url_for("admin.masters.listing", kind=each),
            each == kind,
            None,
        )
        for each, words in TITLES.items()
    ]


for each in KINDS:  # every list has its own addresses, so that each is guarded and tested by itself
    where = {"defaults": {"kind": each}}
    bp.get(f"/masters/{each}", **where)(listing)
    bp.post(f"/masters/{each}", **where)(creation)
    bp.post(f"/masters/{each}/<id:row_id>", **where)(submission)
    bp.post(f"/masters/{each}/<id:row_id>/state", **where)(state)


def _sent() -> MultiDict[str, str]:
    sent = MultiDict(request.form)
    sent.setdefault("version", "0")
    return sent


def _form(kind: str, sent: Any = None, **known: Any) -> MasterForm:
    """The form of a short list, without the questions of other lists."""
    _refuse_unknown(kind)
    form = MasterForm(sent, data=known or {"version": 0, "brings_goods": True})
    for name in {"rank", "needs_photo", "brings_goods"} - set(MORE.get(kind, ())):
        del form[name]
    return form


def _refuse_unknown(kind: str) -> None:
    if kind not in KINDS:
        raise Refused("master.not_found")


def _given(form: MasterForm, kind: str, row_id: int | None) -> MasterGiven:
    more = {name: form[name].data for name in MORE.get(kind, ())}
    code = form.code.data if row_id is None else ""
    return MasterGiven(kind, form.name.data, code, more, row_id, form.version.data)


def _show(
    session: Session,
    kind: str,
    *,
    new: MasterForm | None = None,
    changed: MasterForm | None = None,
    changed_id: int | None = None,
    refused: VersionForm | None = None,
) -> Response:
    _refuse_unknown(kind)
    rows: Any = reasons.rows_of(session) if kind == "return-reasons" else masters.rows_of(session, kind)
    forms = {row.id: _row_form(kind, row) for row in rows}
    if changed is not None and changed_id is not None:
        forms[changed_id] = changed
    groups = exposures(session, list(forms)) if kind == "credit-groups" else {}
    return render(
        session,
        "admin/masters/list.html",
        "masters",
        status=422 if new or changed or refused else 200,
        kind=kind,
        title=TITLES[kind],
        about=ABOUT[kind],
        tabs=places(kind),
        rows=rows,
        names={
            row.id: str(REASONS.get(row.name, row.name)) if kind == "return-reasons" else row.name
            for row in rows
        },
        forms=forms,
        changed_id=changed_id,
        new=new or _form(kind),
        refused=refused,
        exposures=groups,
    )


def _row_form(kind: str, row: Any) -> MasterForm:
    known = {name: getattr(row, name) for name in ("name", "version", *MORE.get(kind, ()))}
    form = _form(kind, **known)
    del form.code
    return form


def _show_companies(
    session: Session, form: CompanyForm | None = None, entity_id: int | None = None
) -> Response:
    entities = masters.legal_entities(session)
    forms = {
        each.id: CompanyForm(data={name: getattr(each, name) for name in (*FIELDS, "version")})
        for each in entities
    }
    if form is not None and entity_id is not None:
        forms[entity_id] = form
    return render(
        session,
        "admin/masters/company.html",
        "company",
        status=422 if form else 200,
        tabs=places("company"),
        entities=entities,
        forms=forms,
        today=clock.today(),
    )
