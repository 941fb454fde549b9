"""What a distributor can order, at its own prices, and why they are what they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, g, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import sayings
from trade import clock
from trade.actor import Permission
from trade.catalog import queries, rules
from trade.catalog.models import Category, Sku
from trade.db import read
from trade.distributors.queries import Terms, terms_of
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.star_sku import Star, star_sku
from trade.inventory.queries import Level, level
from trade.library import shelves
from trade.library.shelves import Shelved
from trade.orders import basket, benefits
from trade.orders.basket import Basket
from trade.pricing import queries as prices
from trade.pricing.rules import Break, Price
from trade.pricing.rules import price as price_of
from trade.registrations import ending
from trade.shelf import habits
from trade.shelf import queries as shelf
from trade.shelf.habits import About, Bought
from trade.shelf.queries import Filter
from web import asked, broadcast_words, price_words
from web.access import requires
from web.answer import attempt, render, show
from web.forms import CheckField, Form, TextField, WholeNumberField, parse_number
from web.redirects import is_safe_url, referring_page
from web.requests import wants_block

bp = Blueprint("catalog", __name__)
MOST = 99_999
LONGEST_KEY = 160
PLACES = ("list", "sku")


class QuantityForm(Form):
    """A stepper: the typed quantity, and whether less or more was pressed beside it."""

    quantity = WholeNumberField(_("Quantity"), largest=MOST)
    less = TextField(is_needed=False, longest=1)
    more = TextField(is_needed=False, longest=1)

    def wanted(self, moq: int, multiple: int) -> int:
        """The quantity that is meant, stepped as the SKU is sold."""
        typed = self.quantity.data or 0
        if self.more.data:
            return min(rules.step_up(typed, moq, multiple), MOST)
        return rules.step_down(typed, moq, multiple) if self.less.data else typed


class StarForm(Form):
    """Whether the star is to be on."""

    is_on = CheckField()


@dataclass(frozen=True)
class Row:
    """A SKU as the catalogue shows it; `quantity` lies in the cart, `typed` stands in the stepper."""

    sku: Sku
    quantity: int
    price: Price | None
    stock: Level
    typed: str
    error: str = ""
    is_starred: bool = False
    bought: Bought | None = None
    largest: int = 0  # of the cart's quantity, the most that goes to one place

    @property
    def least(self) -> int:
        """The smallest quantity in which it is sold."""
        return rules.smallest(self.sku.moq, self.sku.multiple)

    @property
    def left(self) -> int:
        """Whole order units that are left."""
        return max(self.stock.available, 0) // self.sku.order_factor

    @property
    def breaks(self) -> list[tuple[int, Any, bool]]:
        """The breaks beyond the first price; the one that the cart has reached is marked."""
        if self.price is None:
            return []
        base_quantity = self.largest * self.sku.order_factor
        reached = [
            each for each in self.price.breaks if each.min_quantity * self.price.factor <= base_quantity
        ]
        now: Break | None = reached[-1] if reached else None
        return [(each.min_quantity, each.price, each is now) for each in self.price.breaks[1:]]


@dataclass(frozen=True)
class Branch:
    """A category with what lies under it, and whether the reader is in it."""

    category: Category
    below: Sequence["Branch"]
    is_here: bool
    is_open: bool


@bp.get("/catalog")
@requires(Permission.CATALOG_READ)
def index() -> Response:
    wanted = _filter()
    day = clock.today()
    with read() as session:
        terms = terms_of(session, g.actor.distributor_id, day)
        categories = queries.categories(session)
        page = shelf.listing(session, g.actor, terms, wanted, day, categories)
        cart = ending.foreseen(session, basket.load(session, g.actor, terms, day, shelf=page.skus), day)
        rows = [_row(sku, cart, page.abouts[sku.id]) for sku in page.skus]
        colours = queries.colours(session, wanted.category_id) if wanted.category_id else []
        return render(
            session,
            "portal/catalog/catalog.html",
            "list",
            rows=rows,
            page=page,
            wanted=wanted,
            terms=terms,
            cart=cart,
            colours=colours,
            place="list",
            chosen=next((each for each in categories if each.id == wanted.category_id), None),
            tree=_tree(categories, wanted.category_id),
            counted_most=shelf.COUNTED,
            basis=_basis(rows),
        )


@bp.get("/catalog/<id:sku_id>")
@requires(Permission.CATALOG_READ)
def sku(sku_id: int) -> Response:
    with read() as session:
        return _sku_page(session, sku_id, None)


@bp.post("/catalog/<id:sku_id>/quantity")
@requires(Permission.CART_EDIT)
def quantity(sku_id: int) -> Response:
    """Put a quantity into the cart, from a row of the list or from the SKU's page."""
    form = QuantityForm(request.form)
    with read() as session:
        found = queries.get_for(session, _terms(session), sku_id, clock.today())
    if form.validate():
        attempt(form, fill_cart, Wishes({sku_id: form.wanted(found.moq, found.multiple)}))
    back = request.form.get("next", "")
    here = back if is_safe_url(back) else url_for(".sku", sku_id=sku_id)
    with read() as session:
        if request.form.get("place") != "list" or (form.errors and not wants_block()):
            return _sku_page(session, sku_id, form, here)
        cart, row = _bought(session, sku_id, form)
        return show(
            session,
            "portal/catalog/catalog.html",
            "cart",
            f"{here}#sku-{sku_id}",
            form,
            cart=cart,
            changed=row,
            place="list",
        )


