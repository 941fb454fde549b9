"""What was typed when a parcel was signed for: what came of each line, and what of it is damaged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext

from trade.attachments.filing import Stored
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.fulfilment.models import ShipmentLine
from trade.fulfilment.queries import Parcel
from trade.orders.models import OrderLine
from web import returned, words
from web.forms import Form, parse_number
from web.units import packed

Wrong = dict[str, tuple[str, str]]  # by input name: what was typed, why it cannot be
ByLine = Mapping[int, tuple[OrderLine, Sku]]
KINDS = ("line", "damaged")
LONGEST_KEPT = 10_000


@dataclass
class Arrived:
    """Base units by shipment line; a line that was not sent arrived whole and well."""

    received: dict[int, int] = field(default_factory=dict)
    damaged: dict[int, int] = field(default_factory=dict)
    photos: list[Stored] = field(default_factory=list)
    wrong: Wrong = field(default_factory=dict)


def read_arrived(form: Form, parcel: Parcel, by_line: ByLine) -> Arrived:
    """Read the whole form; what is wrong is told beside its input, and the form refuses."""
    found = Arrived()
    for line in parcel.lines:
        received = _quantity(found, line, "line", line.quantity, by_line)
        if received is not None:
            found.received[line.id] = received
        most = line.quantity if received is None else received
        damaged = _quantity(found, line, "damaged", most, by_line)
        if damaged:
            found.damaged[line.id] = damaged
    if found.wrong:
        form.refuse(gettext("Some quantities need a change; nothing was confirmed"))
    for said in form.errors.get("remark", ()):
        found.wrong["remark"] = (request.form["remark"][:LONGEST_KEPT], str(said))
    if found.wrong:
        _keep_typed(found, parcel)
        return found
    try:
        found.photos = returned.photos()
    except Refused as refusal:
        refuse(form, found, parcel, refusal)
    return found


def refuse(form: Form, found: Arrived, parcel: Parcel, refusal: Refused) -> None:
    """Say a refusal beside the photos when it is about them, and keep what was typed."""
    said = words.say(refusal)
    if refusal.facts.get("field") == "photos":
        found.wrong[f"photos-{parcel.shipment.id}"] = ("", said)
        form.refuse(gettext("Nothing was confirmed yet: %(why)s", why=said))
    else:
        form.refuse(said)
    _keep_typed(found, parcel)


def _quantity(found: Arrived, line: ShipmentLine, kind: str, most: int, by_line: ByLine) -> int | None:
    """Whole order units and loose base units of a line as base units; None where nothing was typed."""
    whole_name, loose_name = f"{kind}-{line.id}-whole", f"{kind}-{line.id}"
    typed = {name: request.form[name] for name in (whole_name, loose_name) if name in request.form}
    filled = {name: text for name, text in typed.items() if text.strip()}
    if not filled and (kind == "damaged" or not typed):
        return None
    ordered, sku = by_line[line.order_line_id]
    filled = filled or dict([next(iter(typed.items()))])
    spelled = packed(most, ordered.factor, ordered.unit, sku.base_unit)
    said = gettext("Enter a whole number from 0 to %(most)s", most=spelled)
    total = 0
    for name, text in filled.items():
        number = parse_number(text)
        if number is None or number != int(number):
            found.wrong[name] = (text[:40], said)
            continue
        total += int(number) * (ordered.factor if name == whole_name else 1)
    if any(name in found.wrong for name in filled):
        return None
    if total > most:
        name = next(iter(filled))
        found.wrong[name] = (filled[name][:40], said)
        return None
    return total


def _keep_typed(found: Arrived, parcel: Parcel) -> None:
    """What was right stays too when something else was wrong."""
    for name in _names(parcel):
        if name not in found.wrong and name in request.form:
            found.wrong[name] = (request.form[name][:LONGEST_KEPT], "")


def _names(parcel: Parcel) -> Iterator[str]:
    yield "remark"
    for line in parcel.lines:
        for kind in KINDS:
            yield from (f"{kind}-{line.id}-whole", f"{kind}-{line.id}")
