"""What holds for any distributor, without a database."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,29}")
MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")
LANDLINE = re.compile(r"0[0-9]{2,3}-?[2-9][0-9]{6,7}(?:-[0-9]{1,6})?")
FIRST_LICENCE = date(2000, 1, 1)  # a licence that ended before is a slip of the pen
TAX_MODES = ("special", "normal", "none")  # which invoice a company wants: 专票, 普票, 不开票
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """What holds on `valid_from <= day < valid_to`; an open end is None."""

    valid_from: date
    valid_to: date | None
    facts: Facts


def plain_code(text: str) -> str | None:
    """A code as it is kept, full-width letters narrowed; None when it is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain if CODE.fullmatch(plain) else None


def company_code(text: str) -> str | None:
    """A distributor's code, in capitals: eye-9 and EYE-9 name the same company on papers."""
    plain = plain_code(text)
    return plain.upper() if plain else None


def phone(text: str) -> str | None:
    """A number that can be dialled: a mobile as its eleven digits, or a landline with area code; None when neither."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if found := MOBILE.fullmatch(plain.replace("-", "")):
        return found[1]
    return plain if LANDLINE.fullmatch(plain) else None


def credit_code(text: str) -> str | None:
    """A unified social credit code (GB 32100-2015) with a right check digit, or None."""
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    try:
        return uscc.validate(plain) if plain.isascii() else None
    except ValidationError:
        return None


SHAPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "code": ("distributor.code_odd", lambda code: company_code(code) is not None),
    "credit_code": ("distributor.credit_code_odd", lambda code: credit_code(code) is not None),
    "phone": ("distributor.phone_odd", lambda number: phone(number) is not None),
    "licence_expires_on": ("distributor.licence_odd", lambda day: day >= FIRST_LICENCE),
}


def odd(facts: Facts) -> dict[str, str]:
    """Which fields of a profile cannot be kept as they stand, each with the code of its refusal."""
    return {
        name: code for name, (code, is_sound) in SHAPES.items() if facts[name] and not is_sound(facts[name])
    }


def from_day(spans: Sequence[Span], day: date, changes: Facts) -> list[Span]:
    """The spans with the changes made from a day on, in order.

    What is planned for later stays planned: a field that a later span sets itself keeps that value, every other
    field follows. Days before `day` are not touched.
    """
    kept = [span for span in spans if span.valid_to is not None and span.valid_to <= day]
    later = [span for span in spans if span.valid_from > day]
    now = next((span for span in spans if span not in kept and span not in later), None)
    if now is None:
        end = later[0].valid_from if later else None
        return [*kept, Span(day, end, changes), *later]
    if now.valid_from < day:
        kept.append(Span(now.valid_from, day, now.facts))
    changed = Span(day, now.valid_to, {**now.facts, **changes})
    return [*kept, changed, *_following(later, now.facts, changes)]


def without(spans: Sequence[Span], day: date) -> list[Span]:
    """The spans without the one that begins on a day: the one before it goes on, and what it alone had set ends."""
    at = next(index for index, span in enumerate(spans) if span.valid_from == day)
    gone, before = spans[at], spans[at - 1]
    changes = {name: value for name, value in before.facts.items() if gone.facts[name] != value}
    longer = Span(before.valid_from, gone.valid_to, before.facts)
    return [*spans[: at - 1], longer, *_following(spans[at + 1 :], gone.facts, changes)]


def _following(later: Sequence[Span], old: Facts, changes: Facts) -> list[Span]:
    """Later spans after a change: each field follows until a span says otherwise of its own."""
    going = {name: value for name, value in changes.items() if old.get(name) != value}
    found = []
    for span in later:
        going = {name: value for name, value in going.items() if span.facts[name] == old.get(name)}
        found.append(Span(span.valid_from, span.valid_to, {**span.facts, **going}))
    return found


def spelled_line(line: str, region: str | None) -> str:
    """An address as it stands on an envelope: the region first, unless the line begins with it already."""
    return line if not region or line.startswith(region) else f"{region} {line}"
