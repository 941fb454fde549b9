"""How many of what: units as the reader's language counts them."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from press.language import catalogue
from trade.errors import Refused
from web.i18n import quantity as spelled
from web.i18n import spoken

Counted = Callable[[int, str], str]
UNITS: dict[str, Any] = {
    "case": _("case"),
    "box": _("box"),
    "bottle": _("bottle"),
    "can": _("can"),
    "bag": _("bag"),
    "pack": _("pack"),
    "piece": _("piece"),
    "set": _("set"),
    "pallet": _("pallet"),
    "bundle": _("bundle"),
    "kilogram": _("kilogram"),
    "gram": _("gram"),
}
COUNTED: dict[str, Counted] = {
    "case": lambda n, count: ngettext("%(count)s case", "%(count)s cases", n, count=count),
    "box": lambda n, count: ngettext("%(count)s box", "%(count)s boxes", n, count=count),
    "bottle": lambda n, count: ngettext("%(count)s bottle", "%(count)s bottles", n, count=count),
    "can": lambda n, count: ngettext("%(count)s can", "%(count)s cans", n, count=count),
    "bag": lambda n, count: ngettext("%(count)s bag", "%(count)s bags", n, count=count),
    "pack": lambda n, count: ngettext("%(count)s pack", "%(count)s packs", n, count=count),
    "piece": lambda n, count: ngettext("%(count)s piece", "%(count)s pieces", n, count=count),
    "set": lambda n, count: ngettext("%(count)s set", "%(count)s sets", n, count=count),
    "pallet": lambda n, count: ngettext("%(count)s pallet", "%(count)s pallets", n, count=count),
    "bundle": lambda n, count: ngettext("%(count)s bundle", "%(count)s bundles", n, count=count),
    "kilogram": lambda n, count: ngettext("%(count)s kilogram", "%(count)s kilograms", n, count=count),
    "gram": lambda n, count: ngettext("%(count)s gram", "%(count)s grams", n, count=count),
}

BASE_UNITS = {"kept", "left", "open"}  # facts of a refusal


def unit_word(unit: str) -> str:
    """Name a unit; one that the brand invented stays as it was written."""
    return str(catalogue(spoken()).ugettext(unit)) if unit in UNITS else unit


def counted(quantity: int, unit: str) -> str:
    """Write a quantity with its unit: 1,200 箱, 1 case, 2 cases."""
    count = COUNTED.get(unit)
    return count(quantity, spelled(quantity)) if count else f"{spelled(quantity)} {unit}"


def packed(base_quantity: int, factor: int, unit: str, base_unit: str) -> str:
    """Write base units as whole packs and what is left over: 46 箱 10 瓶."""
    whole, rest = divmod(base_quantity, factor)
    parts = [counted(whole, unit)] if whole or not rest else []
    return " ".join([*parts, counted(rest, base_unit)] if rest else parts)


def in_packs(refusal: Refused, lines: Iterable[tuple[Any, Any]]) -> Refused:
    """The refusal with the base units of its order line as cases and what is left over; `lines` come with their SKUs."""
    found = next(((line, sku) for line, sku in lines if line.sku_code == refusal.facts.get("sku")), None)
    if found is None:
        return refusal
    line, sku = found
    told = {
        name: packed(value, line.factor, line.unit, sku.base_unit)
        for name, value in refusal.facts.items()
        if name in BASE_UNITS and isinstance(value, int)
    }
    return Refused(refusal.code, keep=refusal.keep, **{**refusal.facts, **told})


def unit_key(text: str) -> str:
    """The unit that is meant by a word of the reader's language; any other word is a unit of the brand's own."""
    plain = text.strip()
    return next((key for key, words in UNITS.items() if plain in {key, str(words)}), plain)
