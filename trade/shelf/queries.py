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
from trade.catalog.queries import Word, branch, finds, in_branch, looked_up, named, visible
from trade.distributors.queries import Terms
from trade.inventory.queries import free_quantity, is_promisable
from trade.kept import kept
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
    known = [looked_up(word, named(tree, word)) for word in words]
    page = _listing(session, actor, terms, wanted, known, day)
    pieces = [piece for word in words for piece in text.pieces(word)]
    for other in pieces, [text.sound(word) for word in words]:
        if not page.skus and other != words:
            page = _listing(session, actor, terms, wanted, [looked_up(word) for word in other], day)
    return page


@dataclass(frozen=True)
class _Wanted:
    """What of a filter the statement is asked."""

    words: tuple[Word, ...]
    since: date  # of habits
    branch: str | None = None
    colour: str | None = None
    after: str | int | None = None  # the key of the last row seen
    last: int | None = None


@dataclass(frozen=True)
class _Marks:
    """What of a filter makes another statement of it."""

    is_in_stock: bool
    has_breaks: bool
    is_starred: bool
    is_usual: bool


def _listing(
    session: Session,
    actor: Actor,
    terms: Terms,
    wanted: Filter,
    words: Sequence[Word],
    day: date,
) -> Page:
    marks = _Marks(wanted.is_in_stock, wanted.has_breaks, wanted.is_starred, wanted.is_usual)
    after, _, last = wanted.after.rpartition("|")
    is_later = last.isdecimal() and len(last) < 10
    times = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    asked = _Wanted(
        words=tuple(words),
        since=day - habits.LATELY,
        branch=None if wanted.category_id is None else branch(wanted.category_id),
        colour=wanted.colour or None,
        after=(times if wanted.is_usual else after) if is_later else None,
        last=int(last) if is_later else None,
    )
    rows = session.execute(*_shown(actor, terms, asked, day, marks=marks)).all()
    shown = rows[:PAGE]
    return Page(
        skus=[row[0] for row in shown],
        count=rows[0][1] if rows else 0,
        following=f"{shown[-1][4]}|{shown[-1][0].id}" if len(rows) > PAGE else "",
        abouts={
            row[0].id: About(int(row[2]), bool(row[3]), Bought(*row[5:]) if row[5] else None) for row in shown
        },
    )


@kept
def _shown(
    actor: Actor, terms: Terms, wanted: _Wanted, day: date, *, marks: _Marks
) -> Select[*tuple[Any, ...]]:
    """The rows that are found, each with its SKU and its last purchase, in one statement."""
    is_starred = habits.starred(actor)
    words = [condition for word in wanted.words for condition in finds(word)]
    matching = select(Sku).where(visible(terms, day), *words, *_conditions(terms, wanted, day, marks))
    if marks.is_starred:
        matching = matching.where(is_starred)
    if words:  # looked up once, then counted and ordered
        matching = select(Sku).where(Sku.id.in_(select(matching.with_only_columns(Sku.id).cte("hit").c.id)))
    query, key = _ordered(matching, terms, wanted, marks)
    limited = query.with_only_columns(Sku.id).order_by(None).limit(COUNTED + 1).subquery()
    count = select(func.count()).select_from(limited).scalar_subquery()
    query = query.with_only_columns(
        Sku.id.label("id"),
        count.label("count"),
        free_quantity(Sku.id).label("left"),
        is_starred.label("is_starred"),
        key.label("key"),
    )
    if wanted.last is not None:
        query = query.where(*_following(key, wanted, marks))
    found = query.limit(PAGE + 1).cte("found")
    bought = habits.latest(terms.distributor_id, wanted.since, OrderLine.sku_id.in_(select(found.c.id)))
    facts = [bought.c[name] for name in habits.FACTS]
    whole = select(Sku, found.c.count, found.c.left, found.c.is_starred, found.c.key, *facts)
    joined = whole.join(found, found.c.id == Sku.id).outerjoin(bought, bought.c.sku_id == Sku.id)
    return joined.order_by(found.c.key.desc() if marks.is_usual else found.c.key, Sku.id)


def _ordered(
    matching: Select[Sku], terms: Terms, wanted: _Wanted, marks: _Marks
) -> tuple[Select[Sku], ColumnElement[Any]]:
    """By name, or by how often it was bought; and what the key of a row is then."""
    if not marks.is_usual:
        return matching.order_by(Sku.sort_key, Sku.id), Sku.sort_key.expression
    often = habits.usual(terms.distributor_id, wanted.since)
    joined = matching.join(often, often.c.sku_id == Sku.id)
    return joined.order_by(often.c.times.desc(), Sku.id), often.c.times


def _following(key: ColumnElement[Any], wanted: _Wanted, marks: _Marks) -> list[ColumnElement[bool]]:
    """The rows behind the last one seen; an index range where they stand in the order of names."""
    behind = and_(key == wanted.after, Sku.id > wanted.last)
    if marks.is_usual:
        return [or_(key < wanted.after, behind)]
    return [key >= wanted.after, or_(key > wanted.after, behind)]


def _conditions(terms: Terms, wanted: _Wanted, day: date, marks: _Marks) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.branch is not None:
        conditions.append(in_branch(wanted.branch))
    if wanted.colour is not None:
        conditions.append(Sku.colour == wanted.colour)
    if marks.is_in_stock:
        conditions.append(is_promisable(Sku.id))
    if marks.has_breaks:
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
