"""The cart: what it costs, what submitting it would answer, and submitting it."""

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from portal import asked
from portal.checkout import CheckoutForm, Place, change_line, save_delivery, show_checkout, submit
from trade.actor import Permission
from trade.flows.fill_cart import empty_cart
from trade.orders.queries import Seen
from web.access import requires
from web.answer import attempt
from web.forms import Form

bp = Blueprint("cart", __name__)


@bp.get("/cart")
@requires(Permission.CART_EDIT)
def index() -> Response:
    return show_checkout(_place(), Form())


@bp.post("/cart/lines/<id:sku_id>")
@requires(Permission.CART_EDIT)
def line(sku_id: int) -> Response:
    return change_line(_place(), sku_id, request.form)


@bp.post("/cart/delivery")
@requires(Permission.CART_EDIT)
def delivery() -> Response:
    return save_delivery(_place(), CheckoutForm(request.form))


@bp.post("/cart/clearance")
@requires(Permission.CART_EDIT)
def clearance() -> Response:
    """Take every line out."""
    form = CheckoutForm(request.form)
    if form.validate():
        attempt(form, empty_cart, Seen(form.order.data or 0, form.version.data or 0))
    return show_checkout(_place(), form)


@bp.post("/cart/submission")
@requires(Permission.ORDER_SUBMIT)
def submission() -> Response:
    return submit(_place(), CheckoutForm(request.form), _order_url)


def _place() -> Place:
    shown = {"after": asked.number("after"), "show": asked.choice("show", ("problems",)) or None}
    return Place(
        here=url_for("portal.cart.index", **shown),
        order_id=None,
        line_url=lambda sku_id: url_for("portal.cart.line", sku_id=sku_id, **shown),
        delivery_url=url_for("portal.cart.delivery"),
        submission_url=url_for("portal.cart.submission"),
    )


def _order_url(order_id: int) -> str:
    return url_for("portal.orders.order", order_id=order_id)
