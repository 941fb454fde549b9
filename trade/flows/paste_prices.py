from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.pricing import drafts, grid, lists
from trade.pricing.drafts import Edit
from trade.pricing.grid import GridFilter, Key


@dataclass(frozen=True)
class Line:
    """A pasted line: with a code it names its SKU, without one it goes to the next row of the grid."""

    number: int
    code: str
    quantity: int | None
    price: Decimal | None
    percent: Decimal | None = None


@dataclass(frozen=True)
class Pasted:
    """Lines, and for those without a code the row at which they begin, in the order that the filter shows."""

    list_id: int
    lines: Sequence[Line]
    shown: GridFilter
    begins_at: str = ""


@dataclass(frozen=True)
class Kept:
    """How many cells changed, and by line number why a line was not taken."""

    saved: int
    refused: dict[int, str]


def paste_prices(session: Session, actor: Actor, given: Pasted) -> Kept:
    """Take a block from a spreadsheet into the draft; what cannot be taken is named line by line."""
    found = lists.get_for(session, actor, given.list_id)
    if found.archived_at is not None:
        raise Refused("price_list.archived")
    refused: dict[int, str] = {}
    keys: dict[int, Key] = {}
    known = drafts.codes(session, [line.code for line in given.lines])
    wider = drafts.groups(session, [line.code for line in given.lines if line.code not in known])
    for line in given.lines:
        sku = known.get(line.code)
        if sku is not None:
            keys[line.number] = (f"sku-{sku.id}", sku.order_unit, line.quantity or 1)
        elif line.code in wider:
            keys[line.number] = (*wider[line.code], line.quantity or 1)
        elif line.code:
            refused[line.number] = "unknown"
    bare = [line for line in given.lines if not line.code]
    if bare:
        draft = grid.open_draft(session, found.id)
        rows = grid.everything(session, found, draft.id if draft else None, given.shown, clock.today())
        names = [row.name_of_key for row in rows]
        at = names.index(given.begins_at) if given.begins_at in names else 0
        following = [row.key for row in rows[at:]]
        for line, free in zip(bare, following, strict=False):
            keys[line.number] = free
        refused |= {line.number: "no_row" for line in bare[len(following) :]}
    numbers: dict[Key, int] = {}
    edits: list[Edit] = []
    for line in given.lines:
        if line.number not in keys:
            continue
        key = keys[line.number]
        if key in numbers:
            refused[line.number] = "repeated"
            continue
        numbers[key] = line.number
        edits.append(Edit(key, line.price, line.percent))
    done = drafts.enter(session, actor, found.id, clock.today(), edits)
    refused |= {numbers[key]: reason for key, reason in done.unknown.items()}
    return Kept(done.saved, refused)
