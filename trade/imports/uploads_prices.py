"""Prices by upload: they go into the open draft of their list, where the check before publishing looks at them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import among
from trade.errors import Refused
from trade.imports.merge import AT_ONCE, chunks
from trade.imports.uploads_goods import goods_of
from trade.imports.uploads_rows import CHANGED, NEW, SAME, Choices, Line, difference
from trade.pricing import drafts, grid, lists
from trade.pricing.drafts import Edit
from trade.pricing.grid import Key, spelled
from trade.pricing.models import PriceDraftRow, PriceList, PriceRow
from trade.pricing.queries import holds


@dataclass
class Held:
    """A list with what holds today and what its draft already says, by SKU, unit and quantity."""

    price_list: PriceList
    now: dict[tuple[int, str, int], tuple[str, int]] = field(default_factory=dict)
    draft: dict[tuple[int, str, int], str] = field(default_factory=dict)


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each row what it would do to its list, without doing it."""
    goods = goods_of(session, (line.values.get("sku") for line in lines))
    found = lists_of(session, actor, lines, choices)
    held = {code: _filled(session, each, goods.units) for code, each in found.items()}
    seen: dict[Any, int] = {}
    for line in lines:
        line.name = line.values.get("sku") or ""
        sku = goods.resolve(line)
        of_list = _list_of(line, held, choices)
        _judge_value(line)
        if sku is None or of_list is None:
            continue
        unit, factor = goods.factor(line, sku, sku.order_unit)
        place = (sku.id, unit, line.values.get("min_quantity") or 1)
        key = (of_list.price_list.id, *place)
        if key in seen:
            line.blame("sku", "cell.duplicate", line.name, str(seen[key]))
        seen.setdefault(key, line.number)
        _judge(line, of_list, place, factor)


def write(
    session: Session, actor: Actor, lines: Sequence[Line], choices: Choices
) -> list[tuple[str, int, str]]:
    """Keep what differs in the drafts; answers the lists that were touched."""
    edits: dict[int, list[Edit]] = {}
    codes: dict[int, str] = {}
    for line in lines:
        if line.deed in (NEW, CHANGED):
            of_list, place = line.payload
            sku_id, unit, quantity = place
            key: Key = (f"sku-{sku_id}", unit, quantity)
            edits.setdefault(of_list.id, []).append(
                Edit(key, line.values.get("price"), line.values.get("percent"))
            )
            codes[of_list.id] = of_list.code
    for list_id in sorted(edits):
        for some in chunks(edits[list_id], AT_ONCE):
            if drafts.enter(session, actor, list_id, clock.today(), some).unknown:
                raise Refused("upload.changed_since_check")
    return [("price_list", list_id, codes[list_id]) for list_id in sorted(edits)]


def waiting_in(session: Session, list_id: int) -> int:
    """How many changes the open draft of a list holds."""
    draft = grid.open_draft(session, list_id)
    if draft is None:
        return 0
    counted = select(func.count(PriceDraftRow.id)).where(PriceDraftRow.draft_id == draft.id)
    return session.scalar(counted) or 0


def lists_of(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> dict[str, PriceList]:
    """The lists that rows name, and the chosen one under no name."""
    found: dict[str, PriceList] = {}
    for code in sorted({line.values.get("list") or "" for line in lines}):
        wanted = select(PriceList).where(lists.reachable(actor), PriceList.archived_at.is_(None))
        condition = (
            func.lower(PriceList.code) == code.lower() if code else PriceList.id == choices.price_list_id
        )
        price_list = session.scalars(wanted.where(condition).order_by(PriceList.id)).first()
        if price_list is not None:
            found[code.casefold()] = price_list
    return found


def _filled(session: Session, price_list: PriceList, sku_ids: Collection[int]) -> Held:
    """A list with what it says of these SKUs."""
    held = Held(price_list)
    today = clock.today()
    columns = (PriceRow.sku_id, PriceRow.unit, PriceRow.min_quantity, PriceRow.price, PriceRow.percent)
    rows = select(*columns, PriceRow.factor).where(
        PriceRow.price_list_id == price_list.id, holds(PriceRow.valid_from, PriceRow.valid_to, today)
    )
    draft = grid.open_draft(session, price_list.id)
    told = select(
        *(PriceDraftRow.sku_id, PriceDraftRow.unit, PriceDraftRow.min_quantity, PriceDraftRow.price),
        *(PriceDraftRow.percent, PriceDraftRow.is_removed),
    ).where(PriceDraftRow.draft_id == (draft.id if draft else None))
    for some in chunks(sku_ids):
        found = session.execute(rows.where(among(session, PriceRow.sku_id, some)))
        for sku_id, unit, quantity, price, percent, factor in found:
            held.now[sku_id or 0, unit, quantity] = spelled(price, percent, False), factor
        typed = session.execute(told.where(among(session, PriceDraftRow.sku_id, some))) if draft else ()
        for sku_id, unit, quantity, price, percent, is_removed in typed:
            held.draft[sku_id or 0, unit, quantity] = spelled(price, percent, is_removed)
    return held


def _list_of(line: Line, held: Mapping[str, Held], choices: Choices) -> Held | None:
    code = line.values.get("list") or ""
    found = held.get(code.casefold())
    if found is None:
        line.blame("list", "cell.unknown" if code else "cell.no_list", code)
    return found


def _judge_value(line: Line) -> None:
    has_price, has_percent = line.values.get("price") is not None, line.values.get("percent") is not None
    if has_price and has_percent:
        line.blame("percent", "row.price_and_percent")
    elif not (has_price or has_percent or {flaw.field for flaw in line.flaws} & {"price", "percent"}):
        line.blame("price", "cell.empty")


def _judge(line: Line, of_list: Held, place: tuple[int, str, int], factor: int) -> None:
    after = spelled(line.values.get("price"), line.values.get("percent"), False)
    before, before_factor = of_list.now.get(place, ("", factor))
    planned = of_list.draft.get(place)
    line.payload = (of_list.price_list, place)
    line.name = f"{line.name} {place[1]} ≥{place[2]}" if place[2] > 1 else line.name
    stands = planned if planned is not None else before if before_factor == factor else ""
    if stands == after:
        line.become(SAME)
    elif line.is_good:
        line.become(CHANGED if before else NEW, [difference("price", planned or before or None, after)])
