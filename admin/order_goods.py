"""Which warehouse keeps the goods of an order: reserve what waits, let another warehouse keep a part."""

import re

from flask import g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from admin.orders import bp, show_order
from trade.actor import Permission
from trade.db import read
from trade.flows.allocate_order import Try, allocate_order
from trade.flows.shift_goods import Shift, shift_goods
from trade.orders import queries
from trade.orders.allocation import Step
from web.access import requires
from web.answer import attempt, go, say
from web.forms import VersionForm, WholeNumberField, parse_number

SHARE = re.compile(r"share_([0-9]{1,10})_([0-9]{1,10})")
MOST = 9_999_999


class ShiftForm(VersionForm):
    to = WholeNumberField(smallest=1)


@bp.post("/orders/<id:order_id>/allocation")
@requires(Permission.ORDER_ALLOCATE)
def allocation(order_id: int) -> Response:
    """Reserve for the lines that wait what is free by now."""
    form = VersionForm(request.form)
    if form.validate():
        units = attempt(form, allocate_order, Try(order_id, form.version.data))
        if not form.errors:
            say(gettext("Reserved") if units else gettext("Nothing of it is free yet"))
            return go(url_for("admin.orders.detail", order_id=order_id))
    with read() as session:
        return show_order(session, order_id, shifting=form)


@bp.post("/orders/<id:order_id>/goods")
@requires(Permission.ORDER_ALLOCATE)
def goods(order_id: int) -> Response:
    """Let another warehouse keep parts of lines: what stands in the fields named share_<line>_<warehouse>."""
    with read() as session:
        queries.get_for(session, g.actor, order_id)
    form = ShiftForm(request.form)
    steps: list[Step] = []
    if form.validate():
        for name, typed in request.form.items():
            if (found := SHARE.fullmatch(name)) is None or not typed.strip():
                continue
            number = parse_number(typed)
            if number is None or number != int(number) or number > MOST:
                form.refuse(gettext("Enter a whole number from 0 to %(most)s", most=MOST))
            elif number:
                steps.append(Step(int(found[1]), int(found[2]), form.to.data, int(number)))
    if not form.errors:
        attempt(form, shift_goods, Shift(order_id, form.version.data, steps))
    if not form.errors:
        say(gettext("The other warehouse keeps it now"))
        return go(url_for("admin.orders.detail", order_id=order_id))
    with read() as session:
        return show_order(session, order_id, shifting=form)
