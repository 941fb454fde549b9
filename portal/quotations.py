"""Quotations (报价单) to the company's own customers: goods at its own prices, the paper, the order in one tap."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.opportunity_forms import OrderForm, QuotationForm
from trade import clock
from trade.actor import Permission
from trade.catalog.models import Sku
from trade.db import read, run
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.flows.issue_quotation import Line, NewQuotation, issue_quotation
from trade.flows.mind_registration import mind_registration
from trade.flows.order_quotation import Filled, Ordering, order_quotation
from trade.flows.submit_order import Submission, submit_order
from trade.opportunities import queries, quoting
from trade.opportunities.quoting import Ground
from trade.orders import basket, pricing
from trade.orders.pricing import Priced
from trade.registrations import ending
from web import asked, opportunity_words, papers, words
from web.access import requires
from web.answer import go, render, say, show, tell
from web.forms import Form, MoneyField, WholeNumberField, parse_whole

bp = Blueprint("quotations", __name__)
MAY = Permission.OPPORTUNITY_WORK
LARGEST_ID = 2**31 - 1
MOST = 99_999


class LineForm(Form):
    """A line as it was typed; its inputs carry the SKU's id."""

    quantity = WholeNumberField(smallest=1, largest=MOST)
    price = MoneyField(is_positive=False)


@dataclass(frozen=True)
class Typed:
    sku: Sku
    form: LineForm
    list_price: Decimal | None
    own: Decimal | None  # what the distributor pays itself, at the quantity

    @property
    def is_below(self) -> bool:
        """Whether the customer would pay less than the distributor does; that is its own affair, but it is told."""
        return self.own is not None and self.form.price.data is not None and self.form.price.data < self.own


@bp.get("/opportunities/<id:opportunity_id>/quotations/new")
@requires(MAY)
def new(opportunity_id: int) -> Response:
    """A quotation begins as the last one was, or empty."""
    with read() as session:
        ground = quoting.ground_for(session, g.actor, opportunity_id, clock.today())
        return _page(session, ground, _begun(session, ground), is_sent=False)


@bp.post("/opportunities/<id:opportunity_id>/quotations/new")
@requires(MAY)
def draft(opportunity_id: int) -> Response:
    """A quotation that is being written, with goods looked for, put on it or taken off: all of it comes back, nothing is kept.

    It is posted, since prices and terms belong in no address and no log.
    """
    given: MultiDict[str, str] = MultiDict(request.form)
    taken, added = asked.whole(given.get("drop", "")), asked.whole(given.get("add", ""))
    given.setlist("sku", [each for each in given.getlist("sku") if each != str(taken)])
    if added:
        given.add("sku", str(added))
    with read() as session:
        ground = quoting.ground_for(session, g.actor, opportunity_id, clock.today())
        return _page(session, ground, given, is_sent=False, place="lines-title" if taken else "picker")


@bp.post("/opportunities/<id:opportunity_id>/quotations")
@requires(MAY)
def creation(opportunity_id: int) -> Response:
    form = QuotationForm(request.form)
    form.validate()
    with read() as session:
        ground = quoting.ground_for(session, g.actor, opportunity_id, clock.today())
        lines = _lines(session, ground, request.form, is_sent=True)
    if not form.errors and not any(line.form.errors for line in lines):
        given = NewQuotation(
            opportunity_id,
            form.key.data,
            [Line(line.sku.id, line.form.quantity.data, line.form.price.data) for line in lines],
            form.valid_until.data,
            form.contact_name.data or "",
            form.note.data or "",
        )
        try:
            quotation_id = run(issue_quotation, g.actor, given)
            say(_issued(sum(line.is_below for line in lines)))
            return go(url_for(".detail", opportunity_id=opportunity_id, quotation_id=quotation_id))
        except Refused as refusal:
            tell(form, refusal)
    with read() as session:
        ground = quoting.ground_for(session, g.actor, opportunity_id, clock.today())
        return _page(session, ground, request.form, is_sent=True, form=form)


