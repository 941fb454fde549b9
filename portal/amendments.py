"""A distributor asks for a change of an order that is not shipped yet, and takes it back."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.amendments import changes
from trade.db import read
from trade.errors import Refused
from trade.flows.withdraw_amendment import SeenAmendment, withdraw_amendment
from trade.orders import queries
from trade.orders.models import Order
from web import amend_pages, amending
from web.access import requires
from web.amending import AmendmentForm, PreviewForm
from web.answer import attempt, go, render, say
from web.forms import Form, VersionForm

bp = Blueprint("amendments", __name__)


@bp.get("/orders/<id:order_id>/amendment")
@requires(Permission.ORDER_SUBMIT)
def draft(order_id: int) -> Response:
    with read() as session:
        return _show_draft(session, order_id, PreviewForm(), None)


@bp.post("/orders/<id:order_id>/amendment/preview")
@requires(Permission.ORDER_SUBMIT)
def preview(order_id: int) -> Response:
    """What the typed quantities would come to; nothing is written."""
    return amend_pages.try_out(order_id, _show_draft)


@bp.post("/orders/<id:order_id>/amendment")
@requires(Permission.ORDER_SUBMIT)
def amendment(order_id: int) -> Response:
    """Ask the brand; until it decides, the order stays as it is."""

    def done(_amendment_id: int) -> Response:
        say(gettext("Asked for; the brand decides, and you are told"))
        return go(url_for("portal.orders.order", order_id=order_id))

    return amend_pages.send(order_id, _order, _show_draft, done)


@bp.post("/amendments/<id:amendment_id>/withdrawal")
@requires(Permission.ORDER_SUBMIT)
def withdrawal(amendment_id: int) -> Response:
    form = VersionForm(request.form)
    with read() as session:
        order_id = changes.get_for(session, g.actor, amendment_id).order_id
    if form.validate():
        attempt(form, withdraw_amendment, SeenAmendment(amendment_id, form.version.data))
    if form.errors:
        with read() as session:
            return _show_draft(session, order_id, form, None)
    say(gettext("The change is taken back; the order stays as it is"))
    return go(url_for("portal.orders.order", order_id=order_id))


def _show_draft(session: Session, order_id: int, form: Form, refusal: Refused | None) -> Response:
    order = _order(session, order_id)
    sheet = amending.sheet_of(session, g.actor, order, request.form)
    if refusal is not None:
        amending.explain(form, sheet, refusal)
    is_refused = not isinstance(form, PreviewForm) and bool(form.errors)
    return render(
        session,
        "portal/amendments/draft.html",
        "draft",
        status=422 if is_refused else 200,
        order=order,
        sheet=sheet,
        form=form if isinstance(form, (AmendmentForm, PreviewForm)) else PreviewForm(),
        refused=form if is_refused else None,
        pending=changes.find_pending(session, order_id),
        amending=amending,
        urls={
            "preview": url_for(".preview", order_id=order_id),
            "confirm": url_for(".amendment", order_id=order_id),
        },
    )


def _order(session: Session, order_id: int) -> Order:
    """An order that can have a change at all: one that was submitted."""
    order = queries.get_for(session, g.actor, order_id)
    if order.approval_state == "draft":
        raise Refused("order.not_found")
    return order
