"""What is on hand, what is promised, and what moved it."""

import re
import secrets
from collections.abc import Sequence

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.stock_list import STOCK
from trade.actor import Permission
from trade.db import read
from trade.flows.set_low_levels import LowLevels, set_low_levels
from trade.flows.sort_quarantine import Verdict, sort_quarantine
from trade.inventory import listing
from trade.inventory.listing import Entry
from trade.inventory.queries import level, warehouses
from trade.orders import queries as orders
from web import asked
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, Form, TextField, WholeNumberField

bp = Blueprint("stock", __name__)
LARGEST = 9_999_999
DOCUMENT = re.compile(r"(transfer|count)-([0-9]{1,10})(-in|-out)?")


class LevelForm(Form):
    warehouse = WholeNumberField(smallest=1)
    seen = WholeNumberField(is_needed=False)
    low_at = WholeNumberField(_("Tell below"), largest=LARGEST, is_needed=False, hint=_("Empty: never"))


class QuarantineForm(Form):
    key = TextField(longest=40)
    warehouse = WholeNumberField(smallest=1)
    quantity = WholeNumberField(_("Quantity"), smallest=1, largest=LARGEST)
    verdict = ChoiceField(
        _("What becomes of it"), choices=[("restock", _("Back on the shelf")), ("scrap", _("Throw away"))]
    )
    reason = TextField(_("Reason"), longest=200)


@bp.get("/stock")
@requires(Permission.STOCK_READ)
def index() -> Response:
    with read() as session:
        return render(session, "admin/stock/stock.html", "stock", listed=STOCK.open(session))


@bp.post("/stock/export")
@requires(Permission.STOCK_READ)
def export() -> Response:
    return STOCK.export_sheet()


@bp.get("/stock/<id:sku_id>")
@requires(Permission.STOCK_READ)
def detail(sku_id: int) -> Response:
    with read() as session:
        return _page(session, sku_id)


@bp.post("/stock/<id:sku_id>/level")
@requires(Permission.STOCK_MOVE)
def level_submission(sku_id: int) -> Response:
    """From where on this product is scarce in a warehouse."""
    form = LevelForm(request.form)
    with read() as session:
        listing.get_sku(session, sku_id)
    if form.validate():
        given = LowLevels(form.warehouse.data, {sku_id: form.low_at.data}, {sku_id: form.seen.data})
        attempt(form, set_low_levels, given)
    if not form.errors:
        say(gettext("Saved"))
        return go(url_for("admin.stock.detail", sku_id=sku_id))
    with read() as session:
        return _page(session, sku_id, level_form=form)


@bp.post("/stock/<id:sku_id>/quarantine")
@requires(Permission.STOCK_MOVE)
def quarantine(sku_id: int) -> Response:
    """Goods that lie apart go back on the shelf or are thrown away."""
    form = QuarantineForm(request.form)
    with read() as session:
        listing.get_sku(session, sku_id)
    if form.validate():
        is_good = form.verdict.data == "restock"
        given = Verdict(
            form.key.data, form.warehouse.data, sku_id, form.quantity.data, is_good, form.reason.data
        )
        attempt(form, sort_quarantine, given)
    if not form.errors:
        say(gettext("Booked"))
        return go(url_for("admin.stock.detail", sku_id=sku_id))
    with read() as session:
        return _page(session, sku_id, quarantine_form=form)


def house_choices(session: Session) -> list[tuple[str, str]]:
    """The warehouses that work, as a select has them."""
    return [(str(house.id), house.name) for house in warehouses(session)]


def _page(
    session: Session,
    sku_id: int,
    *,
    level_form: LevelForm | None = None,
    quarantine_form: QuarantineForm | None = None,
) -> Response:
    sku = listing.get_sku(session, sku_id)
    places = listing.places(session, sku_id)
    house_id = asked.number("house")
    entries, following = listing.movements(session, sku_id, house_id, asked.number("after"))
    left = sum(max(place.free, 0) for place in places if place.house.archived_at is None)
    return render(
        session,
        "admin/stock/sku.html",
        "sku",
        status=422 if level_form or quarantine_form else 200,
        sku=sku,
        places=places,
        level=level(left, sku.safety_stock),
        house_id=house_id,
        entries=entries,
        following=following,
        documents=_documents(session, entries),
        level_form=level_form,
        quarantine_form=quarantine_form,
        key=secrets.token_urlsafe(16),
        may_move=g.actor.may(Permission.STOCK_MOVE),
    )


def _documents(session: Session, entries: Sequence[Entry]) -> dict[int, tuple[str, str]]:
    """By movement id, words and address of its document; an order that is not the reader's has neither."""
    ids = {entry.movement.order_id for entry in entries if entry.movement.order_id is not None}
    known = orders.by_ids(session, g.actor, ids) if ids and g.actor.may(Permission.ORDER_REVIEW) else {}
    found: dict[int, tuple[str, str]] = {}
    for entry in entries:
        order = known.get(entry.movement.order_id or 0)
        if order is not None:
            found[entry.movement.id] = (
                str(order.number),
                url_for("admin.orders.detail", order_id=order.id),
            )
        elif document := DOCUMENT.fullmatch(entry.movement.source):
            kind, key = document[1], int(document[2])
            found[entry.movement.id] = (
                gettext("Transfer") if kind == "transfer" else gettext("Count"),
                url_for(f"admin.stock.{kind}", **{f"{kind}_id": key}),
            )
    return found
