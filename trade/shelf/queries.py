"""The shelf in front of which a buyer stands: SKUs with what is left of them and whether they get cheaper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog.models import Category, Sku
from trade.catalog.queries import finds_in, in_category, named, visible
from trade.distributors.queries import Terms
from trade.inventory.models import Stock
from trade.inventory.queries import free_quantity, promising_warehouse
from trade.pricing.models import PriceList, PriceRow

PAGE = 50
COUNTED = 1000  # beyond this many hits the exact number helps nobody


@dataclass(frozen=True)
class Filter:
    """What the address of the catalogue page says."""

    search: str = ""
    category_id: int | None = None
    colour: str = ""
    is_in_stock: bool = False
    has_breaks: bool = False
    after: str = ""  # sort key and id of the last row seen, as `key|id`


@dataclass(frozen=True)
class Page:
    skus: Sequence[Sku]
    count: int  # at most COUNTED + 1
    following: str  # `after` of the next page, or ""
    left: Mapping[int, int] = field(
        default_factory=dict
    )  # by SKU id, base units that an order may be promised


def listing(session: Session, terms: Terms, wanted: Filter, day: date, tree: Sequence[Category] = ()) -> Page:
    """A page of the catalogue in the order of names, in one statement; keyset, so that page 100 costs what page 1 costs.

    A word finds the names that hold it and the categories of the tree that are called so. A Chinese word that is in no
    name as a whole is looked for in its pieces, by a second statement.
    """
    words = text.folded(wanted.search).split()
    page = _listing(session, terms, wanted, day, words, tree)
    pieces = [piece for word in words for piece in text.pieces(word)]
    if page.skus or pieces == words:
        return page
    return _listing(session, terms, wanted, day, pieces, ())


def _listing(
    session: Session, terms: Terms, wanted: Filter, day: date, words: Sequence[str], tree: Sequence[Category]
) -> Page:
    found = [condition for word in words for condition in finds_in(word, named(tree, word))]
    matching = select(Sku).where(visible(terms, day), *found, *_conditions(wanted, terms, day))
    limited = matching.with_only_columns(Sku.id).limit(COUNTED + 1).subquery()
    count = select(func.count()).select_from(limited).scalar_subquery()
    query = matching.add_columns(count, free_quantity(Sku.id)).order_by(Sku.sort_key, Sku.id).limit(PAGE + 1)
    key, _, last = wanted.after.rpartition("|")
    if last.isdecimal() and len(last) < 10:
        query = query.where(
            Sku.sort_key >= key, or_(Sku.sort_key > key, and_(Sku.sort_key == key, Sku.id > int(last)))
        )
    rows = session.execute(query).all()
    skus = [row[0] for row in rows[:PAGE]]
    following = f"{skus[-1].sort_key}|{skus[-1].id}" if len(rows) > PAGE else ""
    return Page(skus, rows[0][1] if rows else 0, following, {sku.id: int(left) for sku, _count, left in rows})


def _conditions(wanted: Filter, terms: Terms, day: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.category_id is not None:
        conditions.append(in_category(wanted.category_id))
    if wanted.colour:
        conditions.append(Sku.colour == wanted.colour)
    if wanted.is_in_stock:
        conditions.append(
            exists().where(
                Stock.sku_id == Sku.id,
                Stock.warehouse_id == promising_warehouse(),
                Stock.on_hand > Stock.reserved,
            )
        )
    if wanted.has_breaks:
        conditions.append(_has_breaks(terms, day))
    return conditions


def _has_breaks(terms: Terms, day: date) -> ColumnElement[bool]:
    """Whether a list that prices this distributor names the SKU from more than one unit on."""
    return exists().where(
        PriceRow.sku_id == Sku.id,
        PriceRow.min_quantity > Sku.moq,
        PriceRow.valid_from <= day,
        or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > day),
        PriceList.id == PriceRow.price_list_id,
        or_(PriceList.kind == "base", PriceList.tier_id == terms.tier_id),
        PriceList.currency == terms.currency,
        PriceList.published_at.is_not(None),
        PriceList.archived_at.is_(None),
        PriceList.valid_from <= day,
        or_(PriceList.valid_to.is_(None), PriceList.valid_to > day),
    )
