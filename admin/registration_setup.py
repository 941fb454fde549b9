"""What rules registrations: numbers per tier, and the brand's own customers whom nobody registers."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from trade.flows.keep_direct_customer import (
    OwnCustomer,
    SeenCustomer,
    add_direct_customer,
    archive_direct_customer,
)
from trade.flows.set_registration_cap import Cap, set_registration_cap
from trade.registrations import direct, queries
from trade.registrations.direct import ListFilter, Row
from trade.windows import Page, Totals, Window
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, ChoiceField, Form, TextField, VersionForm, WholeNumberField
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("registration_setup", __name__)
MAY = Permission.REGISTRATION_MANAGE


class CapForm(Form):
    version = WholeNumberField(is_needed=False)
    most = WholeNumberField(_("Registrations at a time"), largest=100_000, is_needed=False)


class OwnForm(Form):
    name = TextField(_("Company name"), longest=120)
    credit_code = TextField(_("Unified social credit code"), longest=40, is_needed=False)
    product_line = ChoiceField(_("Product line"), is_needed=False, hint=_("Empty: every product line"))
    note = TextField(_("Note"), longest=200, is_needed=False)
    is_confirmed = CheckField(_("Add it though distributors hold it"))


def _find(session: Session, given: Asked, window: Window) -> Page[Row]:
    return direct.listing(session, ListFilter(given["q"]), window)


def _totals(session: Session, given: Asked) -> Totals:
    return direct.totals(session, ListFilter(given["q"]))


OWN = List[Row](
    page="admin.registration_setup.index",
    export="admin.registration_setup.export",
    title=_("The brand's own customers"),
    counted=lambda count: ngettext("%(num)s customer", "%(num)s customers", count),
    sort="name",
    find=_find,
    totals=_totals,
    filters=[Filter(key="q", words=_("Customer or credit code"))],
    columns=[
        Column(key="name", words=_("Customer"), value=lambda row: row.customer.name, sort="name"),
        Column(
            key="code",
            words=_("Unified social credit code"),
            value=lambda row: row.customer.credit_code or "",
        ),
        Column(
            key="line", words=_("Product line"), value=lambda row: row.product_line or gettext("Every one")
        ),
        Column(key="note", words=_("Note"), value=lambda row: row.customer.note, is_wide=True),
        Column(key="deed", words=_("Action"), value=lambda row: "", place="page"),
    ],
    nothing=Nothing(
        icon="building-store",
        title=_("No own customers yet"),
        text=_(
            "Whom the brand serves itself is entered here or by file; no distributor can register them then."
        ),
    ),
    no_match=Nothing(title=_("No customer matches"), text=_("Try a part of the name.")),
)


@bp.get("/registrations/setup")
@requires(MAY)
def index() -> Response:
    with read() as session:
        return _show(session)


@bp.post("/registrations/setup/export")
@requires(MAY)
def export() -> Response:
    return OWN.export_sheet()


@bp.post("/registrations/setup/customers")
@requires(MAY)
def creation() -> Response:
    form = OwnForm(request.form)
    with read() as session:
        _offer(session, form)
    if form.validate():
        line = int(form.product_line.data) if form.product_line.data else None
        given = OwnCustomer(
            form.name.data, form.credit_code.data or "", line, form.note.data or "", form.is_confirmed.data
        )
        attempt(form, add_direct_customer, given)
    return _back(gettext("Added; no distributor can register this customer from now on"), form, adding=form)


@bp.post("/registrations/setup/customers/<id:customer_id>/removal")
@requires(MAY)
def removal(customer_id: int) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, archive_direct_customer, SeenCustomer(customer_id, form.version.data))
    return _back(gettext("Removed; distributors may register this customer"), form, form=form)


@bp.post("/registrations/setup/caps/<id:tier_id>")
@requires(MAY)
def cap(tier_id: int) -> Response:
    form = CapForm(request.form)
    if form.validate():
        attempt(form, set_registration_cap, Cap(tier_id, form.most.data, form.version.data))
    return _back(gettext("Saved"), form, form=form)


def _offer(session: Session, form: OwnForm) -> None:
    form.product_line.choices = [(str(key), name) for key, name in queries.product_lines(session)]


def _back(said: str, sent: Form, **refused: Form) -> Response:
    if not sent.errors:
        say(said)
        return go(url_for(".index"))
    with read() as session:
        return _show(session, **refused)


def _show(session: Session, *, adding: Form | None = None, form: Form | None = None) -> Response:
    listed = OWN.open(session)
    own = adding or OwnForm()
    if isinstance(own, OwnForm):
        _offer(session, own)
    return render(
        session,
        "admin/registrations/setup.html",
        "setup",
        status=422 if adding or form else 200,
        listed=listed,
        caps=queries.caps(session),
        figures=queries.figures(session),
        adding=own,
        form=form,
        may_import=g.actor.may(Permission.IMPORT_RUN),
    )
