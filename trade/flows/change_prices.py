from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.money import ZERO, rounded
from trade.pricing import drafts, grid, lists
from trade.pricing.drafts import Edit, Outcome
from trade.pricing.grid import GridFilter, GridRow

ROUNDINGS = {"half": ROUND_HALF_UP, "up": ROUND_CEILING, "down": ROUND_FLOOR}
LARGEST = Decimal(999_999_999)


@dataclass(frozen=True)
class BulkChange:
    """The same for every row that the filter finds.

    `how` is percent (by so many of itself), amount (by so much), share (a percentage of the base list), fixed (of the
    base list, as an amount), end, or undo; the result is a multiple of `step`.
    """

    list_id: int
    shown: GridFilter
    how: str
    value: Decimal = ZERO
    step: Decimal = Decimal("0.01")
    rounding: str = "half"


def change_prices(session: Session, actor: Actor, given: BulkChange) -> Outcome:
    """Change many prices of the draft alike; what has no price to start from stays as it is."""
    found = lists.get_for(session, actor, given.list_id)
    if found.archived_at is not None:
        raise Refused("price_list.archived")
    today = clock.today()
    draft = grid.open_draft(session, found.id)
    rows = grid.everything(session, found, draft.id if draft else None, given.shown, today)
    edits = [edit for row in rows if (edit := _edit(row, given)) is not None]
    if any(edit.price is not None and edit.price < 0 for edit in edits):
        raise Refused("price_draft.below_zero", field="value")
    return drafts.enter(session, actor, found.id, today, edits)


def _edit(row: GridRow, given: BulkChange) -> Edit | None:
    if given.how == "undo":
        return Edit(row.key) if row.is_changed else None
    if given.how == "end":
        return Edit(row.key, is_removed=True) if row.row_id else Edit(row.key)
    if given.how == "share":
        return Edit(row.key, percent=given.value)
    price = row.after if row.is_changed else row.before
    if given.how == "fixed":
        wanted = None if row.base is None else row.base * given.value / 100
    elif price is None or row.is_removed:
        return None
    elif given.how == "percent":
        wanted = price * (100 + given.value) / 100
    else:
        wanted = price + given.value
    if wanted is None:
        return None
    steps = (wanted / given.step).quantize(Decimal(1), ROUNDINGS[given.rounding])
    return Edit(row.key, price=min(rounded(steps * given.step, 4), LARGEST))
