"""The shelf in front of which a buyer stands: SKUs with what is left of them and whether they get cheaper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.catalog.models import Category, Sku
from trade.catalog.queries import finds_in, in_category, named, visible
from trade.distributors.queries import Terms
from trade.inventory.queries import free_quantity, is_promisable
from trade.orders.models import OrderLine
from trade.pricing.models import PriceList, PriceRow
from trade.pricing.queries import for_whom, holds, is_in_force
from trade.shelf import habits
from trade.shelf.habits import About, Bought

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
    is_starred: bool = False
    is_usual: bool = False  # bought in the last twelve months, the most often first
    after: str = ""  # sort key and id of the last row seen, as `key|id`; of the usual ones how often and id


@dataclass(frozen=True)
class Page:
    skus: Sequence[Sku]
    count: int  # at most COUNTED + 1
    following: str  # `after` of the next page, or ""
    abouts: Mapping[int, About] = field(default_factory=dict)  # by SKU id


def listing(
    session: Session,
    actor: Actor,
    terms: Terms,
    wanted: Filter,
    day: date,
    tree: Sequence[Category] = (),
) -> Page:
    """A page of the catalogue in the order of names, in one statement; keyset, so that page 100 costs what page 1 costs.

    A word finds the names that hold it and the categories of the tree that are called so. A Chinese word that is in no
    name as a whole is looked for in its pieces, and then by its sound, which traditional characters share.
    """
    words = text.folded(wanted.search).split()
    stand = _Stand(actor, terms, day)
    page = _listing(session, stand, wanted, words, tree)
    pieces = [piece for word in words for piece in text.pieces(word)]
    for other in pieces, [text.sound(word) for word in words]:
        if not page.skus and other != words:
            page = _listing(session, stand, wanted, other, ())
    return page


@dataclass(frozen=True)
class _Stand:
    """Who looks, as what, and when."""

    actor: Actor
    terms: Terms
    day: date


def _listing(
    session: Session, stand: _Stand, wanted: Filter, words: Sequence[str], tree: Sequence[Category]
) -> Page:
    found = [condition for word in words for condition in finds_in(word, named(tree, word))]
    terms, day = stand.terms, stand.day
    is_starred = habits.starred(stand.actor)
    matching = select(Sku).where(visible(terms, day), *found, *_conditions(wanted, terms, day))
    if wanted.is_starred:
        matching = matching.where(is_starred)
    if words:  # looked up once, then counted and ordered
        matching = select(Sku).where(Sku.id.in_(select(matching.with_only_columns(Sku.id).cte("hit").c.id)))
    query, key = _ordered(matching, stand, wanted)
    limited = query.with_only_columns(Sku.id).order_by(None).limit(COUNTED + 1).subquery()
    count = select(func.count()).select_from(limited).scalar_subquery()
    after, _, last = wanted.after.rpartition("|")
    query = query.with_only_columns(
        Sku.id.label("id"),
        count.label("count"),
        free_quantity(Sku.id).label("left"),
        is_starred.label("is_starred"),
        key.label("key"),
    )
    if last.isdecimal() and len(last) < 10:
        query = _following(query, wanted, key, after, int(last))
    return _page(session, stand, wanted, query.limit(PAGE + 1))


def _page(session: Session, stand: _Stand, wanted: Filter, query: Select[Any]) -> Page:
    """The rows that were found, each with its SKU and its last purchase, still in one statement."""
    found = query.cte("found")
    bought = habits.latest(stand.terms.distributor_id, stand.day, OrderLine.sku_id.in_(select(found.c.id)))
    facts = [bought.c[name] for name in habits.FACTS]
    whole = select(Sku, found.c.count, found.c.left, found.c.is_starred, found.c.key, *facts)
    joined = whole.join(found, found.c.id == Sku.id).outerjoin(bought, bought.c.sku_id == Sku.id)
    rows = session.execute(
        joined.order_by(found.c.key.desc() if wanted.is_usual else found.c.key, Sku.id)
    ).all()
    shown = rows[:PAGE]
    return Page(
        skus=[row[0] for row in shown],
        count=rows[0][1] if rows else 0,
        following=f"{shown[-1][4]}|{shown[-1][0].id}" if len(rows) > PAGE else "",
        abouts={
            row[0].id: About(int(row[2]), bool(row[3]), Bought(*row[5:]) if row[5] else None) for row in shown
        },
    )


def _ordered(matching: Select[Sku], stand: _Stand, wanted: Filter) -> tuple[Select[Sku], ColumnElement[Any]]:
    """By name, or by how often it was bought; and what the key of a row is then."""
    if not wanted.is_usual:
        return matching.order_by(Sku.sort_key, Sku.id), Sku.sort_key.expression
    often = habits.usual(stand.terms.distributor_id, stand.day)
    joined = matching.join(often, often.c.sku_id == Sku.id)
    return joined.order_by(often.c.times.desc(), Sku.id), often.c.times


def _following(query: Any, wanted: Filter, key: ColumnElement[Any], after: str, last: int) -> Any:
    """The rows behind the last one seen; an index range where they stand in the order of names."""
    if not wanted.is_usual:
        return query.where(key >= after, or_(key > after, and_(key == after, Sku.id > last)))
    times = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    return query.where(or_(key < times, and_(key == times, Sku.id > last)))


def _conditions(wanted: Filter, terms: Terms, day: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.category_id is not None:
        conditions.append(in_category(wanted.category_id))
    if wanted.colour:
        conditions.append(Sku.colour == wanted.colour)
    if wanted.is_in_stock:
        conditions.append(is_promisable(Sku.id))
    if wanted.has_breaks:
        conditions.append(_has_breaks(terms, day))
    return conditions


def _has_breaks(terms: Terms, day: date) -> ColumnElement[bool]:
    """Whether a list that prices this distributor names the SKU from more than one unit on."""
    return exists().where(
        PriceRow.sku_id == Sku.id,
        PriceRow.min_quantity > Sku.moq,
        holds(PriceRow.valid_from, PriceRow.valid_to, day),
        PriceList.id == PriceRow.price_list_id,
        for_whom(terms),
        PriceList.currency == terms.currency,
        is_in_force(day),
    )
