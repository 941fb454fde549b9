"""Categories, families and SKUs, and the pairs of characters by which a SKU is found."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog import index
from trade.catalog.models import Category, Family, SearchGram, Sku, SkuPack
from trade.db import among
from trade.imports.merge import (
    AT_ONCE,
    CHUNK,
    Merged,
    Result,
    Tally,
    Values,
    chunks,
    count_absent,
    facts_text,
    ids_by,
    merge_by_code,
)
from trade.imports.rows import FamilyRow, NodeRow, SkuRow
from trade.imports.tree import import_tree


@dataclass(frozen=True)
class Known:
    """What the brand added to a SKU of the source."""

    flavour: str | None
    barcodes: list[str | None]


NONE = Known(None, [])


def import_categories(session: Session, source: str, rows: Sequence[NodeRow]) -> Result:
    return import_tree(session, Category, source, rows, lambda row: {"sort_key": text.sort_key(row.name)})


def import_families(session: Session, source: str, rows: Sequence[FamilyRow]) -> Result:
    wanted = {row.external_code: {"code": row.code, "name": row.name} for row in rows}
    tally = Tally("family", len(rows))
    merged = merge_by_code(session, Family, source, wanted)
    tally.add(merged, str)
    tally.absent = count_absent(session, Family, source, len(rows))
    return tally.result()


def import_skus(session: Session, source: str, rows: Sequence[SkuRow]) -> Result:
    """Bring in SKUs; minimum order, multiple, barcode, picture and visibility are kept here, not at the source.

    Raises Refused("import.unknown") for a category or family that does not exist.
    """
    categories = ids_by(session, Category, Category.code, {row.category for row in rows}, "category")
    families = ids_by(session, Family, Family.code, {row.family for row in rows if row.family}, "family")
    tally = Tally("sku", len(rows))
    codes = {row.external_code: row.code for row in rows}
    for some in chunks(rows, AT_ONCE):
        known = _known(session, source, [row.external_code for row in some])
        wanted = {
            row.external_code: _sku(row, categories, families, known.get(row.external_code, NONE))
            for row in some
        }
        merged = merge_by_code(session, Sku, source, wanted)
        _write_grams(session, merged, wanted)
        tally.add(merged, codes.__getitem__, derived=("sort_key", "search_text"))
    tally.absent = count_absent(session, Sku, source, len(rows))
    labels = {
        "category_id": {row_id: code for code, row_id in categories.items()},
        "family_id": {row_id: code for code, row_id in families.items()},
    }
    return tally.result(labels)


def _known(session: Session, source: str, codes: Sequence[str]) -> dict[str, Known]:
    """By external code, what was added here and must still find the SKU: flavour and barcodes."""
    found: dict[str, Known] = {}
    for part in chunks(codes, CHUNK):
        mine = (Sku.source == source, among(session, Sku.external_code, part))
        rows = select(Sku.external_code, Sku.flavour, Sku.barcode).where(
            *mine, or_(Sku.flavour.is_not(None), Sku.barcode.is_not(None))
        )
        for code, flavour, barcode in session.execute(rows):
            found[code or ""] = Known(flavour, [barcode])
        packed = select(Sku.external_code, SkuPack.barcode).join(SkuPack, SkuPack.sku_id == Sku.id)
        for code, barcode in session.execute(packed.where(*mine).order_by(SkuPack.factor, SkuPack.unit)):
            found.setdefault(code or "", Known(None, [])).barcodes.append(barcode)
    return found


def _sku(row: SkuRow, categories: dict[str, int], families: dict[str, int], known: Known) -> Values:
    return {
        "code": row.code,
        "name": row.name,
        "sort_key": text.sort_key(row.name),
        "search_text": index.words(row.name, row.code, known.barcodes, known.flavour),
        "category_id": categories[row.category],
        "family_id": families[row.family] if row.family else None,
        "colour": row.colour,
        "size": row.size,
        "description": row.description,
        "base_unit": row.base_unit,
        "order_unit": row.order_unit,
        "order_factor": row.order_factor,
        "tax_rate": row.tax_rate,
        "safety_stock": row.safety_stock,
        "is_sellable": row.is_sellable,
        "source_facts": facts_text(row.facts),
    }


def _write_grams(session: Session, merged: Merged[str], wanted: dict[str, Values]) -> None:
    """Index the new SKUs, and those again whose words changed."""
    changed = {key for key, differing in merged.changed.items() if "search_text" in differing}
    for some in chunks(sorted(changed)):
        stale = [merged.ids[key] for key in some]
        session.execute(delete(SearchGram).where(SearchGram.sku_id.in_(stale)))
    index.add_grams(session, {merged.ids[key]: wanted[key]["search_text"] for key in changed | merged.new})
