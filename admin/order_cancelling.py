"""Cancelling a part of what is not shipped: so much of each line, tried out first."""

from collections.abc import Mapping, Sequence

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.orders import bp
from trade import clock
from trade.actor import Permission
from trade.credit.queries import standing_of
from trade.db import read
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.orders import cancelling, parts, queries
from trade.orders.cancelling import Plan
from trade.orders.models import OrderLine
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import LongTextField, PlainField, VersionForm, WholeNumberField
from web.units import counted, packed, unit_word

LARGEST = 9_999_999


class PartsForm(VersionForm):
    """Quantities per open line; made by `parts_form`."""

    reason = LongTextField(_("Reason"), longest=500)


class TriedForm(PartsForm):
    """The same while it is tried out: the reason may come later."""

    reason = LongTextField(_("Reason"), longest=500, is_needed=False, is_conditional=True)


@bp.get("/orders/<id:order_id>/cancelled-parts")
@requires(Permission.ORDER_CANCEL)
def cancelled_parts_form(order_id: int) -> Response:
    with read() as session:
        return _show(session, order_id, None)


@bp.post("/orders/<id:order_id>/cancelled-parts/preview")
@requires(Permission.ORDER_CANCEL)
def cancelled_parts_preview(order_id: int) -> Response:
    """What would become free; nothing is written."""
    with read() as session:
        lines, units = _open_lines(session, order_id)
        form = parts_form(TriedForm, lines, units)(request.form)
        form.validate()
        quantities = _typed(form, lines, units)
        plan = None
        if not form.errors:
            order = queries.get_for(session, g.actor, order_id)
            plan = cancelling.plan(order, queries.lines_of(session, order_id), quantities)
        return _show(session, order_id, form, plan)


@bp.post("/orders/<id:order_id>/cancelled-parts")
@requires(Permission.ORDER_CANCEL)
def cancelled_parts(order_id: int) -> Response:
    with read() as session:
        lines, units = _open_lines(session, order_id)
        form = parts_form(PartsForm, lines, units)(request.form)
    if form.validate():
        quantities = _typed(form, lines, units)
        if not form.errors:
            given = Cancellation(order_id, form.version.data, form.reason.data, quantities)
            attempt(form, cancel_rest, given)
    if not form.errors:
        say(gettext("Cancelled; credit and stock are free again"))
        return go(url_for(".detail", order_id=order_id))
    with read() as session:
        return _show(session, order_id, form)


def parts_form(
    base: type[PartsForm], lines: Sequence[OrderLine], units: Mapping[int, str]
) -> type[PartsForm]:
    """Per open line whole packs and the rest, or one quantity where it is ordered singly; empty means it stays."""
    fields: dict[str, PlainField] = {}
    for line in lines:
        is_packed = line.factor > 1
        if is_packed:
            fields[f"cases_{line.id}"] = WholeNumberField(
                unit_word(line.unit), largest=LARGEST, is_needed=False, is_conditional=True
            )
        label = (
            gettext("Loose %(unit)s", unit=unit_word(units[line.id]))
            if is_packed
            else gettext("Quantity, %(unit)s", unit=unit_word(line.unit))
        )
        fields[f"quantity_{line.id}"] = WholeNumberField(
            label, largest=LARGEST, is_needed=False, is_conditional=True
        )
    return type("LinesForm", (base,), fields)


def _typed(form: PartsForm, lines: Sequence[OrderLine], units: Mapping[int, str]) -> dict[int, int]:
    """What was typed, in base units by line; more than is open is told beside the line."""
    found = {}
    for line in lines:
        has_cases = line.factor > 1 and bool(form[f"cases_{line.id}"].data)
        count = form[f"quantity_{line.id}"].data or 0
        if has_cases:
            count += form[f"cases_{line.id}"].data * line.factor
        if count:
            found[line.id] = count
        if count > parts.open_quantity(line):
            words = gettext("Only %(count)s is still open", count=_left(line, units[line.id]))
            form.refuse(words, f"{'cases' if has_cases else 'quantity'}_{line.id}")
    if not found and not form.errors:
        form.refuse(gettext("Please enter how much of at least one product is cancelled"))
    return found


def _open_lines(session: Session, order_id: int) -> tuple[list[OrderLine], dict[int, str]]:
    """The lines of which something is open, and their base units."""
    queries.get_for(session, g.actor, order_id)
    found = queries.lines_with_units(session, order_id)
    is_open = [(line, sku.base_unit) for line, sku in found if parts.open_quantity(line)]
    return [line for line, _unit in is_open], {line.id: unit for line, unit in is_open}


def _show(session: Session, order_id: int, form: PartsForm | None, plan: Plan | None = None) -> Response:
    order = queries.get_for(session, g.actor, order_id)
    lines, units = _open_lines(session, order_id)
    return render(
        session,
        "admin/orders/cancelling.html",
        "cancelling",
        status=422 if form is not None and form.errors else 200,
        order=order,
        lines=lines,
        units=units,
        left={line.id: _left(line, units[line.id]) for line in lines},
        form=form or parts_form(PartsForm, lines, units)(),
        plan=plan,
        standing=standing_of(session, g.actor, order.distributor_id, clock.today()),
        is_open=order.approval_state == "approved" and bool(lines),
    )


def _left(line: OrderLine, base_unit: str) -> str:
    """What is open of a line: 13 箱 = 260 袋."""
    left = parts.open_quantity(line)
    if line.factor == 1:
        return counted(left, line.unit)
    return f"{packed(left, line.factor, line.unit, base_unit)} = {counted(left, base_unit)}"
