"""Lines that wait for goods, and levels below which goods are scarce."""

from flask import g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.pasted import bare_field, read_goods
from admin.stock import bp, house_choices
from trade.actor import Permission
from trade.db import read, run
from trade.errors import Refused
from trade.flows.allocate_order import Try, allocate_order
from trade.flows.set_low_levels import LowLevels, set_low_levels
from trade.inventory import listing, queries
from trade.orders import waiting
from trade.orders.waiting import ListFilter
from web import asked, words
from web.access import requires
from web.answer import attempt, go, hear, render, say
from web.forms import ChoiceField, Form, LongTextField

MOST_ORDERS = 100  # at one tap; the rest is a second tap away
LONGEST = 80_000


class LevelsForm(Form):
    warehouse = ChoiceField(_("Warehouse"))
    goods = LongTextField(
        _("Levels"),
        longest=LONGEST,
        hint=_("One product in each row: code and level; 0 takes the level away"),
    )
    bare = bare_field()


@bp.get("/stock/waiting")
@requires(Permission.ORDER_ALLOCATE)
def waiting_goods() -> Response:
    with read() as session:
        return _list(session)


@bp.post("/stock/waiting/allocations")
@requires(Permission.ORDER_ALLOCATE)
def allocations() -> Response:
    """Reserve what is free for the ticked orders, or for all of them, the oldest first."""
    ticked = sorted({key for each in request.form.getlist("order") if (key := asked.whole(each))})
    if request.form.get("all") == "yes":
        with read() as session:
            ticked = waiting.servable(session, g.actor, MOST_ORDERS)
    served, refused = 0, []
    for order_id in ticked[:MOST_ORDERS]:
        try:
            served += run(allocate_order, g.actor, Try(order_id)) > 0
        except Refused as refusal:
            hear(refusal)
            refused.append(words.say(refusal))
    if refused:
        with read() as session:
            return _list(session, refused)
    if served:
        said = ngettext("Goods reserved for %(num)s order", "Goods reserved for %(num)s orders", served)
    else:
        said = gettext("Nothing of it is free yet") if ticked else gettext("Please tick the orders first")
    say(said)
    return go(url_for("admin.stock.waiting_goods"))


@bp.get("/stock/low")
@requires(Permission.STOCK_READ)
def low() -> Response:
    """What is below its level, by warehouse; the form sets many levels at once."""
    with read() as session:
        return _low(session, LevelsForm())


@bp.post("/stock/low-levels")
@requires(Permission.STOCK_MOVE)
def low_levels() -> Response:
    form = LevelsForm(request.form)
    with read() as session:
        form.warehouse.choices = house_choices(session)
        goods = read_goods(session, form, "goods", smallest=0) if form.validate() else {}
    if not form.errors and goods:
        given = LowLevels(
            int(form.warehouse.data), {sku_id: units or None for sku_id, units in goods.items()}
        )
        changed = attempt(form, set_low_levels, given)
        if changed is not None:
            say(ngettext("%(num)s level changed", "%(num)s levels changed", changed))
            return go(url_for("admin.stock.low"))
    with read() as session:
        return _low(session, form)


def _list(session: Session, refused: list[str] | None = None) -> Response:
    wanted = ListFilter(
        search=asked.text("q"),
        is_servable=asked.text("free") == "yes",
        sku_id=asked.number("sku"),
        after=asked.key("after"),
    )
    rows, following = waiting.listing(session, g.actor, wanted)
    return render(
        session,
        "admin/stock/waiting.html",
        "waiting",
        status=422 if refused else 200,
        wanted=wanted,
        rows=rows,
        following=following,
        refused=refused or [],
        houses={house.id: house.name for house in queries.warehouses(session)},
    )


def _low(session: Session, form: LevelsForm) -> Response:
    form.warehouse.choices = house_choices(session)
    rows = listing.below_level(session, asked.number("house"))
    return render(
        session,
        "admin/stock/low.html",
        "low",
        status=422 if form.errors else 200,
        form=form,
        rows=rows,
        may_move=g.actor.may(Permission.STOCK_MOVE),
    )
