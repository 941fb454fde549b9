"""The brand's side of what is written about an order: to the distributor, or among themselves."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from admin import orders
from trade.actor import Permission
from trade.db import read
from trade.flows.note_signature import Signature, note_signature
from trade.flows.remark_order import NewRemark, remark_order
from trade.orders import queries
from web.access import requires
from web.answer import attempt, go, say
from web.forms import DateField, VersionForm
from web.remarking import RemarkForm

bp = Blueprint("remarks", __name__)


class SignatureForm(VersionForm):
    signed_on = DateField(is_needed=False)


@bp.post("/orders/<id:order_id>/remarks")
@requires(Permission.ORDER_REMARK)
def creation(order_id: int) -> Response:
    form = RemarkForm(request.form)
    is_note = form.validate() and form.kind.data == "note"
    if not form.errors:
        attempt(form, remark_order, NewRemark(order_id, form.text.data, is_note))
    if form.errors:
        with read() as session:
            return orders.show_order(session, order_id, remarking=form)
    say(gettext("Kept for the brand alone") if is_note else gettext("Sent to the distributor"))
    return go(url_for("admin.orders.detail", order_id=order_id, _anchor="remarks"))


@bp.post("/orders/<id:order_id>/shipments/<id:shipment_id>/signature")
@requires(Permission.ORDER_ALLOCATE)
def signature(order_id: int, shipment_id: int) -> Response:
    """The day on which the carrier says that the parcel was handed over; empty takes it back."""
    form = SignatureForm(request.form)
    with read() as session:
        queries.get_for(session, g.actor, order_id)
    if form.validate():
        given = Signature(order_id, shipment_id, form.version.data, form.signed_on.data)
        attempt(form, note_signature, given)
    if form.errors:
        with read() as session:
            return orders.show_order(session, order_id, signing=form)
    say(gettext("The day of delivery is kept"))
    return go(url_for("admin.orders.detail", order_id=order_id))
