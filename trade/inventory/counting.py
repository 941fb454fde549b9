"""What a count would change, so that a person sees it before it is booked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from trade.catalog.models import Sku
from trade.inventory import stock
from trade.inventory.models import Stock
from trade.inventory.rules import is_large


@dataclass(frozen=True)
class Counted:
    """One SKU of a count, in base units: what the movements say, what was found, and what that leaves now."""

    sku: Sku
    known: int  # as of the moment of the count
    counted: int
    on_hand: int  # now
    reserved: int

    @property
    def difference(self) -> int:
        return self.counted - self.known

    @property
    def free_after(self) -> int:
        return self.on_hand + self.difference - self.reserved

    @property
    def is_short(self) -> bool:
        """Whether it takes away what orders were promised."""
        return self.difference < 0 and self.free_after < 0

    @property
    def is_large(self) -> bool:
        return is_large(self.known, self.counted, self.sku.order_factor)

    @property
    def needs_reason(self) -> bool:
        return self.is_large or self.is_short


def compare(session: Session, warehouse_id: int, found: Mapping[int, int], as_of: datetime) -> list[Counted]:
    """What was counted beside what should be there, what needs a reason first, then the largest differences."""
    known = stock.on_hand_at(session, warehouse_id, found.keys(), as_of)
    here = and_(Stock.sku_id == Sku.id, Stock.warehouse_id == warehouse_id)
    query = select(Sku, Stock.on_hand, Stock.reserved).outerjoin(Stock, here).where(Sku.id.in_(found))
    rows = [
        Counted(sku, known[sku.id], found[sku.id], on_hand or 0, reserved or 0)
        for sku, on_hand, reserved in session.execute(query)
    ]
    return sorted(rows, key=lambda row: (not row.needs_reason, -abs(row.difference), row.sku.sort_key))


def seen(rows: Sequence[Counted]) -> str:
    """A short name of what a person was shown, to tell whether it still holds when it is booked."""
    shown = sorted((row.sku.id, row.known, row.counted, row.is_short) for row in rows)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:24]
