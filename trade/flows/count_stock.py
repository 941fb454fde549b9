from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, idempotency, numbers
from trade.actor import Actor
from trade.db import insert_many
from trade.errors import Refused
from trade.inventory import counting, stock
from trade.inventory.models import StockCount, StockCountLine
from trade.inventory.queries import working
from trade.inventory.stock import Deed
from trade.orders import waiting


@dataclass(frozen=True)
class Count:
    """What was counted in one warehouse at one moment: base units by SKU. `key` names the form that was sent.

    `seen` names the comparison that a person confirmed; None comes from a file that was looked through already.
    """

    key: str
    warehouse_id: int
    as_of: datetime
    counted: Mapping[int, int]
    note: str = ""
    seen: str | None = None


def count_stock(session: Session, actor: Actor, given: Count) -> int:
    """Book what a count found to differ from the movements up to its moment; promises stay. Answers the count."""
    if not idempotency.is_first(session, f"count-{given.key}"):
        return session.scalars(select(StockCount.id).where(StockCount.key == given.key)).one()
    if given.as_of > clock.now():
        raise Refused("count.in_future", field="as_of")
    if not given.counted:
        raise Refused("count.empty")
    working(session, {given.warehouse_id})
    count = StockCount(
        number=numbers.draw(session, "CT", clock.today()),
        key=given.key,
        warehouse_id=given.warehouse_id,
        as_of=given.as_of,
        note=given.note,
        person_id=actor.person_id,
    )
    session.add(count)
    session.flush()
    stock.hold(session, [(given.warehouse_id, sku_id) for sku_id in given.counted])
    compared = counting.compare(session, given.warehouse_id, given.counted, given.as_of)
    if given.seen is not None and given.seen != counting.seen(compared):
        raise Refused("count.changed_meanwhile")
    if given.seen is not None and not given.note and any(row.needs_reason for row in compared):
        raise Refused("count.reason_needed", field="note")
    differences = {row.sku.id: row.difference for row in compared}
    deed = Deed(f"count-{count.id}", at=given.as_of, note=given.note)
    stock.correct(session, deed, {(given.warehouse_id, sku_id): more for sku_id, more in differences.items()})
    rows = [
        {
            "count_id": count.id,
            "sku_id": sku_id,
            "counted": given.counted[sku_id],
            "difference": differences[sku_id],
        }
        for sku_id in sorted(given.counted)
    ]
    insert_many(session, StockCountLine, rows)
    waiting.call_for(session, f"count-{count.id}", {sku for sku, more in differences.items() if more > 0})
    return count.id
