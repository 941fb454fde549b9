"""The price rows that may apply to a page of SKUs: a constant number of indexed statements."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from trade.catalog.models import Sku
from trade.distributors.queries import Terms
from trade.pricing.models import PriceList, PriceRow
from trade.pricing.rules import Row, Wanted

LIST_FACTS = ("id", "code", "name", "kind", "priority", "basis", "valid_from", "valid_to")
ROW_FACTS = (
    *("id", "sku_id", "family_id", "category_id", "unit", "factor"),
    *("min_quantity", "price", "percent", "valid_from"),
)


def rows_for(session: Session, terms: Terms, skus: Sequence[Sku], day: date) -> dict[int, list[Row]]:
    """By SKU id, every row of every list that this distributor may be priced by on that day."""
    if not skus:
        return {}
    targets = {
        PriceRow.sku_id: {sku.id for sku in skus},
        PriceRow.family_id: {sku.family_id for sku in skus if sku.family_id is not None},
        PriceRow.category_id: {sku.category_id for sku in skus},
    }
    # Values and not joins: each of the three is then found by its index, whatever the planner thinks of the rest.
    named = or_(*(column.in_(sorted(ids)) for column, ids in targets.items() if ids))
    found: dict[tuple[str, int], list[Row]] = {}
    for row in session.execute(_valid(terms, day).where(named)):
        made = _row(row)
        found.setdefault((made.target, row.sku_id or row.family_id or row.category_id), []).append(made)
    return {
        sku.id: [
            *found.get(("sku", sku.id), ()),
            *found.get(("family", sku.family_id or 0), ()),
            *found.get(("category", sku.category_id), ()),
        ]
        for sku in skus
    }


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


def _valid(terms: Terms, day: date) -> Select[Any]:
    """What the rows and lists say that this distributor may be priced by on that day; columns alone, for speed."""
    of_list = [getattr(PriceList, name).label(f"list_{name}") for name in LIST_FACTS]
    for_whom = or_(
        PriceList.kind == "base", and_(PriceList.kind == "tier", PriceList.tier_id == terms.tier_id)
    )
    return (
        select(*(getattr(PriceRow, name) for name in ROW_FACTS), *of_list)
        .join(PriceList, PriceList.id == PriceRow.price_list_id)
        .where(
            for_whom,
            PriceList.currency == terms.currency,
            PriceList.published_at.is_not(None),
            PriceList.archived_at.is_(None),
            _holds(PriceList.valid_from, PriceList.valid_to, day),
            _holds(PriceRow.valid_from, PriceRow.valid_to, day),
        )
    )


def _holds(valid_from: Any, valid_to: Any, day: date) -> ColumnElement[bool]:
    return and_(valid_from <= day, or_(valid_to.is_(None), valid_to > day))


def _row(found: Any) -> Row:
    return Row(
        list_id=found.list_id,
        list_code=found.list_code,
        list_name=found.list_name,
        kind=found.list_kind,
        priority=found.list_priority,
        basis=found.list_basis,
        valid_from=found.list_valid_from.isoformat(),
        valid_to=found.list_valid_to.isoformat() if found.list_valid_to else None,
        row_id=found.id,
        row_from=found.valid_from.isoformat(),
        target="sku" if found.sku_id else "family" if found.family_id else "category",
        depth=0,
        unit=found.unit,
        factor=found.factor,
        min_quantity=found.min_quantity,
        price=found.price,
        percent=found.percent,
    )
