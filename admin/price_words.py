"""What a check of prices found and why a line was not taken, in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from trade.catalog import facts
from trade.flows.paste_prices import Place
from trade.money import rounded
from trade.pricing.checks import BLOCKING, Finding
from web.i18n import day, percent, price, quantity
from web.units import counted, unit_word

SHOWN = 8  # of a kind; the grid shows them all
KINDS = {
    "base": _("Base list"),
    "tier": _("Tier"),
    "group": _("Price group"),
    "territory": _("Territory"),
    "own": _("One distributor"),
}
BASES = {"gross": _("with tax"), "net": _("before tax")}
TITLES = {
    "overlap": _("Two prices at the same time"),
    "twice": _("The same quantity in two units"),
    "rival": _("Another list decides by chance"),
    "unit": _("Unit or pack does not fit the product"),
    "inversion": _("A lower tier pays less"),
    "unpriced": _("Visible without a price"),
    "floor": _("Below the floor price"),
    "zero": _("Price of nothing"),
    "leap": _("Moves by more than 30%%"),
    "steps": _("More costs more per unit"),
    "covered": _("Another list goes first"),
    "unbased": _("Percentage without a list price"),
}
MEANINGS = {
    "overlap": _("End one of the two rows."),
    "twice": _("Keep the row in one of the units."),
    "rival": _("Give one of the lists another priority."),
    "unit": _("End the row, or enter it in a unit of the product."),
    "inversion": _("A higher tier should never pay more."),
    "unpriced": _("They see the product and cannot order it."),
    "floor": _("Please make sure that this is intended."),
    "zero": _("It would be given away."),
    "leap": _("Often a slip of the decimal point."),
    "steps": _("Nobody would order the larger quantity."),
    "covered": _("These prices do not reach anybody while it holds."),
    "unbased": _("There is nothing to take the percentage of."),
}
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF0B, 0xFF1A)} | {0x2212: "-"}
LINES = {
    "unknown": _("no product, family or category has this code"),
    "no_row": _("there is no further row in the grid"),
    "repeated": _("comes twice; the first one counts"),
    "quantity": _("the quantity is a whole number from 1 on"),
    "percent": _("a percentage lies between 0 and 1,000"),
    "price": _("a price lies between 0 and 999,999,999"),
    "unit": _("the product is not sold in this unit"),
    "percent_only": _("takes a percentage, since its products differ in their packs"),
    "nothing_to_end": _("there is no such row to end"),
    "no_start": _("the row where it began is shown no more; please paste again"),
    "negative": _("a price is not negative"),
    "places": _("at most 4 decimal places"),
    "not_a_number": _("the price is not a number"),
    "columns": _("has neither code and price nor a price alone"),
}


@dataclass(frozen=True)
class Group:
    """Findings of one kind."""

    code: str
    title: str
    meaning: str
    is_blocking: bool
    count: int
    lines: Sequence[tuple[str, str]]  # words, SKU code


def grouped(found: Sequence[Finding]) -> list[Group]:
    """Findings by kind, the first of each spelled out."""
    groups = []
    for code, some in groupby(found, key=lambda each: each.code):
        of_kind = list(some)
        lines = [(sentence(each), each.sku) for each in of_kind[:SHOWN]]
        is_blocking = code in BLOCKING
        title = str(TITLES[code]).replace("%%", "%")
        groups.append(Group(code, title, str(MEANINGS[code]), is_blocking, len(of_kind), lines))
    return groups


def sentence(found: Finding) -> str:
    """Say one finding: the product, and what is wrong with it."""
    told = _facts(found)
    words = {
        "overlap": _("from %(quantity)s on, since %(since)s"),
        "twice": _("from %(quantity)s on, in %(unit)s and in %(other_unit)s"),
        "rival": _("also in %(list)s, with the same priority and first day"),
        "covered": _("also in %(list)s, which goes first"),
        "unit": _("the row says %(unit)s of %(factor)s, the product %(right)s"),
        "inversion": _("%(tier)s pays %(price)s, %(lower)s only %(lower_price)s"),
        "unpriced": _("for %(tiers)s"),
        "floor": _("%(price)s, the floor is %(floor)s") if facts.sees_floor(g.actor) else "%(price)s",
        "zero": _("from %(quantity)s on"),
        "leap": _("%(before)s becomes %(after)s (%(change)s)"),
        "steps": _("from %(quantity)s on %(price)s, less of it costs %(before)s"),
        "unbased": _("from %(quantity)s on"),
    }[found.code]
    return f"{found.name or found.target}: {str(words) % told}"


def placed(reason: str, row: Place | None) -> str:
    """Why a pasted line was not taken, with the row that stays as it was."""
    if row is None:
        return line(reason)
    return gettext("%(row)s stays as it was: %(why)s", row=f"{row.code} {row.name}", why=line(reason))


def unread(typed: str) -> str:
    """Which rule a cell breaks that is no price."""
    plain = typed.strip().translate(HALF_WIDTH)
    if is_negative(typed):
        return gettext("A price is not negative")
    if re.fullmatch(r"[0-9]{10,}(\.[0-9]*)?", plain):
        return gettext("Too large: at most 999,999,999")
    if re.fullmatch(r"[0-9]+\.[0-9]{5,}", plain):
        return gettext("At most 4 decimal places")
    return gettext("Enter a price such as 41.50, or a percentage")


def is_negative(typed: str) -> bool:
    plain = typed.strip().translate(HALF_WIDTH).lstrip("¥￥").replace(",", "")
    return re.fullmatch(r"-\s*[¥￥]?[0-9]+(\.[0-9]*)?", plain) is not None


def line(reason: str) -> str:
    """Why a pasted or typed line was not taken."""
    return str(LINES.get(reason, LINES["unknown"]))


def value(spelled: str) -> str:
    """A cell's value as it is kept, in words: 41.50, 95%, ended, none."""
    if spelled == "end":
        return gettext("ended")
    if spelled.endswith("%"):
        return percent(Decimal(spelled[:-1]), 2)
    return price(Decimal(spelled)) if spelled else gettext("no change")


def plain(number: Decimal) -> str:
    """A price as it goes back into an input: 41.50, 3.0525."""
    whole, _point, fraction = f"{rounded(number, 4):f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def share(number: Decimal) -> str:
    """A percentage as it goes back into an input: 95, 92.5."""
    text = f"{rounded(number, 4):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(change: Decimal) -> str:
    """A change in percent with its sign."""
    return f"{'+' if change > 0 else ''}{percent(change, 1)}"


def _facts(found: Finding) -> Mapping[str, str]:
    facts: dict[str, str] = {"quantity": counted(found.min_quantity, found.unit)}
    for name, each in found.facts.items():
        facts[name] = _spelled(name, each)
    return facts


def _spelled(name: str, each: Any) -> str:
    if name == "change":
        return percent(each, 1)
    if name in ("unit", "other_unit"):
        return unit_word(each)
    if isinstance(each, Decimal):
        return price(each)
    if isinstance(each, list):
        return gettext(", ").join(each)
    if hasattr(each, "isoformat"):
        return day(each)
    return "—" if each is None else quantity(each) if isinstance(each, int) else str(each)
