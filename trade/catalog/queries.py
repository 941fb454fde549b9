"""What a distributor may see, find and order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog.models import Category, SearchGram, Sku, VisibilityRule
from trade.distributors.queries import Terms
from trade.errors import Refused
from trade.inventory.models import Stock
from trade.inventory.queries import free_quantity, promising_warehouse
from trade.pricing.models import PriceList, PriceRow

PAGE = 50
COUNTED = 1000  # beyond this many hits the exact number helps nobody
GRAMS = 4  # of a word; the rest is compared in the text itself


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


def visible(terms: Terms, day: date) -> ColumnElement[bool]:
    """Whether the distributor may see and order a SKU today."""
    opened = exists().where(
        VisibilityRule.sku_id == Sku.id,
        or_(VisibilityRule.tier_id.is_(None), VisibilityRule.tier_id == terms.tier_id),
        or_(VisibilityRule.territory_id.is_(None), VisibilityRule.territory_id.in_(terms.territory_ids)),
    )
    return and_(
        Sku.is_sellable,
        Sku.archived_at.is_(None),
        or_(Sku.sale_from.is_(None), Sku.sale_from <= day),
        or_(Sku.sale_to.is_(None), Sku.sale_to > day),
        or_(Sku.is_restricted.is_(False), opened),
    )


def listing(session: Session, terms: Terms, wanted: Filter, day: date) -> Page:
    """A page of the catalogue in the order of names, in one statement; keyset, so that page 100 costs what page 1 costs."""
    matching = select(Sku).where(visible(terms, day), *_conditions(wanted, terms, day))
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


def get_for(session: Session, terms: Terms, sku_id: int, day: date) -> Sku:
    """The SKU, if this distributor may see it; any other does not exist for it."""
    sku = session.scalar(select(Sku).where(Sku.id == sku_id, visible(terms, day)))
    if sku is None:
        raise Refused("sku.not_found")
    return sku


def steps_of(session: Session, sku_id: int) -> tuple[int, int]:
    """MOQ and multiple of a SKU, also of one that can no longer be seen and is only to be taken out."""
    row = session.execute(select(Sku.moq, Sku.multiple).where(Sku.id == sku_id)).one_or_none()
    if row is None:
        raise Refused("sku.not_found")
    return row[0], row[1]


def categories(session: Session) -> Sequence[Category]:
    """The whole tree in reading order."""
    wanted = select(Category).where(Category.archived_at.is_(None))
    return session.scalars(wanted.order_by(Category.sort_key, Category.id)).all()


def colours(session: Session, category_id: int) -> Sequence[str]:
    """The colours that a category has, for its facet."""
    wanted = select(Sku.colour).where(
        _in_category(category_id), Sku.colour.is_not(None), Sku.is_sellable, Sku.archived_at.is_(None)
    )
    return [colour for colour in session.scalars(wanted.distinct().order_by(Sku.colour)) if colour]


def siblings(session: Session, terms: Terms, sku: Sku, day: date) -> Sequence[Sku]:
    """The other colours and sizes of the same product."""
    if sku.family_id is None:
        return []
    wanted = select(Sku).where(Sku.family_id == sku.family_id, Sku.id != sku.id, visible(terms, day))
    return session.scalars(wanted.order_by(Sku.sort_key, Sku.id).limit(PAGE)).all()


def _conditions(wanted: Filter, terms: Terms, day: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for word in text.folded(wanted.search).split():
        conditions += _finds(word)
    if wanted.category_id is not None:
        conditions.append(_in_category(wanted.category_id))
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


def _finds(word: str) -> list[ColumnElement[bool]]:
    """Look a word up by pairs of characters; a single character is looked for in the text."""
    pairs = sorted({word[at : at + 2] for at in range(len(word) - 1)})
    picked = pairs[:: max(1, len(pairs) // GRAMS)][:GRAMS]
    found: list[ColumnElement[bool]] = [
        Sku.id.in_(select(SearchGram.sku_id).where(SearchGram.gram == pair)) for pair in picked
    ]
    if len(word) != 2:
        found.append(Sku.search_text.contains(word, autoescape=True))
    return found


def _in_category(category_id: int) -> ColumnElement[bool]:
    """The category with everything below it."""
    below = select(Category.id).where(Category.path.contains(f"/{category_id}/", autoescape=True))
    return Sku.category_id.in_(below)
