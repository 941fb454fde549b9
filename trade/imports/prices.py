"""Price lists and their rows. An import publishes what it brings: the source has decided already."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from trade import clock
from trade.catalog.models import Sku
from trade.distributors.models import Tier
from trade.imports.merge import Result, Tally, count_absent, ids_by, merge_by_code
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
    tally.absent = count_absent(session, PriceList, source, merged)
    return tally.result({"tier_id": {row_id: code for code, row_id in tiers.items()}})


def import_prices(session: Session, source: str, rows: Sequence[PriceEntry]) -> Result:
    """Bring in fixed prices per SKU. Raises Refused("import.unknown") for a list or SKU that does not exist."""
    lists = ids_by(session, PriceList, PriceList.code, {row.price_list for row in rows}, "price list")
    skus = ids_by(session, Sku, Sku.code, {row.sku for row in rows}, "sku")
    wanted = {
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
    merged = merge_by_code(session, PriceRow, source, wanted)
    tally = Tally("price", len(rows))
    names = {row.external_code: f"{row.sku} {row.external_code}" for row in rows}
    tally.add(merged, names.__getitem__)
    tally.absent = count_absent(session, PriceRow, source, merged)
    labels = {
        "price_list_id": {row_id: code for code, row_id in lists.items()},
        "sku_id": {row_id: code for code, row_id in skus.items()},
    }
    return tally.result(labels)
