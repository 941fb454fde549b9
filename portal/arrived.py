"""What was typed when a parcel was signed for: what came of each line, and what of it is damaged."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask import request
from flask_babel import gettext

from trade.attachments.filing import Stored
from trade.errors import Refused
from trade.fulfilment.queries import Parcel
from web import returned, words
from web.forms import Form, parse_number

Wrong = dict[str, tuple[str, str]]  # by input name: what was typed, why it cannot be


@dataclass
class Arrived:
    """Base units by shipment line; a line that was not sent arrived whole and well."""

    received: dict[int, int] = field(default_factory=dict)
    damaged: dict[int, int] = field(default_factory=dict)
    photos: list[Stored] = field(default_factory=list)
    wrong: Wrong = field(default_factory=dict)


def read_arrived(form: Form, parcel: Parcel) -> Arrived:
    """Read the whole form; what is wrong is told beside its input, and the form refuses."""
    found = Arrived()
    for line in parcel.lines:
        received = _number(found, f"line-{line.id}", line.quantity)
        if received is not None:
            found.received[line.id] = received
        most = line.quantity if received is None else received
        damaged = _number(found, f"damaged-{line.id}", most)
        if damaged:
            found.damaged[line.id] = damaged
    if found.wrong:
        form.refuse(gettext("Some quantities need a change; nothing was confirmed"))
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
        form.refuse(gettext("Nothing was confirmed yet: a photo is needed or could not be kept"))
    else:
        form.refuse(said)
    _keep_typed(found, parcel)


def _number(found: Arrived, name: str, most: int) -> int | None:
    text = request.form.get(name)
    if text is None or (name.startswith("damaged") and not text.strip()):
        return None
    number = parse_number(text)
    if number is None or number != int(number) or number > most:
        found.wrong[name] = (text[:40], gettext("Enter a whole number from 0 to %(most)s", most=most))
        return None
    return int(number)


def _keep_typed(found: Arrived, parcel: Parcel) -> None:
    """What was right stays too when something else was wrong."""
    for name in _names(parcel):
        if name not in found.wrong and request.form.get(name):
            found.wrong[name] = (request.form[name][:500], "")


def _names(parcel: Parcel) -> Iterator[str]:
    yield "remark"
    for line in parcel.lines:
        yield from (f"line-{line.id}", f"damaged-{line.id}")
