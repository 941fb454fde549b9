"""Products in words: fields, states, and what an edit of somebody else changed meanwhile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import current_app, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.db import run
from trade.errors import Refused
from web.answer import attempt, tell
from web.forms import VersionForm
from web.i18n import percent
from web.units import unit_word

STATES = {
    "selling": ("ok", _("On sale")),
    "coming": ("info", _("Sale begins later")),
    "ended": ("calm", _("Sale is over")),
    "stopped": ("warn", _("Not sold")),
    "archived": ("calm", _("Archived")),
}
FIELDS = {
    "code": _("Code"),
    "name": _("Product name"),
    "category_id": _("Category"),
    "family_id": _("Family"),
    "parent": _("Belongs under"),
    "brand": _("Brand"),
    "colour": _("Colour"),
    "size": _("Size"),
    "flavour": _("Flavour"),
    "description": _("Description"),
    "barcode": _("Barcode"),
    "base_unit": _("Base unit"),
    "order_unit": _("Order unit"),
    "order_factor": _("Base units in an order unit"),
    "packs": _("Packs"),
    "moq": _("Smallest order (MOQ)"),
    "multiple": _("In steps of"),
    "tax_rate": _("Tax rate"),
    "safety_stock": _("Safety stock"),
    "floor_price": _("Floor price"),
    "is_sellable": _("May be sold"),
    "is_restricted": _("Only for some"),
    "sale_from": _("On sale from"),
    "sale_to": _("No longer sold from"),
    "archived_at": _("Archived"),
}
Names = Mapping[str, Mapping[str, str]]  # of categories and families, by field and id as text


@dataclass(frozen=True)
class Meanwhile:
    """A field that somebody else changed while this form was open."""

    field: str
    before: str
    theirs: str
    mine: str


def edit(
    form: VersionForm,
    flow: Callable[[Session, Actor, Any], Any],
    given: Any,
    typed: Mapping[str, str],
    names: Names,
) -> list[Meanwhile]:
    """Run an edit; where somebody was faster, say field by field what changed and let the next press decide."""
    try:
        run(flow, g.actor, given)
    except Refused as refusal:
        tell(form, refusal)
        changes = refusal.facts.get("changes")
        if isinstance(changes, Mapping):
            form.version.raw_data = [str(refusal.facts["version"])]
            return [
                Meanwhile(
                    label(name),
                    spell(name, pair[0], names),
                    spell(name, pair[1], names),
                    spell(name, typed.get(name, ""), names),
                )
                for name, pair in changes.items()
            ]
    return []


def label(name: str) -> str:
    return str(FIELDS.get(name, name))


def spell(name: str, value: Any, names: Names) -> str:
    """A value of the audit as people read it."""
    plain = "" if value is None else str(value)
    if not plain:
        return gettext("none")
    if name in names:
        return names[name].get(plain, plain)
    if plain in {"yes", "no"}:
        return gettext("yes") if plain == "yes" else gettext("no")
    if name in {"base_unit", "order_unit"}:
        return unit_word(plain)
    if name == "tax_rate":
        return percent(_hundredfold(plain))
    return plain


def _hundredfold(text: str) -> Any:
    return Decimal(text) * 100


PAGES = (
    ("admin.catalog", _("Products")),
    ("admin.families", _("Families")),
    ("admin.categories", _("Categories")),
)


def tabs() -> list[tuple[Any, str, bool, None]]:
    """The pages of products and prices that there are and that the reader may open."""
    held = {permission.value for permission in g.actor.permissions}
    shown: list[tuple[Any, str, bool, None]] = []
    for section, told in PAGES:
        view = current_app.view_functions.get(f"{section}.index")
        if view is not None and getattr(view, "permission", None) in held:
            shown.append((told, url_for(f"{section}.index"), request.blueprint == section, None))
    return shown


def removed(flow: Callable[..., bool], seen: Callable[[int], Any]) -> tuple[VersionForm, str]:
    """Take something out of the catalogue, and say whether it is deleted or archived."""
    form, is_gone = VersionForm(request.form), None
    if form.validate():
        is_gone = attempt(form, flow, seen(form.version.data))
    told = gettext("Deleted; nothing ever referred to it")
    return form, told if is_gone else gettext("Archived, since others refer to it")


def restored(flow: Callable[..., Any], seen: Callable[[int], Any]) -> VersionForm:
    """Take something archived back into the catalogue."""
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, flow, seen(form.version.data))
    return form
