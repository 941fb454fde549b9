"""The distributor's side of what is written about an order, and urging it (催单)."""

from flask import Blueprint, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal import orders
from trade.actor import Permission
from trade.flows.nudge_order import nudge_order
from trade.flows.remark_order import NewRemark, remark_order
from web.access import requires
from web.answer import attempt, go, say
from web.forms import Form
from web.remarking import RemarkForm

bp = Blueprint("remarks", __name__)


@bp.post("/orders/<id:order_id>/remarks")
@requires(Permission.ORDER_REMARK)
def creation(order_id: int) -> Response:
    form = RemarkForm(request.form)
    if form.validate():
        attempt(form, remark_order, NewRemark(order_id, form.text.data))
    if form.errors:
        return orders.show_order(order_id, Form(), remarking=form)
    say(gettext("Sent to the brand"))
    return go(url_for("portal.orders.order", order_id=order_id, _anchor="remarks"))


@bp.post("/orders/<id:order_id>/nudge")
@requires(Permission.ORDER_REMARK)
def nudge(order_id: int) -> Response:
    form = Form()
    attempt(form, nudge_order, order_id)
    if not form.errors:
        say(gettext("Urged; the brand sees how long you have been waiting"))
    return orders.show_order(order_id, form)
