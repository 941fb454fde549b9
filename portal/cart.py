"""The cart: what it costs, what submitting it would answer, and submitting it."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal import sayings
from portal.checkout import (
    CheckoutForm,
    DivisionForm,
    Place,
    anchor,
    change_line,
    save_delivery,
    show_checkout,
    submit,
)
from trade.actor import Permission
from trade.db import read
from trade.flows.fill_cart import empty_cart
from trade.flows.split_cart import Change, Division, add_delivery, divide_line, remove_delivery
from trade.fulfilment.queries import Count, counts_of
from trade.money import ZERO
from trade.orders import queries
from trade.orders.deliveries import FIRST, of_submission
from trade.orders.queries import Seen
from web import asked
from web.access import requires
from web.answer import attempt, go, render, say
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
    return submit(_place(), CheckoutForm(request.form), _order_url, _together_url)


@bp.post("/cart/deliveries")
@requires(Permission.CART_EDIT)
def deliveries() -> Response:
    """Let a part of the cart go to a further place."""
    form = CheckoutForm(request.form)
    added = attempt(form, add_delivery, _change(form)) if form.validate() else None
    return show_checkout(_place(), form, line=f"#delivery-{added}")


@bp.post("/cart/deliveries/<id:delivery_no>/removal")
@requires(Permission.CART_EDIT)
def delivery_removal(delivery_no: int) -> Response:
    """Take a further place back; its products go to the first one."""
    form = CheckoutForm(request.form)
    if form.validate():
        attempt(form, remove_delivery, _change(form, delivery_no))
    if not form.errors:
        say(gettext("Taken out; what went there goes to the first address"))
    return show_checkout(_place(), form)


@bp.post("/cart/lines/<id:sku_id>/division")
@requires(Permission.CART_EDIT)
def division(sku_id: int) -> Response:
    """Let a line or a part of it go to another place."""
    form = DivisionForm(request.form)
    key = (sku_id, form.origin.data or FIRST)
    if form.validate():
        seen = (form.order.data or 0, form.version.data or 0)
        attempt(form, divide_line, Division(*seen, *key, form.target.data or 0, form.quantity.data or 0))
    words = next((str(each) for field in (form.quantity, form.target) for each in field.errors), "")
    divided = {key: (form.quantity._value(), words)} if form.errors else {}
    return show_checkout(_place(), form, line=f"#{anchor(*key)}", divided=divided)


@bp.get("/cart/submissions/<id:order_id>")
@requires(Permission.ORDER_READ)
def submitted(order_id: int) -> Response:
    """The orders that one cart became, each with its number and where it stands."""
    with read() as session:
        first = queries.get_for(session, g.actor, order_id)
        if first.approval_state == "draft":
            return go(url_for(".index"))
        orders = of_submission(session, first)
        counts = counts_of(session, [order.id for order in orders])
        rows = [
            (
                order,
                sayings.badge(order, counts.get(order.id, Count())),
                [sayings.reason_words(reason, order.currency) for reason in order.reasons],
            )
            for order in orders
        ]
        return render(
            session,
            "portal/cart/submitted.html",
            "orders",
            rows=rows,
            gross=sum((order.gross for order in orders), ZERO),
            currency=first.currency,
        )


def _change(form: CheckoutForm, delivery_no: int = 0) -> Change:
    return Change(form.order.data or 0, form.version.data or 0, form.typed, form.places, delivery_no)


def _place() -> Place:
    shown = {"after": asked.number("after"), "show": asked.choice("show", ("problems",)) or None}
    return Place(
        here=url_for("portal.cart.index", **shown),
        order_id=None,
        line_url=lambda sku_id: url_for("portal.cart.line", sku_id=sku_id, **shown),
        delivery_url=url_for("portal.cart.delivery"),
        submission_url=url_for("portal.cart.submission"),
        release_url=url_for("portal.registrations.cart_release"),
        part_url=lambda sku_id, no: url_for("portal.cart.line", sku_id=sku_id, delivery=no, **shown),
    )


def _order_url(order_id: int) -> str:
    return url_for("portal.orders.order", order_id=order_id)


def _together_url(order_id: int) -> str:
    return url_for("portal.cart.submitted", order_id=order_id)
