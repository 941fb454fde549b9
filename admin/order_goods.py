"""Which warehouse keeps the goods of an order: reserve what waits, let another warehouse keep a part."""

import re

from flask import g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from admin.orders import bp, show_order
from trade.actor import Permission
from trade.db import read, run
from trade.errors import Refused
from trade.flows.allocate_order import Try, allocate_order
from trade.flows.shift_goods import Shift, shift_goods
from trade.orders import queries
from trade.orders.allocation import Step
from web.access import requires
from web.answer import attempt, go, say, tell
from web.forms import VersionForm, WholeNumberField, parse_number, typed_in
from web.units import in_packs

SHARE = re.compile(r"(share|cases)_([0-9]{1,10})_([0-9]{1,10})")
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
    """Let another warehouse keep parts of lines: cases_<line>_<warehouse> and, in base units, share_<line>_<warehouse>."""
    with read() as session:
        order = queries.get_for(session, g.actor, order_id)
        factors = {line.id: line.factor for line in queries.lines_of(session, order.id)}
    form = ShiftForm(request.form)
    moved: dict[tuple[int, int], int] = {}
    if form.validate():
        for name in request.form:
            if (found := SHARE.fullmatch(name)) is None or not (text := typed_in(name).strip()):
                continue
            number = parse_number(text)
            if number is None or number != int(number) or number > MOST:
                form.refuse(gettext("Enter a whole number from 0 to %(most)s", most=MOST))
            elif number:
                place = int(found[2]), int(found[3])
                factor = factors.get(place[0], 1) if found[1] == "cases" else 1
                moved[place] = moved.get(place, 0) + int(number) * factor
    if not form.errors:
        steps = [Step(line_id, house, form.to.data, units) for (line_id, house), units in moved.items()]
        _shift(form, Shift(order_id, form.version.data, steps))
    if not form.errors:
        say(gettext("The other warehouse keeps it now"))
        return go(url_for("admin.orders.detail", order_id=order_id))
    with read() as session:
        return show_order(session, order_id, shifting=form)


def _shift(form: ShiftForm, given: Shift) -> None:
    """Let the other warehouse keep it; what is less than typed is told in the units of the order."""
    try:
        run(shift_goods, g.actor, given)
    except Refused as refusal:
        with read() as session:
            told = in_packs(refusal, queries.lines_with_units(session, given.order_id))
        tell(form, told)
