"""Goods on their way from one warehouse to another."""

import secrets

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import spoken
from admin.pasted import bare_field, read_goods
from admin.stock import bp, house_choices
from trade.actor import Permission
from trade.catalog.queries import among
from trade.db import read, run
from trade.errors import Refused
from trade.flows.receive_transfer import Arrival, receive_transfer
from trade.flows.transfer_stock import Transfer, transfer_stock
from trade.inventory import papers, queries
from web import asked
from web.access import requires
from web.answer import attempt, go, hear, render, say, tell
from web.forms import ChoiceField, Form, LongTextField, TextField, VersionForm, WholeNumberField

LONGEST = 80_000
STATES = ("dispatched", "arrived")


class TransferForm(Form):
    key = TextField(longest=40)
    from_id = ChoiceField(_("From warehouse"))
    to_id = ChoiceField(_("To warehouse"))
    goods = LongTextField(
        _("What leaves"),
        longest=LONGEST,
        hint=_(
            "One product in each row: code and quantity, as copied from Excel; with the unit: CP0515 12 cases"
        ),
    )
    bare = bare_field()
    note = TextField(_("Remark"), longest=200, is_needed=False)


@bp.get("/stock/transfers")
@requires(Permission.STOCK_READ)
def transfers() -> Response:
    state = asked.text("state")
    with read() as session:
        rows, following = papers.transfers(
            session, state=state if state in STATES else "", after=asked.number("after")
        )
        return render(
            session, "admin/stock/transfers.html", "transfers", rows=rows, following=following, state=state
        )


@bp.get("/stock/transfers/new")
@requires(Permission.STOCK_MOVE)
def transfer_form() -> Response:
    with read() as session:
        return _form(session, TransferForm(data={"key": secrets.token_urlsafe(16)}))


@bp.post("/stock/transfers")
@requires(Permission.STOCK_MOVE)
def transfer_creation() -> Response:
    form = TransferForm(request.form)
    with read() as session:
        form.from_id.choices = form.to_id.choices = house_choices(session)
        goods = read_goods(session, form, "goods") if form.validate() else {}
    if not form.errors:
        given = Transfer(
            form.key.data, int(form.from_id.data), int(form.to_id.data), goods, form.note.data or ""
        )
        try:
            transfer_id = run(transfer_stock, g.actor, given)
        except Refused as refusal:
            _refuse(form, refusal, given)
        else:
            say(gettext("Sent; it counts again when it has arrived"))
            return go(url_for("admin.stock.transfer", transfer_id=transfer_id))
    with read() as session:
        return _form(session, form)


@bp.get("/stock/transfers/<id:transfer_id>")
@requires(Permission.STOCK_READ)
def transfer(transfer_id: int) -> Response:
    with read() as session:
        return _page(session, transfer_id, None)


@bp.post("/stock/transfers/<id:transfer_id>/arrival")
@requires(Permission.STOCK_MOVE)
def transfer_arrival(transfer_id: int) -> Response:
    """Count what arrived; an empty field means all of it."""
    with read() as session:
        _row, lines = papers.get_transfer(session, transfer_id)
    form = _arrival_form([line.id for line, _sku in lines])(request.form)
    if form.validate():
        arrived = {line.id: _units(form, line.id, sku.order_factor) for line, sku in lines}
        known = {line_id: units for line_id, units in arrived.items() if units is not None}
        lost = attempt(form, receive_transfer, Arrival(transfer_id, form.version.data, known))
        if not form.errors:
            say(gettext("Arrived; something is missing") if lost else gettext("Arrived, all of it"))
            return go(url_for("admin.stock.transfer", transfer_id=transfer_id))
    with read() as session:
        return _page(session, transfer_id, form)


def _page(session: Session, transfer_id: int, form: VersionForm | None) -> Response:
    row, lines = papers.get_transfer(session, transfer_id)
    shown = form or _arrival_form([line.id for line, _sku in lines])()
    status = 422 if form is not None else 200
    return render(
        session, "admin/stock/transfer.html", "transfer", status=status, row=row, lines=lines, form=shown
    )


def _arrival_form(line_ids: list[int]) -> type[VersionForm]:
    fields = {
        f"{name}_{line_id}": WholeNumberField(_("Arrived"), largest=9_999_999, is_needed=False)
        for line_id in line_ids
        for name in ("cases", "arrived")
    }
    return type("ArrivalForm", (VersionForm,), fields)


def _units(form: VersionForm, line_id: int, factor: int) -> int | None:
    """Base units that were counted off, from whole cases and loose ones; None where nothing was typed."""
    cases, loose = form[f"cases_{line_id}"].data, form[f"arrived_{line_id}"].data
    return None if cases is None and loose is None else (cases or 0) * factor + (loose or 0)


def _form(session: Session, form: TransferForm) -> Response:
    form.from_id.choices = form.to_id.choices = house_choices(session)
    status = 422 if form.errors else 200
    return render(session, "admin/stock/transfer_form.html", "form", status=status, form=form)


def _refuse(form: TransferForm, refusal: Refused, given: Transfer) -> None:
    """Say which products are short, and how many are free of them."""
    short = refusal.facts.get("sku_ids")
    if not isinstance(short, list):
        tell(form, refusal)
        return
    hear(refusal)
    with read() as session:
        free = queries.look(session, short, ()).units
        for sku in among(session, short):
            left = free.get((given.from_id, sku.id), 0)
            said = gettext("%(code)s: only %(count)s free", code=sku.code, count=spoken.held(sku, left))
            form.refuse(said, "goods")
