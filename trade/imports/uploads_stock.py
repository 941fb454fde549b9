"""A count of a warehouse by upload: what lay there at a moment, in base units."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.errors import Refused
from trade.imports.uploads_goods import goods_of
from trade.imports.uploads_rows import CHANGED, SAME, Choices, Line, difference
from trade.inventory import stock


def plan(session: Session, actor: Actor, lines: Sequence[Line], choices: Choices) -> None:
    """Say of each row by how much it differs from what the movements up to that moment say."""
    if choices.warehouse_id is None or not choices.as_of:
        raise Refused("upload.choice_needed")
    goods = goods_of(session, (line.values.get("sku") for line in lines))
    seen: dict[int, int] = {}
    found: list[tuple[Line, int, int]] = []
    for line in lines:
        line.name = line.values.get("sku") or ""
        sku = goods.resolve(line, may_be_archived=True)
        quantity = line.values.get("quantity")
        if sku is None:
            continue
        _unit, factor = goods.factor(line, sku, sku.base_unit)
        if sku.id in seen:
            line.blame("sku", "cell.duplicate", line.name, str(seen[sku.id]))
        elif quantity is not None:
            if quantity * factor > 999_999_999:
                line.blame("quantity", "cell.too_large", quantity)
            found.append((line, sku.id, quantity * factor))
        seen.setdefault(sku.id, line.number)
    moment = datetime.fromisoformat(choices.as_of)
    known = stock.on_hand_at(session, choices.warehouse_id, {sku_id for _line, sku_id, _q in found}, moment)
    for line, sku_id, quantity in found:
        line.payload = (sku_id, quantity)
        differs = known[sku_id] != quantity
        told = [difference("on_hand", known[sku_id], quantity)] if differs else []
        line.become(CHANGED if differs else SAME, told)


def counted(lines: Sequence[Line]) -> dict[int, int]:
    """Base units by SKU of the rows that are right."""
    return {line.payload[0]: line.payload[1] for line in lines if line.is_good and line.payload}
