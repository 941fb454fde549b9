"""By what a SKU is found: its words, their pairs of characters, and the barcodes that are its alone."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from trade import text
from trade.catalog.models import BarcodeClaim, SearchGram, Sku, SkuPack
from trade.db import insert_many


def words(name: str, code: str, barcodes: Iterable[str | None] = (), flavour: str | None = None) -> str:
    """The search text of a SKU: whoever writes one asks here, or it is not found by what is left out."""
    return text.search_text(name, code, *barcodes, flavour)


def write(session: Session, sku_id: int) -> None:
    """Write anew by what a SKU is found, after its name, code, flavour, barcode or packs changed.

    A barcode that another SKU claims raises IntegrityError: `owners` tells beforehand.
    """
    sku = session.scalars(select(Sku).where(Sku.id == sku_id).execution_options(populate_existing=True)).one()
    packs = session.scalars(
        select(SkuPack.barcode).where(SkuPack.sku_id == sku_id).order_by(SkuPack.factor, SkuPack.unit)
    ).all()
    claims = [barcode for barcode in (sku.barcode, *packs) if barcode]
    sku.sort_key = text.sort_key(sku.name)
    sku.search_text = words(sku.name, sku.code, claims, sku.flavour)
    session.flush()
    session.execute(delete(SearchGram).where(SearchGram.sku_id == sku_id))
    add_grams(session, {sku_id: sku.search_text})
    session.execute(delete(BarcodeClaim).where(BarcodeClaim.sku_id == sku_id))
    insert_many(session, BarcodeClaim, [{"barcode": each, "sku_id": sku_id} for each in claims])


def add_grams(session: Session, words_of: Mapping[int, str]) -> None:
    """Let SKUs be found by the pairs of characters of their search text; a catalogue has some forty each.

    Hundreds of thousands in an import: they go past everything that looks at each row, in the order of the index.
    """
    if not words_of:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        pairs = sorted((gram, sku_id) for sku_id, words in words_of.items() for gram in text.grams(words))
        if pairs:
            connection.exec_driver_sql("INSERT INTO search_gram (gram, sku_id) VALUES (?, ?)", pairs)
        return
    grams = ["\n".join(text.grams(words)) for words in words_of.values()]
    connection.exec_driver_sql(
        "INSERT INTO search_gram (gram, sku_id) SELECT gram, sku_id"
        " FROM unnest(%s::bigint[], %s::text[]) AS sku(sku_id, words), unnest(string_to_array(words, E'\\n')) AS gram"
        " ORDER BY gram, sku_id",
        (list(words_of), grams),
    )


def owners(session: Session, barcodes: Collection[str]) -> dict[str, int]:
    """By barcode, the SKU that has it, itself or on one of its packs."""
    if not barcodes:
        return {}
    own = select(Sku.barcode, Sku.id).where(Sku.barcode.in_(barcodes))
    packed = select(SkuPack.barcode, SkuPack.sku_id).where(SkuPack.barcode.in_(barcodes))
    return {barcode: sku_id for barcode, sku_id in session.execute(own.union_all(packed)) if barcode}
