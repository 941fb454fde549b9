from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.inventory import stock
from trade.inventory.models import Stock
from trade.inventory.queries import working


@dataclass(frozen=True)
class LowLevels:
    """Below how many free base units a warehouse is told, by SKU; None: never. `seen` is what stood on the page."""

    warehouse_id: int
    levels: Mapping[int, int | None]
    seen: Mapping[int, int | None] | None = None


def set_low_levels(session: Session, actor: Actor, given: LowLevels) -> int:
    """Say from where on goods are scarce in a warehouse; answers how many rules changed."""
    working(session, {given.warehouse_id})
    stock.hold(session, [(given.warehouse_id, sku_id) for sku_id in given.levels])
    rows = session.execute(
        select(Stock.id, Stock.sku_id, Stock.low_at).where(
            Stock.warehouse_id == given.warehouse_id, Stock.sku_id.in_(list(given.levels))
        )
    ).all()
    before = {sku_id: low_at for _id, sku_id, low_at in rows}
    if given.seen is not None and any(before[sku_id] != given.seen.get(sku_id) for sku_id in before):
        raise Refused("stock.rule_changed_meanwhile")
    changed = [
        {"id": stock_id, "low_at": given.levels[sku_id], "told_low_at": None}
        for stock_id, sku_id, low_at in rows
        if low_at != given.levels[sku_id]
    ]
    if not changed:
        return 0
    session.execute(update(Stock), changed)
    codes = dict(session.execute(select(Sku.id, Sku.code).where(Sku.id.in_(list(before)))).all())
    changes = {codes[sku_id]: [before[sku_id], given.levels[sku_id]] for sku_id in before}
    facts = {"changes": {code: sides for code, sides in changes.items() if sides[0] != sides[1]}}
    audit.record(
        session, actor, "stock.low_level_changed", facts, subject="warehouse", subject_id=given.warehouse_id
    )
    return len(changed)
