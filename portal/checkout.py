"""What the cart and an order under correction have in common: lines, delivery, what submitting would answer."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import sayings
from portal.catalog import MOST, QuantityForm
from trade import clock
from trade.actor import Permission
from trade.catalog.queries import steps_of
from trade.db import read
from trade.distributors.models import Address
from trade.distributors.queries import addresses_of, terms_of
from trade.errors import Refused
from trade.flows.fill_cart import Delivery, Wishes, fill_cart, set_delivery
from trade.flows.submit_order import Receipt, Submission, submit_order
from trade.opportunities import queries as opportunities
from trade.orders import basket, benefits, deliveries, queries, states
from trade.orders.basket import Basket, Part
from trade.orders.delivery import Wanted
from trade.orders.models import Order
from trade.orders.pricing import Priced
from trade.registrations import ending
from web import asked
from web.answer import attempt, go, say, show
from web.forms import DateField, Form, LongTextField, MoneyField, VersionForm, WholeNumberField
from web.requests import wants_block

LARGEST_ID = 2**31 - 1
PAGE = 100  # lines that are shown at once
PLACE = re.compile(r"d([0-9]{1,9})-(address|wanted_date)")  # an input about a further place of the cart
Typed = Mapping[tuple[int, int], tuple[str, str]]  # by SKU and place: what was typed, and why it cannot be


class PlaceForm(Form):
    """Where a further part of the cart goes, and when; its inputs carry the place's number."""

    address = WholeNumberField(_("Deliver to"), is_needed=False, largest=LARGEST_ID)
    wanted_date = DateField(_("Wanted on"), is_needed=False)

    @property
    def place(self) -> deliveries.Place:
        return deliveries.Place(self.address.data, self.wanted_date.data)


class CheckoutForm(VersionForm):
    """Where to, when, a word to the rep; and with submission the total that stood on the page.

    `further` are the forms of the cart's further places, by number.
    """

    order = WholeNumberField(largest=LARGEST_ID)
    seen_gross = MoneyField(is_positive=False, is_needed=False)
    address = WholeNumberField(_("Deliver to"), is_needed=False, largest=LARGEST_ID)
    wanted_date = DateField(_("Wanted on"), is_needed=False)
    remark = LongTextField(_("Message to your sales representative"), is_needed=False, longest=500)

    def __init__(self, formdata: Any = None, **given: Any):
        super().__init__(formdata, **given)
        found = (PLACE.fullmatch(name) for name in formdata or ())
        numbers = sorted({int(each[1]) for each in found if each})[: deliveries.MOST]
        self.further = {no: PlaceForm(formdata, prefix=f"d{no}-") for no in numbers}

    @property
    def errors(self) -> dict[Any, Any]:
        own: dict[Any, Any] = super().errors
        return own | {f"d{no}": form.errors for no, form in self.further.items() if form.errors}

    def validate(self, *args: Any, **given: Any) -> bool:
        return all([super().validate(*args, **given), *(form.validate() for form in self.further.values())])

    def refuse(self, message: str, field: str | None = None) -> None:
        found = PLACE.fullmatch(field or "")
        if found and int(found[1]) in self.further:
            self.further[int(found[1])].refuse(message, found[2])
        else:
            super().refuse(message, field)

    @property
    def typed(self) -> Wanted:
        return Wanted(self.address.data, self.wanted_date.data, self.remark.data or "")

    @property
    def places(self) -> dict[int, deliveries.Place]:
        return {no: form.place for no, form in self.further.items()}


class DivisionForm(VersionForm):
    """How much of a line goes to which other place."""

    order = WholeNumberField(largest=LARGEST_ID)
    quantity = WholeNumberField(_("Quantity"), smallest=1, largest=MOST)
    origin = WholeNumberField(largest=LARGEST_ID)
    target = WholeNumberField(_("Deliver to"), largest=LARGEST_ID)


@dataclass(frozen=True)
class Place:
    """One of the two pages: where it lives, and which order it shows (None: the actor's cart)."""

    here: str
    order_id: int | None
    line_url: Callable[[int], str]
    delivery_url: str
    submission_url: str
    release_url: str  # for no registered customer any more
    part_url: Callable[[int, int], str] | None = None  # of a line at one of the cart's places


@dataclass(frozen=True)
class Group:
    """What goes to one place, on one day: `at` counts the orders that the cart becomes; `lines` are those shown."""

    delivery_no: int
    at: int
    form: CheckoutForm | PlaceForm
    address: Address | None
    wanted_date: date | None
    part: Part | None
    lines: Sequence[Priced]


def show_checkout(
    place: Place, form: Form, typed: Typed | None = None, line: str = "", divided: Typed | None = None
) -> Response:
    """Answer the page or its block; `line` is the place to return to.

    `typed` is what stands in a stepper that was refused, with the reason; `divided` the same of a line to be divided.
    """
    day = clock.today()
    with read() as session:
        terms = terms_of(session, g.actor.distributor_id, day)
        cart = basket.load(session, g.actor, terms, day, order_id=place.order_id)
        cart = ending.foreseen(session, cart, day)
        _refuse_closed(cart, place)
        addresses = addresses_of(session, terms.distributor_id)
        is_cart = place.order_id is None and cart.order is not None and bool(cart.lines)
        places = deliveries.of_cart(session, cart.order.id) if is_cart and cart.order else {}
        checkout = form if isinstance(form, CheckoutForm) else _prefilled(cart.order)
        if g.actor.on_behalf_of:
            checkout.remark.label.text = gettext("Remark on the order")
        shown, following = _shown(cart, typed or {})
        origin = opportunities.origin_of(session, cart.order) if cart.order else None
        return show(
            session,
            "portal/cart/cart.html",
            "cart",
            f"{place.here}{line}",
            form,
            place=place,
            origin=origin,
            is_offer_over=origin is not None and origin.valid_until is not None and origin.valid_until < day,
            back=_came_back(session, place),
            cart=cart,
            groups=_groups(cart, places, checkout, addresses, shown),
            is_from_start=not shown or shown[0] is cart.lines[0],
            following=following,
            is_paged=len(cart.lines) > PAGE,
            only_problems=_only_problems(),
            checkout=checkout,
            addresses=addresses,
            benefits={line.picked.line.id: benefits.of_line(line) for line in shown},
            typed=typed or {},
            divided=divided or {},
            can_see_credit=g.actor.may(Permission.CREDIT_READ),
            is_partial=wants_block(),
        )


