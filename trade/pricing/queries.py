"""The price rows that may apply to a page of SKUs: a constant number of indexed statements."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from trade.catalog.models import Category, Sku
from trade.distributors.queries import Terms
from trade.kept import kept
from trade.pricing.models import PriceList, PriceRow, ProjectPrice
from trade.pricing.rules import Row, Wanted

LIST_FACTS = (
    *("id", "code", "name", "kind", "territory_id"),
    *("priority", "basis", "valid_from", "valid_to"),
)
ROW_FACTS = (
    *("id", "price_list_id", "sku_id", "family_id", "category_id", "unit", "factor"),
    *("min_quantity", "price", "percent", "valid_from"),
)


def rows_for(session: Session, terms: Terms, skus: Sequence[Sku], day: date) -> dict[int, list[Row]]:
    """By SKU id, every row of every list that this distributor may be priced by on that day.

    Two statements, and a third for the category tree where one of the lists prices categories.
    """
    if not skus:
        return {}
    # what holds for one order alone is no part of what is asked for all of them
    known = terms if terms.registration_id is None else replace(terms, registration_id=None)
    found = _rows_on(session, _own_lists(known, day), skus, day, terms.territory_ids)
    if terms.registration_id is not None:
        for sku_id, rows in _project_rows(session, terms.registration_id, skus, day).items():
            found[sku_id] = [*rows, *found[sku_id]]
    return found


def _project_rows(
    session: Session, registration_id: int, skus: Sequence[Sku], day: date
) -> dict[int, list[Row]]:
    """By SKU id, what was agreed for the customer that the order is for; one statement."""
    wanted = select(ProjectPrice).where(
        ProjectPrice.registration_id == registration_id,
        ProjectPrice.sku_id.in_([sku.id for sku in skus]),
        holds(ProjectPrice.valid_from, ProjectPrice.valid_to, day),
    )
    found: dict[int, list[Row]] = {}
    for each in session.scalars(wanted.order_by(ProjectPrice.id)):
        row = Row(
            list_id=registration_id,
            list_code=f"project-{registration_id}",
            list_name="",
            kind="project",
            priority=0,
            basis="gross",
            valid_from=each.valid_from.isoformat(),
            valid_to=each.valid_to.isoformat() if each.valid_to else None,
            row_id=each.id,
            row_from=each.valid_from.isoformat(),
            target="sku",
            depth=0,
            unit=each.unit,
            factor=each.factor,
            min_quantity=each.min_quantity,
            price=each.price,
            percent=None,
        )
        found.setdefault(each.sku_id, []).append(row)
    return found


def base_rows_for(session: Session, currency: str, skus: Sequence[Sku], day: date) -> dict[int, list[Row]]:
    """The same for somebody whom only the base lists price."""
    if not skus:
        return {}
    return _rows_on(session, _base_lists(currency, day), skus, day, ())


def _rows_on(
    session: Session,
    of_lists: tuple[Select[Any], dict[str, Any]],
    skus: Sequence[Sku],
    day: date,
    territory_ids: Sequence[int],
) -> dict[int, list[Row]]:
    lists = {each.id: each for each in session.execute(*of_lists)}
    if not lists:
        return {sku.id: [] for sku in skus}
    above = _above(session, skus) if any(each.has_categories for each in lists.values()) else {}
    sku_ids = sorted(sku.id for sku in skus)
    family_ids = sorted({sku.family_id for sku in skus if sku.family_id is not None})
    category_ids = sorted({each for path in above.values() for each in path})
    wanted = _rows_that_name(sorted(lists), sku_ids, family_ids or None, category_ids or None, day)
    found: dict[tuple[str, int], list[Any]] = {}
    for row in session.execute(*wanted):
        found.setdefault(_target(row), []).append(row)
    ranks = {territory_id: at for at, territory_id in enumerate(territory_ids, 1)}

    def rows_of(sku: Sku) -> Iterator[Row]:
        keys = [("sku", sku.id, 0), ("family", sku.family_id or 0, 0)]
        keys += [("category", each, at) for at, each in enumerate(above.get(sku.category_id, ()), 1)]
        for kind, target_id, depth in keys:
            for row in found.get((kind, target_id), ()):
                of_list = lists[row.price_list_id]
                yield made(row, of_list, depth=depth, list_depth=ranks.get(of_list.territory_id or 0, 0))

    return {sku.id: list(rows_of(sku)) for sku in skus}


def asked(sku: Sku, terms: Terms, quantity: int, day: date) -> Wanted:
    """What the price function is asked for a SKU."""
    return Wanted(
        sku_code=sku.code,
        unit=sku.order_unit,
        factor=sku.order_factor,
        quantity=quantity or sku.moq,
        tax_rate=sku.tax_rate,
        currency=terms.currency,
        day=day.isoformat(),
    )


def for_whom(terms: Terms) -> ColumnElement[bool]:
    """Whether a list prices this distributor: its own, its group's, its tier's, its territories', everyone's."""
    return or_(
        PriceList.kind == "base",
        PriceList.distributor_id == terms.distributor_id,
        PriceList.tier_id == terms.tier_id,
        *([PriceList.price_group_id == terms.price_group_id] if terms.price_group_id is not None else []),
        PriceList.territory_id.in_(terms.territory_ids),
    )


def is_in_force(day: date) -> ColumnElement[bool]:
    """Whether a list holds on a day."""
    return and_(
        PriceList.published_at.is_not(None),
        PriceList.archived_at.is_(None),
        holds(PriceList.valid_from, PriceList.valid_to, day),
    )


def holds(valid_from: Any, valid_to: Any, day: date) -> ColumnElement[bool]:
    return and_(valid_from <= day, or_(valid_to.is_(None), valid_to > day))


def made(found: Any, of_list: Any, *, depth: int, list_depth: int) -> Row:
    """A row as the rules read it."""
    return Row(
        list_id=of_list.id,
        list_code=of_list.code,
        list_name=of_list.name,
        kind=of_list.kind,
        priority=of_list.priority,
        basis=of_list.basis,
        valid_from=of_list.valid_from.isoformat(),
        valid_to=of_list.valid_to.isoformat() if of_list.valid_to else None,
        row_id=found.id,
        row_from=found.valid_from.isoformat(),
        target="sku" if found.sku_id else "family" if found.family_id else "category",
        depth=depth,
        unit=found.unit,
        factor=found.factor,
        min_quantity=found.min_quantity,
        price=found.price,
        percent=found.percent,
        list_depth=list_depth,
    )


@kept
def _rows_that_name(
    list_ids: Sequence[int],
    sku_ids: Sequence[int],
    family_ids: Sequence[int] | None,
    category_ids: Sequence[int] | None,
    day: date,
) -> Select[Any]:
    """Values and not joins: each of the three is then found by its index, whatever the planner thinks of the rest."""
    named = [PriceRow.sku_id.in_(sku_ids)]
    if family_ids is not None:
        named.append(PriceRow.family_id.in_(family_ids))
    if category_ids is not None:
        named.append(PriceRow.category_id.in_(category_ids))
    facts = (getattr(PriceRow, name) for name in ROW_FACTS)
    in_force = holds(PriceRow.valid_from, PriceRow.valid_to, day)
    return select(*facts).where(PriceRow.price_list_id.in_(list_ids), or_(*named), in_force)


@kept
def _own_lists(terms: Terms, day: date) -> Select[Any]:
    return _lists(for_whom(terms), terms.currency, day)


@kept
def _base_lists(currency: str, day: date) -> Select[Any]:
    return _lists(PriceList.kind == "base", currency, day)


def _lists(for_whom: ColumnElement[bool], currency: str, day: date) -> Select[Any]:
    """The few lists that price somebody, and whether they price categories too."""
    # Not IS NOT NULL, which SQLite does not look up in an index.
    categories = exists().where(PriceRow.price_list_id == PriceList.id, PriceRow.category_id > 0)
    facts = (getattr(PriceList, name) for name in LIST_FACTS)
    return select(*facts, categories.label("has_categories")).where(
        for_whom, PriceList.currency == currency, is_in_force(day)
    )


def _above(session: Session, skus: Sequence[Sku]) -> dict[int, list[int]]:
    """By category id, the categories from the root down to it."""
    wanted = {sku.category_id for sku in skus}
    paths = session.execute(select(Category.id, Category.path).where(Category.id.in_(sorted(wanted))))
    return {key: [int(each) for each in path.split("/") if each] or [key] for key, path in paths}


def _target(row: Any) -> tuple[str, int]:
    if row.sku_id:
        return "sku", row.sku_id
    return ("family", row.family_id) if row.family_id else ("category", row.category_id)
