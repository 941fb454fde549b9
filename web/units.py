"""How many of what: units as the reader's language counts them."""

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from web.i18n import quantity as spelled

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
    "kilogram": _("kilogram"),
    "gram": _("gram"),
}
COUNTED: dict[str, Counted] = {
    "case": lambda n, num: ngettext("%(num)s case", "%(num)s cases", n, num=num),
    "box": lambda n, num: ngettext("%(num)s box", "%(num)s boxes", n, num=num),
    "bottle": lambda n, num: ngettext("%(num)s bottle", "%(num)s bottles", n, num=num),
    "can": lambda n, num: ngettext("%(num)s can", "%(num)s cans", n, num=num),
    "bag": lambda n, num: ngettext("%(num)s bag", "%(num)s bags", n, num=num),
    "pack": lambda n, num: ngettext("%(num)s pack", "%(num)s packs", n, num=num),
    "piece": lambda n, num: ngettext("%(num)s piece", "%(num)s pieces", n, num=num),
    "set": lambda n, num: ngettext("%(num)s set", "%(num)s sets", n, num=num),
    "kilogram": lambda n, num: ngettext("%(num)s kilogram", "%(num)s kilograms", n, num=num),
    "gram": lambda n, num: ngettext("%(num)s gram", "%(num)s grams", n, num=num),
}


def unit_word(unit: str) -> str:
    """Name a unit; one that the brand invented stays as it was written."""
    return str(UNITS.get(unit, unit))


def counted(quantity: int, unit: str) -> str:
    """Write a quantity with its unit: 1,200 箱, 1 case, 2 cases."""
    count = COUNTED.get(unit)
    return count(quantity, spelled(quantity)) if count else f"{spelled(quantity)} {unit}"


def packed(base_quantity: int, factor: int, unit: str, base_unit: str) -> str:
    """Write base units as whole packs and what is left over: 46 箱 10 瓶."""
    whole, rest = divmod(base_quantity, factor)
    parts = [counted(whole, unit)] if whole or not rest else []
    return " ".join([*parts, counted(rest, base_unit)] if rest else parts)