def _groups(
    cart: Basket,
    places: Mapping[int, deliveries.Place],
    checkout: CheckoutForm,
    addresses: Sequence[Address],
    shown: Sequence[Priced],
) -> list[Group]:
    """The shown lines place by place; a cart that goes to one place is one group."""
    own = deliveries.Place(cart.order.address_id, cart.order.wanted_date) if cart.order else None
    known = {address.id: address for address in addresses}
    first = addresses[0] if addresses else None  # what stands in the choice where nothing is chosen
    parts = {part.delivery_no: part for part in cart.parts}
    groups: list[Group] = []
    at = 0
    for no, where in {deliveries.FIRST: own or deliveries.Place(None, None), **places}.items():
        part = parts.get(no) if cart.lines else None
        at += part is not None
        form: CheckoutForm | PlaceForm = checkout
        if no != deliveries.FIRST:
            form = checkout.further.get(no) or PlaceForm(
                prefix=f"d{no}-", data={"address": where.address_id, "wanted_date": where.wanted_date}
            )
        lines = [line for line in shown if line.picked.line.delivery_no == no]
        groups.append(
            Group(no, at, form, known.get(where.address_id or 0, first), where.wanted_date, part, lines)
        )
    return groups


def _shown(cart: Basket, typed: Typed) -> tuple[list[Priced], int | None]:
    """The lines of a page, or those that need a change; and after how many lines the next page begins."""
    lines = list(enumerate(cart.lines, start=1))
    if _only_problems() and cart.outlook.problems:
        lines = [each for each in lines if each[1].picked.line.id in cart.outlook.problems]
    after = asked.number("after") or 0
    rest = [each for each in lines if each[0] > after] or lines[-PAGE:]
    page = [line for _at, line in rest[:PAGE]]
    page += [line for line in cart.lines if _key(line) in typed and line not in page]
    return page, rest[PAGE - 1][0] if len(rest) > PAGE else None


def _key(line: Priced) -> tuple[int, int]:
    return line.picked.sku.id, line.picked.line.delivery_no


def _only_problems() -> bool:
    return asked.choice("show", ("problems",)) == "problems"


def change_line(place: Place, sku_id: int, given: Mapping[str, str]) -> Response:
    """Set one line's quantity, at one place or over all; 0 takes it out."""
    form = QuantityForm(given)
    only = asked.number("delivery") if place.order_id is None else None
    if form.validate():
        with read() as session:
            steps = steps_of(session, sku_id)
        attempt(form, fill_cart, Wishes({sku_id: form.wanted(*steps)}, place.order_id, only))
    typed = {}
    key = (sku_id, only or deliveries.FIRST)
    if form.errors:
        words = next(iter([*form.quantity.errors, *form.form_errors]), "")
        typed = {key: (form.quantity._value(), str(words))}
    return show_checkout(place, form, typed, f"#{anchor(*key)}")


def anchor(sku_id: int, delivery_no: int) -> str:
    """Where a line stands on the page."""
    return f"line-{sku_id}" if delivery_no == deliveries.FIRST else f"line-{sku_id}-{delivery_no}"


def save_delivery(place: Place, form: CheckoutForm) -> Response:
    """Keep address, date and remark."""
    if form.validate():
        attempt(form, set_delivery, _delivery(form))
    if not form.errors:
        say(gettext("Delivery is saved"))
    return show_checkout(place, form)


def submit(
    place: Place,
    form: CheckoutForm,
    order_url: Callable[[int], str],
    together_url: Callable[[int], str] | None = None,
) -> Response:
    """Submit with what was typed about the deliveries; on success, an earlier tap's too, lead to the order or orders."""
    if not form.validate():
        return show_checkout(place, form)
    order_id = form.order.data or 0
    given = Submission(order_id, form.version.data or 0, form.seen_gross.data, form.typed, form.places)
    receipt = attempt(form, submit_order, given)
    together_id = receipt.together_id if receipt is not None else None
    if receipt is not None and not receipt.is_repeat:
        _say_submitted(receipt)
    elif receipt is not None or _is_submitted(order_id):
        say(gettext("Already submitted; no second order was made"))
    else:
        return show_checkout(place, form)
    return go(together_url(together_id) if together_url and together_id else order_url(order_id))


def _say_submitted(receipt: Receipt) -> None:
    if len(receipt.numbers) > 1:
        first, last = receipt.numbers[0], receipt.numbers[-1]
        say(gettext("Submitted as %(first)s to %(last)s", first=first, last=last))
    else:
        say(gettext("Submitted as %(number)s", number=receipt.number))


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
        further=form.places,
    )


def _refuse_closed(cart: Basket, place: Place) -> None:
    """An order is corrected only while it lies with the distributor."""
    if place.order_id is not None and cart.order and cart.order.approval_state != "returned":
        raise Refused("order.not_found")