def _issued(below: int) -> str:
    """It is issued whatever it says; a price below one's own is told at once, since the paper has not left yet."""
    if not below:
        return gettext("Quotation issued; it counts as a follow-up")
    return ngettext(
        "Quotation issued; %(num)s product is below what your company pays itself, please look before you send it",
        "Quotation issued; %(num)s products are below what your company pays itself, please look before you send it",
        below,
    )


@bp.get("/opportunities/<id:opportunity_id>/quotations/<id:quotation_id>")
@requires(MAY)
def detail(opportunity_id: int, quotation_id: int) -> Response:
    with read() as session:
        return _show(session, opportunity_id, quotation_id)


@bp.get("/opportunities/<id:opportunity_id>/quotations/<id:quotation_id>/paper")
@requires(MAY)
def paper(opportunity_id: int, quotation_id: int) -> Response:
    """What the customer gets: at the distributor's prices, under its own name."""
    return papers.answer_quotation(opportunity_id, quotation_id)


@bp.post("/opportunities/<id:opportunity_id>/quotations/<id:quotation_id>/order")
@requires(Permission.ORDER_SUBMIT)
def order(opportunity_id: int, quotation_id: int) -> Response:
    """One tap: the goods are ordered at once where nobody has to look, else they lie in the cart with what is to be seen."""
    form, is_busy = OrderForm(request.form), False
    if form.validate():
        try:
            aside = _list_name() if form.aside.data == "yes" else ""
            filled = run(order_quotation, g.actor, Ordering(opportunity_id, quotation_id, aside))
            if filled.kept:
                say(gettext("What lay in your cart is kept as the order list %(name)s", name=filled.kept))
            return _ordered(opportunity_id, filled, form.seen_gross.data)
        except Refused as refusal:
            is_busy = refusal.code == "opportunity.cart_busy"
            tell(form, refusal)
    with read() as session:
        return _show(session, opportunity_id, quotation_id, form, is_busy=is_busy)


def _list_name() -> str:
    """When the cart made room; a colleague's of the same second gets a number behind it."""
    return gettext(
        "Cart of %(moment)s", moment=f"{clock.now().astimezone(clock.BRAND_ZONE):%Y-%m-%d %H:%M:%S}"
    )


def _ordered(opportunity_id: int, filled: Filled, seen: Decimal | None) -> Response:
    if filled.is_ordered:
        say(gettext("Already submitted; no second order was made"))
        return go(url_for("portal.orders.order", order_id=filled.order_id))
    with read() as session:
        terms = terms_of(session, g.actor.distributor_id, clock.today())
        cart = basket.load(session, g.actor, terms, clock.today())
        is_plain = not cart.outlook.problems and not cart.outlook.reasons and cart.outlook.gross == seen
        registration_id = queries.get_for(session, g.actor, opportunity_id).registration_id
    if not is_plain:
        say(gettext("The goods are in your cart; please look at what stands there and submit"))
        return go(url_for("portal.cart.index"))
    try:
        receipt = run(submit_order, g.actor, Submission(filled.order_id, filled.version, seen))
    except Refused as refusal:
        say(words.say(refusal))
        return go(url_for("portal.cart.index"))
    run(mind_registration, g.actor, registration_id)
    say(gettext("Submitted as %(number)s", number=receipt.number))
    return go(url_for("portal.orders.order", order_id=receipt.order_id))


def _begun(session: Session, ground: Ground) -> MultiDict[str, str]:
    """What a quotation begins with: the last one, or nothing but the usual days."""
    figures = queries.figures(session)
    given: MultiDict[str, str] = MultiDict(
        {
            "key": secrets.token_urlsafe(16),
            "valid_until": (clock.today() + timedelta(days=figures.quotation_days)).isoformat(),
            "contact_name": ground.registration.contact_name,
        }
    )
    if last := queries.last_written(session, ground.opportunity):
        given["contact_name"], given["note"] = last.quotation.contact_name, last.quotation.note
        for line in last.lines:
            given.add("sku", str(line.sku_id))
            given[f"quantity-{line.sku_id}"] = str(line.quantity)
            given[f"price-{line.sku_id}"] = f"{line.price:.2f}"
    return given


