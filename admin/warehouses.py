"""The houses from which goods leave."""

from flask import request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.editing import LABELS, EditForm, edit
from admin.stock import bp
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.distributors import territories
from trade.flows.keep_warehouse import WarehouseGiven, WarehouseGone, archive_warehouse, keep_warehouse
from trade.inventory import papers, queries
from trade.inventory.models import Warehouse
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import TextField, VersionForm, WholeNumberField

FIELDS = ("code", "name", "address", "contact_name", "phone", "priority", "transit_days")


class WarehouseForm(EditForm):
    version = WholeNumberField(is_needed=False)
    code = TextField(LABELS["code"], longest=20)
    name = TextField(_("Warehouse name"), longest=60)
    address = TextField(LABELS["address"], longest=200, is_needed=False)
    contact_name = TextField(LABELS["contact_name"], longest=60, is_needed=False)
    phone = TextField(LABELS["phone"], longest=30, is_needed=False)
    priority = WholeNumberField(
        _("Priority"), smallest=1, largest=99, hint=_("Where several have the goods, the smallest goes first")
    )
    transit_days = WholeNumberField(_("Days on the way"), largest=60)


@bp.get("/warehouses")
@requires(Permission.STOCK_READ)
def warehouses() -> Response:
    with read() as session:
        return render(session, "admin/stock/warehouses.html", "warehouses", rows=papers.houses(session))


@bp.get("/warehouses/new")
@requires(Permission.WAREHOUSE_MANAGE)
def warehouse_form() -> Response:
    with read() as session:
        return _form(session, None, WarehouseForm(data={"priority": 1, "transit_days": 3, "version": 1}), [])


@bp.post("/warehouses")
@requires(Permission.WAREHOUSE_MANAGE)
def warehouse_creation() -> Response:
    return _keep(None)


@bp.get("/warehouses/<id:warehouse_id>")
@requires(Permission.WAREHOUSE_MANAGE)
def warehouse(warehouse_id: int) -> Response:
    with read() as session:
        house = queries.get_warehouse(session, warehouse_id)
        served = papers.served(session, [house.id]).get(house.id, [])
        known = {name: getattr(house, name) for name in (*FIELDS, "version")}
        return _form(session, house, WarehouseForm(data=known), [each.id for each in served])


@bp.post("/warehouses/<id:warehouse_id>")
@requires(Permission.WAREHOUSE_MANAGE)
def warehouse_submission(warehouse_id: int) -> Response:
    return _keep(warehouse_id)


@bp.post("/warehouses/<id:warehouse_id>/archiving")
@requires(Permission.WAREHOUSE_MANAGE)
def warehouse_archiving(warehouse_id: int) -> Response:
    """Close it, or open it again."""
    form = VersionForm(request.form)
    is_closing = request.form.get("change") != "open"
    if form.validate():
        attempt(form, archive_warehouse, WarehouseGone(warehouse_id, form.version.data, is_closing))
    if not form.errors:
        say(gettext("The warehouse is closed") if is_closing else gettext("The warehouse is open again"))
        return go(url_for("admin.stock.warehouses"))
    with read() as session:
        house = queries.get_warehouse(session, warehouse_id)
        served = papers.served(session, [house.id]).get(house.id, [])
        shown = WarehouseForm(data={name: getattr(house, name) for name in (*FIELDS, "version")})
        shown.form_errors.extend(error for errors in form.errors.values() for error in errors)
        return _form(session, house, shown, [each.id for each in served])


def _keep(warehouse_id: int | None) -> Response:
    form = WarehouseForm(request.form)
    chosen = [int(each) for each in request.form.getlist("territory") if each.isdecimal() and len(each) < 10]
    if form.validate():
        values = {name: form[name].data for name in FIELDS}
        given = WarehouseGiven(warehouse_id, form.version.data or 1, territory_ids=chosen, **values)
        edit(form, keep_warehouse, given)
    if not form.errors:
        say(gettext("Saved"))
        return go(url_for("admin.stock.warehouses"))
    with read() as session:
        house = queries.get_warehouse(session, warehouse_id) if warehouse_id else None
        return _form(session, house, form, chosen)


def _form(session: Session, house: Warehouse | None, form: WarehouseForm, chosen: list[int]) -> Response:
    return render(
        session,
        "admin/stock/warehouse.html",
        "warehouse",
        status=422 if form.errors else 200,
        house=house,
        form=form,
        chosen=chosen,
        tree=territories.tree(session, clock.today()),
    )
