"""One product: what is said about it, in what it is packed, whether it is sold."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import product_words
from admin.product_words import Meanwhile
from trade import clock
from trade.actor import Permission
from trade.catalog import audience, facts, masters, queries, rules, tree
from trade.catalog.audience import Audience
from trade.catalog.facts import MOST_PACKS, Pack, SkuFacts
from trade.catalog.models import Sku
from trade.db import read
from trade.flows.create_product import create_product
from trade.flows.edit_product import Edited, edit_product
from trade.flows.remove_product import Seen, remove_product, restore_product
from trade.shelf.products import state_of
from trade.shelf.uses import uses_of
from web import asked
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import (
    CheckField,
    ChoiceField,
    DateField,
    Form,
    LongTextField,
    MoneyField,
    PlainField,
    TextField,
    VersionForm,
    WholeNumberField,
)
from web.i18n import percent
from web.units import UNITS, unit_key, unit_word

bp = Blueprint("products", __name__)
MOST = 99_999


class UnitField(TextField):
    """A unit in the reader's language; the brand may have units of its own."""

    def read(self, text: str) -> str:
        return unit_key(text)

    def spell(self, value: Any) -> str:
        return unit_word(str(value))


class BarcodeField(TextField):
    """Digits, however wide they were typed and spaced."""

    def read(self, text: str) -> str:
        return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))


class ProductForm(VersionForm):
    version = WholeNumberField(is_needed=False)
    code = TextField(_("Code"), longest=60, hint=_("As on your invoices; no two products share one"))
    name = TextField(_("Product name"), longest=120)
    category = ChoiceField(_("Category"))
    family = ChoiceField(
        _("Family"), is_needed=False, hint=_("Products of one family are kinds of the same: flavours, sizes")
    )
    brand = TextField(_("Brand"), longest=60, is_needed=False)
    flavour = TextField(_("Flavour"), longest=60, is_needed=False)
    colour = TextField(_("Colour"), longest=60, is_needed=False)
    size = TextField(_("Size"), longest=60, is_needed=False, hint=_("Such as 500 ml"))
    barcode = BarcodeField(
        _("Barcode"), longest=20, is_needed=False, hint=_("Of the base unit: 8, 12 or 13 digits")
    )
    description = LongTextField(_("Description"), longest=2000, is_needed=False)
    base_unit = UnitField(_("Base unit"), longest=20, hint=_("The smallest in which stock is counted"))
    order_unit = UnitField(_("Order unit"), longest=20, hint=_("In which it is ordered and priced"))
    order_factor = WholeNumberField(_("Base units in an order unit"), smallest=1, largest=MOST)
    moq = WholeNumberField(_("Smallest order (MOQ)"), smallest=1, largest=MOST, hint=_("In order units"))
    multiple = WholeNumberField(
        _("In steps of"), smallest=1, largest=MOST, hint=_("The MOQ is a multiple of this")
    )
    tax_rate = ChoiceField(_("Tax rate"))
    safety_stock = WholeNumberField(
        _("Safety stock"), hint=_("In base units; below it the stock is called low")
    )
    floor_price = MoneyField(
        _("Floor price"),
        places=4,
        is_needed=False,
        hint=_("Gross per order unit; no price list goes below it unseen"),
    )
    is_sellable = CheckField(_("May be sold"))
    sale_from = DateField(_("On sale from"), is_needed=False)
    sale_to = DateField(_("No longer sold from"), is_needed=False, hint=_("The first day without it"))


def _pack_fields() -> dict[str, PlainField]:
    """So many rows of unit, base units in it and barcode."""
    fields: dict[str, PlainField] = {}
    for at in range(MOST_PACKS):
        fields[f"pack_unit_{at}"] = UnitField(_("Unit"), longest=20, is_needed=False)
        fields[f"pack_factor_{at}"] = WholeNumberField(
            _("Base units in it"), smallest=1, largest=MOST, is_needed=False
        )
        fields[f"pack_barcode_{at}"] = BarcodeField(_("Barcode"), longest=20, is_needed=False)
    return fields


FullForm: type[ProductForm] = type("FullForm", (ProductForm,), _pack_fields())


class StateForm(VersionForm):
    """A button under a product, on the version that the person saw."""


@dataclass(frozen=True)
class Choices:
    """What the selects of the form offer."""

    categories: Mapping[int, str]
    families: Mapping[int, str]
    units: list[str]

    @property
    def names(self) -> dict[str, dict[str, str]]:
        """By field of the audit, ids as text and what they are called."""
        return {
            "category_id": {str(key): name for key, name in self.categories.items()},
            "family_id": {str(key): name for key, name in self.families.items()},
        }