def _lines(session: Session, ground: Ground, given: Mapping[str, Any] | Any, *, is_sent: bool) -> list[Typed]:
    """The lines as they were typed; a product that is new begins with its smallest quantity and the list price."""
    ids = [int(each) for each in dict.fromkeys(given.getlist("sku")) if each.isdecimal() and len(each) < 11]
    ids = [each for each in ids if 0 < each <= LARGEST_ID][: quoting.MOST_LINES]
    typed = {key: str(given.get(f"quantity-{key}", "")) for key in ids}
    known = _priced(session, ground, {key: min(parse_whole(each) or 1, MOST) for key, each in typed.items()})
    lines = []
    for key in ids:
        if (line := known.get(key)) is None:
            continue
        of_list = pricing.list_price(line)
        if f"quantity-{key}" in given:
            sent: MultiDict[str, str] = MultiDict(
                {name: " ".join(given.getlist(f"{name}-{key}")) for name in ("quantity", "price")}
            )
            form = LineForm(sent)
            if is_sent:
                form.validate()
        else:
            form = LineForm(data={"quantity": line.picked.sku.moq, "price": of_list})
        lines.append(Typed(line.picked.sku, form, of_list, pricing.own_price(line)))
    return lines


def _priced(session: Session, ground: Ground, quantities: Mapping[int, int]) -> dict[int, Priced]:
    return quoting.priced(session, ground.terms, ground.registration, quantities, clock.today())


def _page(
    session: Session,
    ground: Ground,
    given: Any,
    *,
    is_sent: bool,
    form: QuotationForm | None = None,
    place: str = "",
) -> Response:
    lines = _lines(session, ground, given, is_sent=is_sent)
    looked_for = asked.plain(given.get("q", ""), 80)
    chosen = {line.sku.id for line in lines}
    goods = quoting.found(session, ground.terms, ground.registration, looked_for, clock.today())
    return render(
        session,
        "portal/opportunities/quoting.html",
        "quoting",
        status=422 if is_sent else 200,
        found=ground.opportunity,
        registration=ground.registration,
        form=form or QuotationForm(given),
        lines=lines,
        goods=[sku for sku in goods if sku.id not in chosen],
        looked_for=looked_for,
        is_found=bool(goods),
        is_wrong=is_sent,
        place=place,
    )


def _show(
    session: Session,
    opportunity_id: int,
    quotation_id: int,
    form: Form | None = None,
    *,
    is_busy: bool = False,
) -> Response:
    today = clock.today()
    ground = quoting.ground_for(session, g.actor, opportunity_id, today)
    found = ground.opportunity
    written = queries.get_written(session, found, quotation_id)
    quotation, lines = written.quotation, written.lines
    standing = queries.standing_order(session, found)
    mine = _priced(session, ground, {line.sku_id: line.quantity for line in lines})
    return show(
        session,
        "portal/opportunities/quotation.html",
        "quotation",
        url_for(".detail", opportunity_id=opportunity_id, quotation_id=quotation_id),
        form,
        found=found,
        quotation=quotation,
        lines=lines,
        is_last=written.is_last,
        is_busy=is_busy,
        is_over=quotation.valid_until < today,
        standing=standing,
        may_order=written.is_last
        and standing is None
        and found.closed_on is None
        and quotation.valid_until >= today
        and ending.is_held(session, ground.registration, today)
        and g.actor.may(Permission.ORDER_SUBMIT),
        own=pricing.total(list(mine.values())),
        lacking=_lacking(lines, mine),
        below={
            line.sku_id: cost
            for line in lines
            if line.sku_id in mine
            and (cost := pricing.own_price(mine[line.sku_id])) is not None
            and line.price < cost
        },
        words=opportunity_words,
    )


def _lacking(lines: Sequence[Any], mine: Mapping[int, Priced]) -> int:
    """How many lines cannot be ordered as they stand: no price, below the minimum, off the multiple."""
    return sum(1 for line in lines if line.sku_id not in mine or mine[line.sku_id].problems)
