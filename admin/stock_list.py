"""The list of stock, described once for the page and the sheet."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from admin import spoken
from trade.inventory import listing
from trade.inventory.listing import ListFilter, Row
from trade.inventory.queries import warehouses
from trade.windows import Page, Totals, Window
from web.lists import Asked, Column, Filter, List, Nothing


def _wanted(asked: Asked) -> ListFilter:
    house = int(asked["house"]) if asked["house"] else None
    return ListFilter(search=asked["q"], word=asked["word"], house_id=house)


def _find(session: Session, asked: Asked, window: Window) -> Page[Row]:
    return listing.listing(session, _wanted(asked), window)


def _totals(session: Session, asked: Asked) -> Totals:
    return listing.totals(session, _wanted(asked))


def _houses(session: Session) -> list[tuple[int, str]]:
    """The warehouses that work; where there is one alone there is nothing to choose."""
    found = [(house.id, house.name) for house in warehouses(session)]
    return found if len(found) > 1 else []


def _quantity(key: str, words: Any, value: Callable[[Row], int], **more: Any) -> Column:
    return Column(key=key, words=words, value=value, kind="whole", sort=key, is_labelled=True, **more)


def _packed(key: str, words: Any, value: Callable[[Row], int]) -> Column:
    """The same in the sheet as the page says it: cases and what is left over."""
    return Column(
        key=f"{key}_packed", words=words, value=lambda row: spoken.held(row.sku, value(row)), place="sheet"
    )


STOCK = List[Row](
    page="admin.stock.index",
    export="admin.stock.export",
    title=_("Stock"),
    counted=lambda count: ngettext("%(num)s product", "%(num)s products", count),
    sort="name",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Name, code, barcode or pinyin initials")),
        Filter(key="house", words=_("Warehouse"), kind="choice", choices=_houses),
        Filter(
            key="word", words=_("Stock"), kind="choice", choices=lambda _session: spoken.pairs(spoken.STOCK)
        ),
    ],
    columns=[
        Column(key="code", words=_("Code"), value=lambda row: row.sku.code, sort="code", place="sheet"),
        Column(
            key="name",
            words=_("Product"),
            value=lambda row: row.sku.name,
            sort="name",
            meta=lambda row: row.sku.code,
            url=lambda row: url_for("admin.stock.detail", sku_id=row.sku.id),
        ),
        Column(key="word", words=_("Stock"), value=lambda row: spoken.stock(row.level.word)[1]),
        Column(
            key="unit", words=_("Unit"), value=lambda row: spoken.unit_word(row.sku.base_unit), place="sheet"
        ),
        _quantity("on_hand", _("On hand"), lambda row: row.on_hand),
        _quantity("reserved", _("Reserved"), lambda row: row.reserved),
        _quantity("quarantine", _("Quarantine"), lambda row: row.quarantine, is_wide=True),
        _quantity("available", _("Available"), lambda row: row.level.available, look="strong"),
        _packed("on_hand", _("On hand, in cases"), lambda row: row.on_hand),
        _packed("reserved", _("Reserved, in cases"), lambda row: row.reserved),
        _packed("quarantine", _("Quarantine, in cases"), lambda row: row.quarantine),
        _packed("available", _("Available, in cases"), lambda row: row.level.available),
    ],
    nothing=Nothing(
        icon="packages",
        title=_("No products yet"),
        text=_("Stock belongs to products: add or import them, then enter a count."),
        url=lambda: url_for("admin.stock.counts"),
        button=_("Counts"),
    ),
    no_match=Nothing(title=_("No product matches"), text=_("Try a part of the name, a code or initials.")),
)