@bp.get("/products/new")
@requires(Permission.PRODUCT_EDIT)
def new() -> Response:
    """An empty form, or the facts of another product without what is its alone."""
    with read() as session:
        choices = _choices(session)
        source = asked.number("copy")
        typed = _as_typed(facts.of(session, masters.get(session, source))) if source else dict(FIRST)
        for name in [each for each in typed if each == "code" or "barcode" in each]:
            typed[name] = None
        return _show_form(session, _form(choices, None, typed), choices)


@bp.post("/products")
@requires(Permission.PRODUCT_EDIT)
def creation() -> Response:
    with read() as session:
        choices = _choices(session)
    form = _form(choices, request.form)
    sku_id = attempt(form, create_product, _given(form)) if _is_right(form) else None
    if sku_id is None:
        with read() as session:
            return _show_form(session, form, choices)
    say(gettext("%(name)s is in the catalogue", name=form.name.data))
    return go(url_for(".detail", sku_id=sku_id))


@bp.get("/products/<id:sku_id>")
@requires(Permission.PRODUCT_READ)
def detail(sku_id: int) -> Response:
    with read() as session:
        return show_product(session, sku_id)


@bp.post("/products/<id:sku_id>")
@requires(Permission.PRODUCT_EDIT)
def submission(sku_id: int) -> Response:
    with read() as session:
        masters.get(session, sku_id)
        choices = _choices(session)
    form = _form(choices, request.form)
    meanwhile: list[Meanwhile] = []
    if _is_right(form) and form.version.data is not None:
        given = _given(form)
        mine = {name: facts.spelled(given, name) for name in SkuFacts.__dataclass_fields__}
        edited = Edited(sku_id, form.version.data, given)
        meanwhile = product_words.edit(form, edit_product, edited, mine, choices.names)
    elif form.version.data is None:
        form.refuse(gettext("Please look at the product again"))
    if not form.errors:
        say(gettext("%(name)s is changed", name=form.name.data))
        return go(url_for(".detail", sku_id=sku_id))
    with read() as session:
        return show_product(session, sku_id, product=form, meanwhile=meanwhile)


@bp.post("/products/<id:sku_id>/removal")
@requires(Permission.PRODUCT_EDIT)
def removal(sku_id: int) -> Response:
    form = StateForm(request.form)
    is_gone = None
    if form.validate():
        is_gone = attempt(form, remove_product, Seen(sku_id, form.version.data))
    if form.errors:
        with read() as session:
            return show_product(session, sku_id, state=form)
    if is_gone:
        say(gettext("The product is deleted; nothing ever referred to it"))
        return go(url_for("admin.catalog.index"))
    say(gettext("Archived, since orders, prices or stock refer to it; nobody can order it any more"))
    return go(url_for(".detail", sku_id=sku_id))


@bp.post("/products/<id:sku_id>/restoration")
@requires(Permission.PRODUCT_EDIT)
def restoration(sku_id: int) -> Response:
    form = StateForm(request.form)
    if form.validate():
        attempt(form, restore_product, Seen(sku_id, form.version.data))
    if form.errors:
        with read() as session:
            return show_product(session, sku_id, state=form)
    say(gettext("The product is back, as it was before"))
    return go(url_for(".detail", sku_id=sku_id))


def show_product(
    session: Session,
    sku_id: int,
    *,
    product: ProductForm | None = None,
    meanwhile: list[Meanwhile] | None = None,
    audience_of: Audience | None = None,
    **forms: Form,
) -> Response:
    """The page of one product; a form that was refused stands in it as typed."""
    sku = masters.get(session, sku_id)
    choices = _choices(session, sku)
    known = facts.of(session, sku)
    form = product or _form(choices, None, _as_typed(known) | {"version": sku.version})
    openings = audience.rules_of(session, g.actor, sku_id)
    context: dict[str, Any] = {"state": None, "picture": None, "opening": None} | forms
    day = clock.today()
    return render(
        session,
        "admin/catalog/product.html",
        "product",
        status=422 if any(each is not None and each.errors for each in (form, *forms.values())) else 200,
        sku=sku,
        facts=known,
        form=form,
        packs=_pack_rows(form),
        meanwhile=meanwhile or [],
        choices=choices,
        pictures=queries.pictures_of(session, sku_id),
        openings=openings,
        would=audience_of,
        seen=audience.audience(
            session,
            g.actor,
            day,
            [audience.opening_of(each.rule) for each in openings],
            is_restricted=sku.is_restricted,
        ),
        offered=masters.openings_on_offer(session) if may_edit() else None,
        word=product_words.STATES[state_of(sku, day)],
        is_on_sale=audience.is_on_sale(sku, day),
        uses=uses_of(session, sku_id) if may_edit() and sku.archived_at is None else None,
        may_edit=may_edit(),
        sees_floor=facts.sees_floor(g.actor),
        **context,
    )