@bp.post("/catalog/<id:sku_id>/star")
@requires(Permission.CART_EDIT)
def star(sku_id: int) -> Response:
    """Keep a SKU among one's favourites, or no longer."""
    form = StarForm(request.form)
    is_on = bool(form.is_on.data) if form.validate() else False
    attempt(form, star_sku, Star(sku_id, is_on))
    back = request.form.get("next", "")
    here = back if is_safe_url(back) else url_for(".sku", sku_id=sku_id)
    with read() as session:
        found = queries.get_for(session, _terms(session), sku_id, clock.today())
        return show(
            session, "portal/catalog/star.html", "star", f"{here}#sku-{sku_id}", form, sku=found, is_on=is_on
        )


@bp.get("/catalog/<id:sku_id>/price")
@requires(Permission.CATALOG_READ)
def price(sku_id: int) -> Response:
    """Why the price is what it is, for a quantity."""
    day = clock.today()
    with read() as session:
        terms = _terms(session)
        found = queries.get_for(session, terms, sku_id, day)
        least = rules.smallest(found.moq, found.multiple)
        typed = asked.text("quantity")
        number = parse_number(typed) or 0
        asked_for = int(number) if number == int(number) and 1 <= number <= MOST else least
        rows = prices.rows_for(session, terms, [found], day)[found.id]
        answer = price_of(prices.asked(found, terms, asked_for, day), rows)
        return render(
            session,
            "portal/catalog/price.html",
            "why",
            sku=found,
            quantity=asked_for,
            unread=typed if typed and asked_for != number else "",
            day=day,
            price=answer,
            told=price_words.tell(answer.steps, terms.currency) if answer else None,
            benefit=benefits.next_break(found, asked_for, answer),
            is_partial=wants_block(),
            currency=terms.currency,
            back=url_for(".sku", sku_id=sku_id),
        )


def _filter() -> Filter:
    """What the address asks for."""
    return Filter(
        search=asked.text("q"),
        category_id=asked.number("category"),
        colour=asked.text("colour"),
        is_in_stock=asked.choice("stock", ("yes",)) == "yes",
        has_breaks=asked.choice("breaks", ("yes",)) == "yes",
        is_starred=asked.choice("starred", ("yes",)) == "yes",
        is_usual=asked.choice("usual", ("yes",)) == "yes",
        after=asked.text("after", LONGEST_KEY),
    )


def _basis(rows: Sequence[Row]) -> str:
    """Gross or net, where all prices of the page agree."""
    known = {row.price.basis for row in rows if row.price}
    return known.pop() if len(known) == 1 else ""


