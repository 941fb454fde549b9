"""The brand's own view of its SKUs: all of them, with where they stand, what they cost, and who may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, false, func, literal, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.catalog.models import Category, Family, Sku
from trade.catalog.queries import finds, in_category, looked_up, visible
from trade.distributors.queries import find_by_code, terms_of
from trade.errors import Refused
from trade.pricing.models import PriceList, PriceRow
from trade.windows import Page, Sort, Totals, Window, page_of

State = Literal["selling", "coming", "ended", "stopped", "archived"]
SORTS: Mapping[str, Sort] = {
    "name": Sort(Sku.sort_key),
    "code": Sort(Sku.code),
    "moq": Sort(Sku.moq, "whole"),
    "created": Sort(Sku.id, "whole"),
}


@dataclass(frozen=True)
class Wanted:
    """What the address of the product list says."""

    search: str = ""
    category_id: int | None = None
    family_id: int | None = None
    state: str = ""
    lacks: str = ""  # picture, price, barcode
    is_restricted: bool = False
    seen_by: str = ""  # code of a distributor


@dataclass(frozen=True)
class Row:
    """A SKU in the list; `base_price` per order unit, None where the base list has none for it."""

    sku: Sku
    category: str
    family: str | None
    base_price: Decimal | None
    state: State


def state_of(sku: Sku, day: date) -> State:
    """Where a SKU stands on a day, in one word."""
    if sku.archived_at is not None:
        return "archived"
    if not sku.is_sellable:
        return "stopped"
    if sku.sale_from is not None and sku.sale_from > day:
        return "coming"
    return "ended" if sku.sale_to is not None and sku.sale_to <= day else "selling"


def page(session: Session, actor: Actor, wanted: Wanted, window: Window, day: date) -> Page[Row]:
    """A page of SKUs in one statement, or two when it is asked what a distributor sees."""
    query = (
        select(Sku, Category.name, Family.name, _base_price(day))
        .join(Category, Category.id == Sku.category_id)
        .outerjoin(Family, Family.id == Sku.family_id)
    )
    found = page_of(session, _filtered(session, actor, query, wanted, day), window, SORTS, Sku.id, "name")
    return found.of(
        [Row(sku, category, family, price, state_of(sku, day)) for sku, category, family, price in found.rows]
    )


def totals(session: Session, actor: Actor, wanted: Wanted, day: date) -> Totals:
    """How many SKUs match."""
    query = _filtered(session, actor, select(func.count(Sku.id)), wanted, day)
    return Totals(session.scalar(query) or 0)


def _filtered(session: Session, actor: Actor, query: Select[Any], wanted: Wanted, day: date) -> Select[Any]:
    conditions = [
        condition for word in text.folded(wanted.search).split() for condition in finds(looked_up(word))
    ]
    if wanted.category_id is not None:
        conditions.append(in_category(wanted.category_id))
    if wanted.family_id is not None:
        conditions.append(Sku.family_id == wanted.family_id)
    conditions.append(_states(day).get(wanted.state, Sku.archived_at.is_(None)))
    if wanted.is_restricted:
        conditions.append(Sku.is_restricted.is_(True))
    if wanted.lacks in {"picture", "barcode"}:
        column = Sku.picture_id if wanted.lacks == "picture" else Sku.barcode
        conditions.append(column.is_(None))
    if wanted.lacks == "price":
        conditions.append(~_has_price(day))
    if wanted.seen_by:
        conditions.append(_seen_by(session, actor, wanted.seen_by, day))
    return query.where(*conditions)


def _states(day: date) -> dict[str, ColumnElement[bool]]:
    """The words of `state_of`, as the database asks."""
    live = and_(Sku.archived_at.is_(None), Sku.is_sellable)
    begun = or_(Sku.sale_from.is_(None), Sku.sale_from <= day)
    over = and_(Sku.sale_to.is_not(None), Sku.sale_to <= day)
    return {
        "archived": Sku.archived_at.is_not(None),
        "stopped": and_(Sku.archived_at.is_(None), ~Sku.is_sellable),
        "coming": and_(live, ~begun),
        "ended": and_(live, begun, over),
        "selling": and_(live, begun, or_(Sku.sale_to.is_(None), Sku.sale_to > day)),
    }


def _seen_by(session: Session, actor: Actor, code: str, day: date) -> ColumnElement[bool]:
    """What a distributor within the actor's reach sees today; nothing for any other code."""
    distributor_id = find_by_code(session, actor, code)
    if distributor_id is None:
        return false()
    try:
        return visible(terms_of(session, distributor_id, day), day)
    except Refused:  # without terms it sees nothing
        return false()


def _valid(day: date) -> list[ColumnElement[bool]]:
    return [
        PriceList.published_at.is_not(None),
        PriceList.archived_at.is_(None),
        PriceList.valid_from <= day,
        or_(PriceList.valid_to.is_(None), PriceList.valid_to > day),
        PriceRow.valid_from <= day,
        or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > day),
        PriceRow.price.is_not(None),
    ]


def _has_price(day: date) -> ColumnElement[bool]:
    """Whether any list that holds names the SKU, its family, or a category above it."""
    above = exists().where(
        Category.id == Sku.category_id,
        Category.path.contains(literal("/") + cast(PriceRow.category_id, String) + literal("/")),
    )
    return exists().where(
        PriceList.id == PriceRow.price_list_id,
        *_valid(day),
        or_(PriceRow.sku_id == Sku.id, PriceRow.family_id == Sku.family_id, above.correlate(Sku, PriceRow)),
    )


def _base_price(day: date) -> Any:
    """What the base list says for one order unit."""
    wanted = (
        select(PriceRow.price)
        .join(PriceList, PriceList.id == PriceRow.price_list_id)
        .where(
            PriceRow.sku_id == Sku.id,
            PriceRow.unit == Sku.order_unit,
            PriceList.kind == "base",
            *_valid(day),
        )
        .order_by(PriceRow.min_quantity, PriceList.priority.desc(), PriceRow.id.desc())
        .limit(1)
    )
    return wanted.correlate(Sku).scalar_subquery()
