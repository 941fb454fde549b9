"""The price rows that may apply to a page of SKUs: a constant number of indexed statements."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all
from sqlalchemy.orm import Session

from trade.catalog.models import Category, Sku
from trade.distributors.queries import Terms
from trade.pricing.models import PriceList, PriceRow
from trade.pricing.rules import Price, Row, Wanted, price


def rows_for(session: Session, terms: Terms, skus: Sequence[Sku], day: date) -> dict[int, list[Row]]:
    """By SKU id, every row of every list that this distributor may be priced by on that day."""
    if not skus:
        return {}
    ids = [sku.id for sku in skus]
    own = select(Sku.id.label("wanted_id"), PriceRow.id.label("row_id")).where(Sku.id.in_(ids))
    nearer = union_all(
        own.join(PriceRow, PriceRow.sku_id == Sku.id),
        own.join(PriceRow, PriceRow.family_id == Sku.family_id),
        own.join(Category, Category.id == Sku.category_id).join(
            PriceRow, PriceRow.category_id == Category.id
        ),
    ).subquery("candidate")
    found = session.execute(_valid(select(nearer.c.wanted_id, PriceRow, PriceList), nearer, terms, day))
    by_sku: dict[int, list[Row]] = {sku_id: [] for sku_id in ids}
    for wanted_id, row, of_list in found:
        by_sku[wanted_id].append(_row(row, of_list))
    return by_sku


def prices_for(
    session: Session, terms: Terms, wanted: Sequence[tuple[Sku, int]], day: date
) -> dict[int, Price | None]:
    """By SKU id, the price of a quantity in the SKU's order unit (0 counts as the smallest order)."""
    rows = rows_for(session, terms, [sku for sku, _ in wanted], day)
    return {sku.id: price(asked(sku, terms, quantity, day), rows[sku.id]) for sku, quantity in wanted}


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


def _valid(query: Select[Any], nearer: Any, terms: Terms, day: date) -> Select[Any]:
    for_whom = or_(
        PriceList.kind == "base", and_(PriceList.kind == "tier", PriceList.tier_id == terms.tier_id)
    )
    return (
        query.select_from(nearer)
        .join(PriceRow, PriceRow.id == nearer.c.row_id)
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


def _row(row: PriceRow, of_list: PriceList) -> Row:
    target = "sku" if row.sku_id else "family" if row.family_id else "category"
    return Row(
        list_id=of_list.id,
        list_code=of_list.code,
        list_name=of_list.name,
        kind=of_list.kind,
        priority=of_list.priority,
        basis=of_list.basis,
        valid_from=of_list.valid_from.isoformat(),
        valid_to=of_list.valid_to.isoformat() if of_list.valid_to else None,
        row_id=row.id,
        row_from=row.valid_from.isoformat(),
        target=target,
        depth=0,
        unit=row.unit,
        factor=row.factor,
        min_quantity=row.min_quantity,
        price=row.price,
        percent=row.percent,
    )