def _terms(session: Session) -> Terms:
    return terms_of(session, g.actor.distributor_id, clock.today())


def _row(sku: Sku, cart: Basket, about: About, form: Form | None = None) -> Row:
    in_cart = cart.quantities.get(sku.id, 0)
    typed, error = str(in_cart), _problem(sku, cart)
    if form is not None and form.errors:
        typed = form.quantity._value() or typed
        error = str(next(iter([*form.quantity.errors, *form.form_errors]), ""))
    stock = level(about.left, sku.safety_stock)
    largest = cart.largest.get(sku.id, 0)
    found = cart.shelf.get(sku.id)
    return Row(sku, in_cart, found, stock, typed, error, about.is_starred, about.bought, largest)


def _problem(sku: Sku, cart: Basket) -> str:
    """What the cart says about the quantity that lies in it."""
    lines = [each.picked.line.id for each in cart.lines if each.picked.sku.id == sku.id]
    problems = [problem for line_id in lines for problem in cart.outlook.problems.get(line_id, ())]
    words = [sayings.problem_words(each, sku.order_unit, sku.order_factor) for each in problems]
    return " ".join(dict.fromkeys(words))


def _bought(session: Session, sku_id: int, form: Form) -> tuple[Basket, Row]:
    """The cart with one SKU's row as it stands now."""
    day = clock.today()
    terms = _terms(session)
    found = queries.get_for(session, terms, sku_id, day)
    cart = ending.foreseen(session, basket.load(session, g.actor, terms, day, shelf=[found]), day)
    return cart, _row(found, cart, habits.about(session, g.actor, sku_id, day), form)


def _sku_page(session: Session, sku_id: int, form: Form | None, here: str = "") -> Response:
    day = clock.today()
    terms = _terms(session)
    found, pictures, packs = queries.get_whole(session, terms, sku_id, day)
    others = queries.siblings(session, terms, found, day)
    cart = ending.foreseen(session, basket.load(session, g.actor, terms, day, shelf=[found, *others]), day)
    categories = {each.id: each for each in queries.categories(session)}
    context: Mapping[str, Any] = {
        "row": _row(found, cart, habits.about(session, g.actor, sku_id, day), form),
        "cart": cart,
        "place": "sku",
        "benefit": benefits.next_break(found, cart.largest.get(sku_id, 0), cart.shelf.get(sku_id)),
        "is_partial": wants_block(),
        "pictures": pictures,
        "packs": packs,
        "others": [(other, cart.shelf.get(other.id)) for other in others],
        "papers": _papers(session, terms, found, categories[found.category_id].path),
        "broadcast_words": broadcast_words,
        "back": _came_from() or url_for(".index", category=found.category_id),
        "path": [categories[each] for each in _ids(categories[found.category_id].path) if each in categories],
    }
    return show(session, "portal/catalog/sku.html", "buy", here, form, **context)


def _papers(session: Session, terms: Terms, sku: Sku, path: str) -> Sequence[Shelved]:
    """What the library has about a product, as part of its page; fragments of it do not ask."""
    may = g.actor.may(Permission.LIBRARY_READ) and not wants_block()
    return shelves.about_sku(session, terms, sku, path) if may else ()


def _came_from() -> str:
    """The list from which a product was opened, with its search and filters."""
    page = referring_page()
    return page if urlsplit(page).path == url_for(".index") else ""


def _tree(categories: Sequence[Category], chosen_id: int | None) -> list[Branch]:
    """The category tree; the branch in which the reader is stands open."""
    path = next((_ids(each.path) for each in categories if each.id == chosen_id), [])
    by_parent: dict[int | None, list[Category]] = {}
    for each in categories:
        by_parent.setdefault(each.parent_id, []).append(each)

    def grow(parent_id: int | None) -> list[Branch]:
        return [
            Branch(each, grow(each.id), each.id == chosen_id, each.id in path)
            for each in by_parent.get(parent_id, [])
        ]

    return grow(None)


def _ids(path: str) -> list[int]:
    return [int(each) for each in path.split("/") if each]
