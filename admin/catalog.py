"""All products: found, filtered, exported, and changed many at a time."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import product_words
from trade import clock
from trade.actor import Permission
from trade.catalog import rules, tree
from trade.db import read
from trade.flows.change_products import MOST, Changed, RowChange, change_products, preview
from trade.shelf import products
from trade.shelf.products import Row, Wanted
from trade.windows import Page, Totals, Window
from web import words
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, ChoiceField, DateField, Form, WholeNumberField
from web.i18n import percent
from web.lists import Action, Column, Filter, List, Nothing, picked
from web.units import unit_word

bp = Blueprint("catalog", __name__)
YES_NO = [("yes", _("yes")), ("no", _("no"))]
LACKS = [("picture", _("No picture")), ("price", _("No price")), ("barcode", _("No barcode"))]


class ChangeForm(Form):
    """What many SKUs shall have alike; each value counts only where its box is ticked."""

    set_is_sellable = CheckField(_("May be sold"))
    is_sellable = ChoiceField(_("May be sold"), choices=YES_NO, is_needed=False)
    set_sale_from = CheckField(_("On sale from"))
    sale_from = DateField(_("On sale from"), is_needed=False)
    set_sale_to = CheckField(_("No longer sold from"))
    sale_to = DateField(_("No longer sold from"), is_needed=False)
    set_category_id = CheckField(_("Category"))
    category_id = ChoiceField(_("Category"), is_needed=False)
    set_family_id = CheckField(_("Family"))
    family_id = ChoiceField(_("Family"), is_needed=False)
    set_tax_rate = CheckField(_("Tax rate"))
    tax_rate = ChoiceField(_("Tax rate"), is_needed=False)
    set_moq = CheckField(_("Smallest order (MOQ)"))
    moq = WholeNumberField(_("Smallest order (MOQ)"), smallest=1, largest=99_999, is_needed=False)
    set_multiple = CheckField(_("In steps of"))
    multiple = WholeNumberField(_("In steps of"), smallest=1, largest=99_999, is_needed=False)
    set_safety_stock = CheckField(_("Safety stock"))
    safety_stock = WholeNumberField(_("Safety stock"), is_needed=False, hint=_("In base units"))
    set_is_restricted = CheckField(_("Only for some"))
    is_restricted = ChoiceField(_("Only for some"), choices=YES_NO, is_needed=False)

    def values(self) -> dict[str, Any]:
        """What is ticked, as the rows keep it; a ticked field that must not be empty is refused when it is."""
        found: dict[str, Any] = {}
        for name in NAMES:
            if not self[f"set_{name}"].data:
                continue
            typed = self[name].data
            if typed is None and name not in MAY_BE_EMPTY:
                self.refuse(gettext("Please fill this in"), name)
                continue
            found[name] = READERS.get(name, lambda value: value)(typed)
        if not found and not self.errors:
            self.refuse(gettext("Please tick what shall change"))
        return found


NAMES = tuple(name.removeprefix("set_") for name in vars(ChangeForm) if name.startswith("set_"))
MAY_BE_EMPTY = {"sale_from", "sale_to", "family_id"}
READERS: Mapping[str, Any] = {
    "is_sellable": lambda value: value == "yes",
    "is_restricted": lambda value: value == "yes",
    "category_id": lambda value: int(value) if value else None,
    "family_id": lambda value: int(value) if value else None,
    "tax_rate": lambda value: Decimal(value) if value else None,
}


def _wanted(asked: Mapping[str, Any]) -> Wanted:
    return Wanted(
        search=asked["q"],
        category_id=int(asked["category"]) if asked["category"] else None,
        family_id=asked["family"],
        state=asked["state"],
        lacks=asked["lacks"],
        is_restricted=asked["restricted"],
        seen_by=asked["sees"],
    )


def _find(session: Session, asked: Mapping[str, Any], window: Window) -> Page[Row]:
    return products.page(session, g.actor, _wanted(asked), window, clock.today())


def _totals(session: Session, asked: Mapping[str, Any]) -> Totals:
    return products.totals(session, g.actor, _wanted(asked), clock.today())


def _pack(row: Row) -> str:
    sku = row.sku
    return f"{sku.order_factor} {unit_word(sku.base_unit)} / {unit_word(sku.order_unit)}"


PRODUCTS: List[Row] = List(
    page="admin.catalog.index",
    title=_("Products"),
    find=_find,
    totals=_totals,
    sort="name",
    export="admin.catalog.export",
    counted=lambda count: ngettext("%(num)s product", "%(num)s products", count),
    columns=[
        Column(
            key="name",
            words=_("Product"),
            value=lambda row: row.sku.name,
            meta=lambda row: row.sku.code,
            sort="name",
            url=lambda row: url_for("admin.products.detail", sku_id=row.sku.id),
        ),
        Column(key="code", words=_("Code"), value=lambda row: row.sku.code, place="sheet"),
        Column(key="barcode", words=_("Barcode"), value=lambda row: row.sku.barcode, place="sheet"),
        Column(key="state", words=_("State"), value=lambda row: product_words.STATES[row.state][1]),
        Column(key="category", words=_("Category"), value=lambda row: row.category, is_wide=True),
        Column(key="family", words=_("Family"), value=lambda row: row.family, is_wide=True),
        Column(key="brand", words=_("Brand"), value=lambda row: row.sku.brand, place="sheet"),
        Column(key="flavour", words=_("Flavour"), value=lambda row: row.sku.flavour, place="sheet"),
        Column(key="size", words=_("Size"), value=lambda row: row.sku.size, place="sheet"),
        Column(key="pack", words=_("Pack"), value=_pack, is_labelled=True, look="nowrap"),
        Column(
            key="moq",
            words=_("Smallest order (MOQ)"),
            value=lambda row: row.sku.moq,
            kind="whole",
            sort="moq",
            is_wide=True,
        ),
        Column(
            key="multiple",
            words=_("In steps of"),
            value=lambda row: row.sku.multiple,
            kind="whole",
            place="sheet",
        ),
        Column(
            key="tax",
            words=_("Tax rate"),
            value=lambda row: percent(row.sku.tax_rate * 100),
            look="num",
            is_wide=True,
        ),
        Column(
            key="price",
            words=_("Base price"),
            value=lambda row: row.base_price,
            kind="price",
            permission=Permission.PRICE_READ,
        ),
        Column(
            key="from",
            words=_("On sale from"),
            value=lambda row: row.sku.sale_from,
            kind="day",
            place="sheet",
        ),
        Column(
            key="to",
            words=_("No longer sold from"),
            value=lambda row: row.sku.sale_to,
            kind="day",
            place="sheet",
        ),
    ],
    filters=[
        Filter(key="q", words=_("Name, code, barcode or pinyin initials")),
        Filter(
            key="category",
            words=_("Category"),
            kind="choice",
            choices=lambda session: [(key, name) for key, name in tree.names(session).items()],
        ),
        Filter(key="family", kind="id"),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda session: [(key, told) for key, (_tone, told) in product_words.STATES.items()],
        ),
        Filter(key="lacks", words=_("What is missing"), kind="choice", choices=lambda session: LACKS),
        Filter(
            key="sees",
            words=_("Seen by (distributor's code)"),
            permission=Permission.DISTRIBUTOR_READ,
        ),
        Filter(key="restricted", words=_("Only for some"), kind="flag"),
    ],
    actions=[
        Action(
            endpoint="admin.catalog.changes",
            words=_("Change these together"),
            permission=Permission.PRODUCT_EDIT,
            icon="edit",
        )
    ],
    pick=lambda row: f"{row.sku.id}-{row.sku.version}",
    nothing=Nothing(
        title=_("No products yet"),
        text=_("Add the first one, or bring many in from a file."),
        url=lambda: url_for("admin.products.new"),
        button=_("Add a product"),
    ),
    no_match=Nothing(title=_("No product matches"), text=_("Try a part of the name, a code or initials.")),
)


@bp.get("/catalog")
@requires(Permission.PRODUCT_READ)
def index() -> Response:
    with read() as session:
        return render(session, "admin/catalog/products.html", "products", listed=PRODUCTS.open(session))


@bp.post("/catalog/export")
@requires(Permission.PRODUCT_READ)
def export() -> Response:
    return PRODUCTS.export_sheet()


@bp.post("/catalog/changes")
@requires(Permission.PRODUCT_EDIT)
def changes() -> Response:
    """Many at once: first what shall change, then before and after of every row, then the deed."""
    versions = dict(picked())
    step = request.form.get("step", "")
    with read() as session:
        form = _form(session, is_sent=step in {"preview", "write"})
    if not versions:
        form.refuse(gettext("Please tick the rows first"))
    values = form.values() if step in {"preview", "write"} and form.validate() else {}
    if step == "write" and not form.errors:
        count = attempt(form, change_products, Changed(versions, values))
        if count is not None:
            say(ngettext("%(num)s product changed", "%(num)s products changed", count))
            return go(url_for(".index", **PRODUCTS.plain(request.args)))
    with read() as session:
        rows = preview(session, versions, values) if values or step == "" else []
        names = _names(session)
        return render(
            session,
            "admin/catalog/changes.html",
            "changes",
            status=422 if form.errors else 200,
            form=form,
            names=NAMES,
            versions=versions,
            rows=[_told(row, names) for row in rows],
            has_preview=bool(values),
            most=MOST,
            back=url_for(".index", **PRODUCTS.plain(request.args)),
            here=url_for(".changes", **PRODUCTS.plain(request.args)),
        )


def _form(session: Session, *, is_sent: bool) -> ChangeForm:
    form = ChangeForm(request.form if is_sent else None)
    form.category_id.choices = [(str(key), name) for key, name in tree.names(session).items()]
    form.family_id.choices = [(str(family.id), family.name) for family, _count in tree.families(session)]
    form.tax_rate.choices = [(str(each), percent(each * 100)) for each in rules.TAX_RATES]
    return form


def _names(session: Session) -> dict[str, dict[str, str]]:
    return {
        "category_id": {str(key): name for key, name in tree.names(session).items()},
        "family_id": {str(family.id): family.name for family, _count in tree.families(session)},
    }


def _told(row: RowChange, names: product_words.Names) -> dict[str, Any]:
    """A row of the preview in words."""
    return {
        "sku": row.sku,
        "changes": [
            (
                product_words.label(name),
                product_words.spell(name, before, names),
                product_words.spell(name, after, names),
            )
            for name, (before, after) in row.changes.items()
        ],
        "refusal": words.say(row.refusal) if row.refusal else "",
    }