def _show_form(session: Session, form: ProductForm, choices: Choices) -> Response:
    return render(
        session,
        "admin/catalog/new.html",
        "new",
        status=422 if form.errors else 200,
        form=form,
        packs=_pack_rows(form),
        choices=choices,
    )


def may_edit() -> bool:
    return g.actor.may(Permission.PRODUCT_EDIT)


FIRST = {
    "order_factor": 1,
    "moq": 1,
    "multiple": 1,
    "safety_stock": 0,
    "is_sellable": True,
    "tax_rate": "0.13",
}


def _choices(session: Session, sku: Sku | None = None) -> Choices:
    """Live categories and families, and those archived ones in which the product still is."""
    categories, families = tree.names(session), dict(masters.family_names(session))
    if sku is not None and sku.category_id not in categories:
        categories |= masters.category_name(session, sku.category_id)
    if sku is not None and sku.family_id is not None and sku.family_id not in families:
        families |= masters.family_name(session, sku.family_id)
    own = [] if sku is not None else [each for each in masters.units(session) if each not in UNITS]
    return Choices(categories, families, [str(each) for each in UNITS.values()] + own)


def _form(choices: Choices, sent: Any, typed: Mapping[str, Any] | None = None) -> ProductForm:
    form = FullForm(sent, data=typed)
    form.category.choices = [(str(key), name) for key, name in choices.categories.items()]
    form.family.choices = [(str(key), name) for key, name in choices.families.items()]
    kept = {Decimal(str(typed["tax_rate"]))} if typed and typed.get("tax_rate") else set()
    if sent and (rate := sent.get("tax_rate", "")) and rate in {str(each) for each in rules.TAX_RATES}:
        kept.add(Decimal(rate))
    rates = [*rules.TAX_RATES, *sorted(kept - set(rules.TAX_RATES))]
    form.tax_rate.choices = [(f"{each.normalize():f}", percent(each * 100)) for each in rates]
    if not facts.sees_floor(g.actor):
        del form.floor_price
    return form


def _as_typed(known: SkuFacts) -> dict[str, Any]:
    """The facts as the fields hold them."""
    typed = known.columns | {
        "category": str(known.category_id),
        "family": str(known.family_id) if known.family_id else None,
        "tax_rate": f"{known.tax_rate.normalize():f}",
        "floor_price": known.floor_price.normalize() if known.floor_price is not None else None,
    }
    for at, pack in enumerate(known.packs[:MOST_PACKS]):
        typed |= {
            f"pack_unit_{at}": pack.unit,
            f"pack_factor_{at}": pack.factor,
            f"pack_barcode_{at}": pack.barcode,
        }
    return typed


def _is_right(form: ProductForm) -> bool:
    """Whether every field can be read, and every pack says both what it is and what it holds."""
    is_right = form.validate()
    for at in range(MOST_PACKS):
        unit, factor, barcode = (form[f"pack_{name}_{at}"] for name in ("unit", "factor", "barcode"))
        if not (unit.data or factor.data or barcode.data):
            continue
        for each in (unit, factor):
            if each.data is None and not each.errors:
                form.refuse(gettext("Please fill this in"), each.name)
                is_right = False
    return is_right


def _given(form: ProductForm) -> SkuFacts:
    packs = [
        Pack(form[f"pack_unit_{at}"].data, form[f"pack_factor_{at}"].data, form[f"pack_barcode_{at}"].data)
        for at in range(MOST_PACKS)
        if form[f"pack_unit_{at}"].data
    ]
    plain = (
        *("code", "name", "brand", "colour", "size", "flavour", "description", "barcode", "base_unit"),
        *("order_unit", "order_factor", "moq", "multiple", "safety_stock", "is_sellable"),
        *("sale_from", "sale_to"),
    )
    return SkuFacts(
        category_id=int(form.category.data),
        family_id=int(form.family.data) if form.family.data else None,
        tax_rate=Decimal(form.tax_rate.data),
        floor_price=form.floor_price.data if "floor_price" in form else None,
        packs=tuple(sorted(packs, key=lambda pack: (pack.factor, pack.unit))),
        **{name: form[name].data for name in plain},
    )


def _pack_rows(form: ProductForm) -> list[tuple[Any, Any, Any]]:
    """The rows of packs that are filled, and one more, two at least."""
    rows = [
        (form[f"pack_unit_{at}"], form[f"pack_factor_{at}"], form[f"pack_barcode_{at}"])
        for at in range(MOST_PACKS)
    ]
    filled = [at for at, row in enumerate(rows) if any(each.data or each.errors for each in row)]
    return rows[: max((filled[-1] + 2 if filled else 0), 2)]
