"""What the cart and an order under correction have in common: lines, delivery, what submitting would answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import asked, sayings
from portal.catalog import QuantityForm
from trade import clock
from trade.actor import Permission
from trade.catalog.queries import steps_of
from trade.db import read
from trade.distributors.queries import addresses_of, terms_of
from trade.errors import Refused
from trade.flows.fill_cart import Delivery, Wishes, fill_cart, set_delivery
from trade.flows.submit_order import Submission, submit_order
from trade.orders import basket, benefits, queries, states
from trade.orders.basket import Basket
from trade.orders.delivery import Wanted
from trade.orders.models import Order
from trade.orders.pricing import Priced
from web.answer import attempt, go, say, show
from web.forms import DateField, Form, LongTextField, MoneyField, VersionForm, WholeNumberField
from web.requests import wants_block

LARGEST_ID = 2**31 - 1
PAGE = 100  # lines that are shown at once


class CheckoutForm(VersionForm):
    """Where to, when, a word to the rep; and with submission the total that stood on the page."""

    order = WholeNumberField(largest=LARGEST_ID)
    seen_gross = MoneyField(is_positive=False, is_needed=False)
    address = WholeNumberField(_("Deliver to"), is_needed=False, largest=LARGEST_ID)
    wanted_date = DateField(_("Wanted on"), is_needed=False)
    remark = LongTextField(_("Message to your sales representative"), is_needed=False, longest=500)


@dataclass(frozen=True)
class Place:
    """One of the two pages: where it lives, and which order it shows (None: the actor's cart)."""

    here: str
    order_id: int | None
    line_url: Callable[[int], str]
    delivery_url: str
    submission_url: str


def show_checkout(
    place: Place, form: Form, typed: Mapping[int, tuple[str, str]] | None = None, line: str = ""
) -> Response:
    """Answer the page or its block; `typed` is what stands in a stepper that was refused, with the reason; `line` the place to return to."""
    day = clock.today()
    with read() as session:
        terms = terms_of(session, g.actor.distributor_id, day)
        cart = basket.load(session, g.actor, terms, day, order_id=place.order_id)
        _refuse_closed(cart, place)
        addresses = addresses_of(session, terms.distributor_id)
        checkout = form if isinstance(form, CheckoutForm) else _prefilled(cart.order)
        shown, following = _shown(cart, typed or {})
        return show(
            session,
            "portal/cart/cart.html",
            "cart",
            f"{place.here}{line}",
            form,
            place=place,
            back=_came_back(session, place),
            cart=cart,
            shown=shown,
            following=following,
            is_paged=len(cart.lines) > PAGE,
            only_problems=_only_problems(),
            checkout=checkout,
            addresses=addresses,
            benefits={line.picked.sku.id: benefits.of_line(line) for line in shown},
            typed=typed or {},
            can_see_credit=g.actor.may(Permission.CREDIT_READ),
            is_partial=wants_block(),
        )


def _shown(cart: Basket, typed: Mapping[int, tuple[str, str]]) -> tuple[list[Priced], int | None]:
    """The lines of a page, or those that need a change; and after which line the next page begins."""
    lines = list(cart.lines)
    if _only_problems() and cart.outlook.problems:
        lines = [each for each in lines if each.picked.line.id in cart.outlook.problems]
    after = asked.number("after") or 0
    rest = [each for each in lines if each.picked.line.line_no > after] or lines[-PAGE:]
    page = rest[:PAGE]
    page += [each for each in lines if each.picked.sku.id in typed and each not in page]
    return page, page[PAGE - 1].picked.line.line_no if len(rest) > PAGE else None


def _only_problems() -> bool:
    return asked.choice("show", ("problems",)) == "problems"


def change_line(place: Place, sku_id: int, given: Mapping[str, str]) -> Response:
    """Set one line's quantity; 0 takes it out."""
    form = QuantityForm(given)
    if form.validate():
        with read() as session:
            steps = steps_of(session, sku_id)
        attempt(form, fill_cart, Wishes({sku_id: form.wanted(*steps)}, order_id=place.order_id))
    typed = {}
    if form.errors:
        words = next(iter([*form.quantity.errors, *form.form_errors]), "")
        typed = {sku_id: (form.quantity._value(), str(words))}
    return show_checkout(place, form, typed, f"#line-{sku_id}")


def save_delivery(place: Place, form: CheckoutForm) -> Response:
    """Keep address, date and remark."""
    if form.validate():
        attempt(form, set_delivery, _delivery(form))
    if not form.errors:
        say(gettext("Delivery is saved"))
    return show_checkout(place, form)


def submit(place: Place, form: CheckoutForm, order_url: Callable[[int], str]) -> Response:
    """Submit with what was typed about the delivery; on success, an earlier tap's too, lead to the order."""
    if not form.validate():
        return show_checkout(place, form)
    order_id = form.order.data or 0
    wanted = Wanted(form.address.data, form.wanted_date.data, form.remark.data or "")
    given = Submission(order_id, form.version.data or 0, form.seen_gross.data, wanted)
    receipt = attempt(form, submit_order, given)
    if receipt is not None and not receipt.is_repeat:
        say(gettext("Submitted as %(number)s", number=receipt.number))
    elif receipt is not None or _is_submitted(order_id):
        say(gettext("Already submitted; no second order was made"))
    else:
        return show_checkout(place, form)
    return go(order_url(order_id))


def _came_back(session: Session, place: Place) -> sayings.Back | None:
    """Why the order has to be corrected; a cart has no such story."""
    return sayings.came_back(queries.timeline(session, place.order_id)) if place.order_id else None


def _is_submitted(order_id: int) -> bool:
    with read() as session:
        return queries.get_for(session, g.actor, order_id).approval_state not in states.EDITABLE


def _prefilled(order: Order | None) -> CheckoutForm:
    if order is None:
        return CheckoutForm()
    return CheckoutForm(
        data={"address": order.address_id, "wanted_date": order.wanted_date, "remark": order.remark}
    )


def _delivery(form: CheckoutForm) -> Delivery:
    return Delivery(
        order_id=form.order.data or 0,
        version=form.version.data or 0,
        address_id=form.address.data,
        wanted_date=form.wanted_date.data,
        remark=form.remark.data or "",
    )


def _refuse_closed(cart: Basket, place: Place) -> None:
    """An order is corrected only while it lies with the distributor."""
    if place.order_id is not None and cart.order and cart.order.approval_state != "returned":
        raise Refused("order.not_found")
