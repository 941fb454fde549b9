"""Price lists and their rows. An import publishes what it brings: the source has decided already."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from trade import clock
from trade.catalog.models import Sku
from trade.distributors.models import Tier
from trade.imports.merge import AT_ONCE, Result, Tally, chunks, count_absent, ids_by, merge_by_code
from trade.imports.rows import PriceEntry, PriceListRow
from trade.pricing.models import PriceList, PriceRow


def import_price_lists(session: Session, source: str, rows: Sequence[PriceListRow]) -> Result:
    tiers = ids_by(session, Tier, Tier.code, {row.tier for row in rows if row.tier}, "tier")
    published_at = clock.now()
    wanted = {
        row.external_code: {
            "code": row.code,
            "name": row.name,
            "kind": row.kind,
            "tier_id": tiers[row.tier] if row.tier else None,
            "currency": row.currency,
            "basis": row.basis,
            "valid_from": row.valid_from,
            "published_at": published_at,
        }
        for row in rows
    }
    tally = Tally("price list", len(rows))
    merged = merge_by_code(session, PriceList, source, wanted, opening=("published_at",))
    tally.add(merged, str)
    tally.absent = count_absent(session, PriceList, source, len(rows))
    return tally.result({"tier_id": {row_id: code for code, row_id in tiers.items()}})


def import_prices(session: Session, source: str, rows: Sequence[PriceEntry]) -> Result:
    """Bring in fixed prices per SKU. Raises Refused("import.unknown") for a list or SKU that does not exist."""
    lists = ids_by(session, PriceList, PriceList.code, {row.price_list for row in rows}, "price list")
    skus = ids_by(session, Sku, Sku.code, {row.sku for row in rows}, "sku")
    tally = Tally("price", len(rows))
    for some in chunks(rows, AT_ONCE):
        merged = merge_by_code(session, PriceRow, source, _prices(some, lists, skus))
        names = {row.external_code: f"{row.sku} {row.external_code}" for row in some}
        tally.add(merged, names.__getitem__)
    tally.absent = count_absent(session, PriceRow, source, len(rows))
    labels = {
        "price_list_id": {row_id: code for code, row_id in lists.items()},
        "sku_id": {row_id: code for code, row_id in skus.items()},
    }
    return tally.result(labels)


def _prices(
    rows: Sequence[PriceEntry], lists: Mapping[str, int], skus: Mapping[str, int]
) -> dict[str, dict[str, object]]:
    return {
        row.external_code: {
            "price_list_id": lists[row.price_list],
            "sku_id": skus[row.sku],
            "unit": row.unit,
            "factor": row.factor,
            "min_quantity": row.min_quantity,
            "price": row.price,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }
        for row in rows
    }
