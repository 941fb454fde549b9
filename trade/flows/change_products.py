from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import editing
from trade.actor import Actor, Permission
from trade.catalog import facts
from trade.catalog.facts import SkuFacts
from trade.catalog.models import Sku
from trade.errors import Refused

MOST = 500
CHANGEABLE = (
    *("is_sellable", "sale_from", "sale_to", "category_id", "family_id", "tax_rate"),
    *("moq", "multiple", "safety_stock", "is_restricted"),
)


@dataclass(frozen=True)
class Changed:
    """New values for many SKUs at once, each on the version that the person saw."""

    versions: Mapping[int, int]  # by SKU id
    values: Mapping[str, Any]  # of CHANGEABLE


@dataclass(frozen=True)
class RowChange:
    """What would become of one SKU, or why it cannot."""

    sku: Sku
    changes: Mapping[str, tuple[str, str]]
    refusal: Refused | None = None


def preview(session: Session, versions: Mapping[int, int], values: Mapping[str, Any]) -> list[RowChange]:
    """What a change of many would do, SKU by SKU; writes nothing."""
    wanted = select(Sku).where(Sku.id.in_(list(versions)[:MOST])).order_by(Sku.sort_key, Sku.id)
    return [_row(session, sku, versions[sku.id], values) for sku in session.scalars(wanted)]


def change_products(session: Session, actor: Actor, given: Changed) -> int:
    """Give many SKUs the same new values, all or none, and answer how many changed."""
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"skus": len(given.versions)})
    if not given.values or not given.values.keys() <= set(CHANGEABLE):
        raise Refused("product.nothing_chosen")
    if len(given.versions) > MOST:
        raise Refused("product.too_many", most=MOST)
    locked = select(Sku).where(Sku.id.in_(given.versions)).order_by(Sku.id).with_for_update()
    if len(session.scalars(locked).all()) != len(given.versions):
        raise Refused("sku.not_found")
    rows = preview(session, given.versions, given.values)
    refused = [row for row in rows if row.refusal]
    if refused:
        raise Refused("product.rows_refused", count=len(refused))
    told = [(row.sku.id, row.changes) for row in rows if row.changes]
    for sku_id, changes in told:
        version = editing.take_turn(session, Sku, sku_id, given.versions[sku_id], changes)
        session.execute(update(Sku).where(Sku.id == sku_id).values(**given.values))
        editing.record(session, actor, "product.changed", Sku, sku_id, changes, version=version)
    return len(told)


def _row(session: Session, sku: Sku, seen: int, values: Mapping[str, Any]) -> RowChange:
    """Judge one SKU; the visibility switch is no fact of the product but of who sees it."""
    before = _bare(sku)
    after = replace(before, **{name: value for name, value in values.items() if name != "is_restricted"})
    changes = facts.changes(before, after)
    if values.get("is_restricted", sku.is_restricted) != sku.is_restricted:
        changes["is_restricted"] = facts.yes(sku.is_restricted), facts.yes(values["is_restricted"])
    if sku.version != seen:
        return RowChange(sku, changes, Refused("product.row_stale"))
    if sku.archived_at is not None:
        return RowChange(sku, changes, Refused("product.is_archived"))
    try:
        facts.check_steps(after)
    except Refused as refusal:
        return RowChange(sku, changes, refusal)
    return RowChange(sku, changes)


def _bare(sku: Sku) -> SkuFacts:
    """The facts of the row itself; packs do not change here."""
    names = [name for name in SkuFacts.__dataclass_fields__ if name != "packs"]
    return SkuFacts(**{name: getattr(sku, name) for name in names})
