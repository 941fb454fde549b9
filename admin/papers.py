"""Papers of the brand: one at once, many from a job."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.attachments import store
from trade.db import read
from trade.errors import Refused
from trade.flows.order_papers import ZIP, Papers, order_papers
from trade.fulfilment import queries as parcels
from trade.orders import queries as orders
from trade.papers import runs
from web import asked, papers
from web.access import requires
from web.answer import attempt, go, render, say
from web.downloads import answer_file
from web.forms import Form
from web.i18n import choose_locale
from web.lists import picked

bp = Blueprint("papers", __name__)


@bp.get("/papers")
@requires(Permission.DESK_READ)
def index() -> Response:
    """The files that I have asked for."""
    return _answer(Form())


@bp.post("/papers")
@requires(Permission.DESK_READ)
def submission() -> Response:
    """Ask for the papers of many documents in one file: by their ids, or of the rows ticked in a list."""
    kind = request.values.get("kind", "")
    ids = [key for each in request.form.getlist("id") if (key := asked.whole(each))] or _picked(kind)
    form = Form()
    name = f"{_kinds().get(kind, kind)} {clock.today():%Y-%m-%d}"
    attempt(form, order_papers, Papers(kind, ids, name, choose_locale()))
    if form.errors:
        return _answer(form)
    say(ngettext("%(num)s paper is being made", "%(num)s papers are being made", len(set(ids))))
    return go(url_for(".index"))


@bp.get("/papers/<id:run_id>")
@requires(Permission.DESK_READ)
def download(run_id: int) -> Response:
    with read() as session:
        found = runs.get_for(session, g.actor, run_id)
    if found.stored_as is None:
        raise Refused("paper.not_found")
    content = store.load(found.stored_as)
    if found.media_type == ZIP:
        return answer_file(content, ZIP, f"{found.name}.zip")
    return papers.answer_pdf(content, found.name)


@bp.get("/orders/<id:order_id>/paper")
@requires(Permission.ORDER_REVIEW)
def order(order_id: int) -> Response:
    return papers.answer_order(order_id)


@bp.get("/shipments/<id:shipment_id>/paper")
@requires(Permission.ORDER_REVIEW)
def delivery(shipment_id: int) -> Response:
    return papers.answer_delivery(shipment_id)


@bp.get("/returns/<id:return_id>/paper")
@requires(Permission.RETURN_READ)
def return_note(return_id: int) -> Response:
    return papers.answer_return(return_id)


@bp.get("/invoices/<id:invoice_id>/paper")
@requires(Permission.INVOICE_READ)
def invoice(invoice_id: int) -> Response:
    return papers.answer_invoice(invoice_id)


@bp.get("/distributors/<id:distributor_id>/price-list/paper")
@requires(Permission.PRICE_READ)
def price_list(distributor_id: int) -> Response:
    return papers.answer_price_list(distributor_id)


def _answer(form: Form) -> Response:
    with read() as session:
        found = runs.listing(session, g.actor)
        is_busy = any(each.state in ("waiting", "running") for each in found)
        status = 422 if form.errors else 200
        return render(
            session,
            "admin/papers/papers.html",
            "papers",
            status=status,
            form=form,
            runs=found,
            is_busy=is_busy,
            kinds=_kinds(),
        )


def _picked(kind: str) -> list[int]:
    """The documents of the ticked rows; of orders ticked for delivery notes, every shipment."""
    ids = [key for key, _version in picked()]
    if kind != "delivery" or not ids:
        return ids
    with read() as session:
        known = orders.by_ids(session, g.actor, ids)
        return parcels.ids_of(session, list(known))


def _kinds() -> dict[str, str]:
    return {
        "order": gettext("Sales orders"),
        "delivery": gettext("Delivery notes"),
        "return": gettext("Return notes"),
        "invoice": gettext("Invoices"),
        "statement": gettext("Statements"),
        "statements-of-month": gettext("Statements of a month"),
    }
