"""The form of one parcel: cases and loose units, lot and expiry per line, and a second lot where there is one."""

from collections.abc import Iterator, Mapping, Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade import clock
from trade.flows.ship_order import Packed
from trade.orders import parts
from trade.orders.models import OrderLine
from web.forms import DateField, PlainField, TextField, VersionForm, WholeNumberField
from web.units import counted, packed, unit_word

LARGEST = 9_999_999
LOTS = ("", "more_")  # how the names of the fields of a line's first and second lot begin


class ShipmentForm(VersionForm):
    warehouse = WholeNumberField(is_needed=False)  # None: the only one that keeps these lines
    carrier = TextField(_("Carrier"), longest=60)
    tracking_number = TextField(
        _("Tracking number"), longest=60, is_needed=False, hint=_("May stay empty for the brand's own van")
    )


def shipment_form(
    lines: Sequence[OrderLine], base_units: Mapping[int, str], ready: Mapping[int, int] | None = None
) -> type[ShipmentForm]:
    """A form with two lots per line that is open; nothing typed means not in it.

    `ready` is what the warehouse keeps, by line id: that is offered; without it all that is open.
    """
    fields: dict[str, PlainField] = {}
    for line in lines:
        left = parts.open_quantity(line)
        if left:
            offered = left if ready is None else min(left, ready.get(line.id, 0))
            fields |= _fields("", line, base_units[line.id], offered)
            fields |= _fields("more_", line, base_units[line.id], 0)
    return type("PackedForm", (ShipmentForm,), fields)


def packed_lines(form: ShipmentForm, lines: Sequence[OrderLine]) -> list[Packed]:
    """What was typed, in base units; two rows of one lot are refused beside the second."""
    found = [packed for line in lines for packed in _packed(form, line)]
    for line in lines:
        lots = [packed.lot for packed in found if packed.line_id == line.id]
        if len(lots) != len(set(lots)):
            form.refuse(gettext("Please give the second lot a name of its own"), f"more_lot_{line.id}")
    return found


def refuse_expired(form: ShipmentForm, words: str) -> None:
    """Say it beside each date that is past."""
    today = clock.today()
    for name, field in form._fields.items():
        if "expires_" in name and field.data and field.data < today:
            form.refuse(words, name)


def _packed(form: ShipmentForm, line: OrderLine) -> Iterator[Packed]:
    for begin in LOTS:
        if f"{begin}quantity_{line.id}" not in form._fields:
            continue
        quantity = form[f"{begin}quantity_{line.id}"].data or 0
        if line.factor > 1:
            quantity += (form[f"{begin}cases_{line.id}"].data or 0) * line.factor
        if quantity:
            lot, expires = form[f"{begin}lot_{line.id}"].data, form[f"{begin}expires_{line.id}"].data
            yield Packed(line.id, quantity, lot or "", expires)


def _fields(begin: str, line: OrderLine, base_unit: str, left: int) -> dict[str, PlainField]:
    """The fields of one lot: whole cases and the rest where the line is ordered in cases, then lot and expiry."""
    cases, rest = divmod(left, line.factor)
    hint = "" if begin else _conversion(line, base_unit)
    known: dict[str, PlainField] = {}
    if line.factor > 1:
        known[f"{begin}cases_{line.id}"] = WholeNumberField(
            unit_word(line.unit), largest=LARGEST, is_needed=False, default=cases or None, hint=hint
        )
    if line.factor > 1:
        label = gettext("Loose %(unit)s", unit=unit_word(base_unit))
    else:
        label = gettext("Quantity, %(unit)s", unit=unit_word(line.unit))
    known[f"{begin}quantity_{line.id}"] = WholeNumberField(
        label,
        largest=LARGEST,
        is_needed=False,
        default=(rest if line.factor > 1 else left) or None,
        hint=hint if line.factor == 1 else "",
    )
    known[f"{begin}lot_{line.id}"] = TextField(_("Lot"), longest=40, is_needed=False)
    known[f"{begin}expires_{line.id}"] = DateField(_("Expires"), is_needed=False)
    return known


def _conversion(line: OrderLine, base_unit: str) -> str:
    """How the units hang together and what is open: 1 箱 = 20 袋；待发 13 箱 = 260 袋."""
    left = parts.open_quantity(line)
    if line.factor == 1:
        return gettext("open %(count)s", count=counted(left, line.unit))
    whole, all_of_it = packed(left, line.factor, line.unit, base_unit), counted(left, base_unit)
    one = f"{counted(1, line.unit)} = {counted(line.factor, base_unit)}"
    return gettext("%(one)s; open %(cases)s = %(units)s", one=one, cases=whole, units=all_of_it)
