"""An earlier order or a template, held against today before it goes into the cart."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.distributors.queries import Terms, terms_of
from trade.errors import Refused
from trade.flows.fill_cart import Addition, add_to_cart
from trade.money import ZERO
from trade.orders import queries as orders
from trade.orders import templates
from trade.orders.quick import MOST
from trade.shelf import again
from trade.shelf.again import Again, Before, Offer
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, Form, TextField, parse_number, typed_in
from web.requests import wants_block

bp = Blueprint("again", __name__)
ONCE = re.compile(r"[0-9a-f]{16}")


class AdditionForm(Form):
    """Which button was pressed, and the page that it stood on."""

    once = TextField(longest=16)
    mode = ChoiceField(choices=[("add", ""), ("replace", "")])


@dataclass(frozen=True)
class Source:
    """What is ordered again: its name, where it is shown, the page's own address."""

    title: str
    back: str
    here: str
    template_id: int | None = None


@dataclass(frozen=True)
class Typed:
    """What was chosen on the page: quantities of the ticked lines by SKU id, and the texts that are no quantity."""

    quantities: Mapping[int, int]
    texts: Mapping[int, str]
    wrong: Mapping[int, str]


Load = Callable[[Session, int], tuple[Source, Sequence[Before]]]


@bp.get("/orders/<id:order_id>/reorder")
@requires(Permission.CART_EDIT)
def order(order_id: int) -> Response:
    """What an order would be today, line by line."""
    return _look(_of_order, order_id)


@bp.post("/orders/<id:order_id>/reorder")
@requires(Permission.CART_EDIT)
def order_lines(order_id: int) -> Response:
    """Put the chosen lines of an order into the cart."""
    return _take(_of_order, order_id)


@bp.get("/order-templates/<id:template_id>/reorder")
@requires(Permission.CART_EDIT)
def template(template_id: int) -> Response:
    """What a template would be today, line by line."""
    return _look(_of_template, template_id)


@bp.post("/order-templates/<id:template_id>/reorder")
@requires(Permission.CART_EDIT)
def template_lines(template_id: int) -> Response:
    """Put the chosen lines of a template into the cart."""
    return _take(_of_template, template_id)


def _look(load: Load, wanted_id: int) -> Response:
    with read() as session:
        source, before = load(session, wanted_id)
        return _page(session, source, before)


def _take(load: Load, wanted_id: int) -> Response:
    with read() as session:
        source, before = load(session, wanted_id)
        typed = _typed(again.compare(session, _terms(session), before, clock.today()))
        if request.form.get("mode") == "count":
            return _page(session, source, before, None, typed)
    return _fill(source, before, typed)


def _of_order(session: Session, order_id: int) -> tuple[Source, Sequence[Before]]:
    found = orders.get_for(session, g.actor, order_id)
    if found.distributor_id != g.actor.distributor_id or found.approval_state == "draft":
        raise Refused("order.not_found")
    source = Source(
        found.number or found.external_code or "",
        url_for("portal.orders.order", order_id=order_id),
        url_for(".order", order_id=order_id),
    )
    return source, again.of_order(session, order_id)


def _of_template(session: Session, template_id: int) -> tuple[Source, Sequence[Before]]:
    found = templates.get_for(session, g.actor, template_id)
    source = Source(
        found.name,
        url_for("portal.order_templates.index"),
        url_for(".template", template_id=template_id),
        template_id,
    )
    return source, again.of_template(session, template_id)


def _fill(source: Source, before: Sequence[Before], typed: Typed) -> Response:
    """Write what was chosen, or say beside the lines what is no quantity; nothing is lost."""
    form = AdditionForm(request.form)
    once = str(form.once.data or "") if form.validate() else ""
    if not ONCE.fullmatch(once):
        form.refuse(gettext("Please look again and confirm"))
    elif typed.wrong:
        count = len(typed.wrong)
        form.refuse(ngettext("%(num)s line needs a change", "%(num)s lines need a change", count))
    elif not typed.quantities:
        form.refuse(gettext("Please tick at least one product"))
    else:
        chosen = Addition(typed.quantities, once, form.mode.data == "replace", source.template_id)
        attempt(form, add_to_cart, chosen)
    if form.errors:
        with read() as session:
            return _page(session, source, before, form, typed)
    count = len(typed.quantities)
    say(ngettext("%(num)s product is in the cart", "%(num)s products are in the cart", count))
    return go(url_for("portal.cart.index"))


def _page(
    session: Session,
    source: Source,
    before: Sequence[Before],
    form: Form | None = None,
    typed: Typed | None = None,
) -> Response:
    terms = _terms(session)
    lines = again.compare(session, terms, before, clock.today(), typed.quantities if typed else {})
    ordered = sorted(lines, key=lambda each: not each.changes)
    return render(
        session,
        "portal/again/again.html",
        "again",
        status=422 if form is not None else 200,
        form=form,
        source=source,
        terms=terms,
        lines=ordered,
        changed=sum(bool(each.changes) for each in lines),
        typed=typed,
        total=_total(lines, typed),
        is_counting=typed is not None and form is None and wants_block(),
        once=secrets.token_hex(8),
    )


def _total(lines: Sequence[Again], typed: Typed | None) -> Decimal:
    """What the ticked lines cost together, as far as they are quantities."""
    taken = typed.quantities if typed else {each.sku.id for each in lines if each.quantity}
    offers: list[Again | Offer] = [*lines, *(offer for each in lines for offer in each.others)]
    return sum((each.price.gross for each in offers if each.price and each.sku.id in taken), ZERO)


def _typed(lines: Sequence[Again]) -> Typed:
    """Read ticks and quantities; only what stands on the page can be chosen."""
    offered = [each.sku.id for each in lines if each.price] + [
        offer.sku.id for each in lines for offer in each.others if offer.price
    ]
    quantities: dict[int, int] = {}
    texts: dict[int, str] = {}
    wrong: dict[int, str] = {}
    for sku_id in offered:
        if f"take-{sku_id}" not in request.form:
            continue
        texts[sku_id] = text = typed_in(f"quantity-{sku_id}")[:40]
        number = parse_number(text)
        if number is None or number != int(number) or not 1 <= number <= MOST:
            wrong[sku_id] = gettext(
                "Enter a whole number from %(smallest)s to %(largest)s", smallest=1, largest=f"{MOST:,}"
            )
        else:
            quantities[sku_id] = int(number)
    return Typed(quantities, texts, wrong)


def _terms(session: Session) -> Terms:
    return terms_of(session, g.actor.distributor_id, clock.today())
