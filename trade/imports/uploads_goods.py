"""SKUs as the rows of an upload name them: by code, whatever its case, or by barcode."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.catalog.models import Sku, SkuPack
from trade.imports.uploads_rows import Line, Names, named, rows_by

COLUMNS = (
    *(Sku.id, Sku.code, Sku.name, Sku.barcode, Sku.base_unit, Sku.order_unit, Sku.order_factor),
    *(Sku.tax_rate, Sku.category_id, Sku.archived_at),
)


@dataclass
class Goods:
    """By what a cell may say, the SKU; and by SKU the units in which it is counted."""

    by_word: Mapping[str, Any]
    units: Mapping[int, dict[str, int]]
    near: Names

    def resolve(self, line: Line, name: str = "sku", *, may_be_archived: bool = False) -> Any:
        """The SKU of a row; blame the cell when there is none or it is no longer sold."""
        word = line.values.get(name)
        if word is None:
            return None
        found = self.by_word.get(word.casefold())
        if found is None:
            line.blame(name, "cell.unknown", word, self.near.near(word))
        elif found.archived_at is not None and not may_be_archived:
            line.blame(name, "row.ended", word)
        return found

    def factor(self, line: Line, sku: Any, usual: str) -> tuple[str, int]:
        """The unit of a row and how many base units it holds; blame a unit in which the SKU is not counted."""
        unit = line.values.get("unit") or usual
        known = self.units[sku.id]
        if unit not in known:
            line.blame("unit", "cell.unknown", line.values.get("unit"), "、".join(known))
        return unit, known.get(unit, 1)


def goods_of(session: Session, words: Iterable[str | None]) -> Goods:
    """Load what the rows name."""
    wanted = {each for each in words if each}
    spellings = wanted | {each.upper() for each in wanted} | {each.lower() for each in wanted}
    found: dict[str, Any] = {}
    for column in (Sku.barcode, Sku.code):
        for row in rows_by(session, COLUMNS, column, spellings):
            found[str(row.code if column is Sku.code else row.barcode).casefold()] = row
    ids = {row.id for row in found.values()}
    units = {row.id: {row.order_unit: row.order_factor, row.base_unit: 1} for row in found.values()}
    for sku_id, unit, factor in rows_by(
        session, (SkuPack.sku_id, SkuPack.unit, SkuPack.factor), SkuPack.sku_id, ids
    ):
        units[sku_id].setdefault(unit, factor)
    every: Iterable[Any] = ()
    if any(each.casefold() not in found for each in wanted):
        every = session.execute(select(Sku.id, Sku.code).where(Sku.archived_at.is_(None)).limit(20_000)).all()
    return Goods(found, units, named((row.id, row.code, "") for row in every))
