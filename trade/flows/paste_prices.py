from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.pricing import drafts, grid, lists
from trade.pricing.drafts import Edit, Outcome
from trade.pricing.grid import GridFilter, GridRow, Key
from trade.pricing.models import PriceList


@dataclass(frozen=True)
class Line:
    """A pasted line: with a code it names its SKU, without one it belongs as far below the first row as it stands."""

    number: int
    code: str
    quantity: int | None
    price: Decimal | None
    percent: Decimal | None = None


@dataclass(frozen=True)
class Pasted:
    """Lines, and for those without a code the row at which line 1 belongs, in the order that the filter shows.

    `unread` are the lines without a code that hold no price: they keep their place, so that no other moves up.
    """

    list_id: int
    lines: Sequence[Line]
    shown: GridFilter
    begins_at: str = ""
    unread: Sequence[int] = ()


@dataclass(frozen=True)
class Place:
    """The row of a line without a code; `is_plain` where code and quantity name just this row."""

    code: str
    name: str
    min_quantity: int
    is_plain: bool


@dataclass(frozen=True)
class Kept:
    """How many cells changed, by line number why a line was not taken, and the row to which it would have gone."""

    saved: int
    refused: dict[int, str]
    places: dict[int, Place] = field(default_factory=dict)


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
    bare = [*(line.number for line in given.lines if not line.code), *given.unread]
    places = _places(session, found, given) if bare else []
    for number in bare:
        if number <= len(places):
            keys[number] = places[number - 1].key
        else:
            refused[number] = "no_row" if places else "no_start"
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
    done = drafts.enter(session, actor, found.id, clock.today(), edits) if edits else Outcome()
    refused |= {numbers[key]: reason for key, reason in done.unknown.items()}
    of_rows = {number: _place(places[number - 1]) for number in bare if number in keys}
    return Kept(done.saved, refused, of_rows)


def _place(row: GridRow) -> Place:
    is_plain = row.sku is None or row.unit == row.sku.order_unit
    return Place(row.code, row.name, row.min_quantity, is_plain)


def _places(session: Session, found: PriceList, given: Pasted) -> list[GridRow]:
    """The rows below the one where the block begins; none where that row is shown no more."""
    draft = grid.open_draft(session, found.id)
    rows = grid.everything(session, found, draft.id if draft else None, given.shown, clock.today())
    names = [row.name_of_key for row in rows]
    if not given.begins_at:
        return rows
    return rows[names.index(given.begins_at) :] if given.begins_at in names else []
