"""Masters: who a distributor is today, what has which price, what can be found."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock, text
from trade.catalog.models import SearchGram, Sku
from trade.distributors.models import Distributor, Standing
from trade.verify.invariant import Breach, Invariant, by_sql

SAMPLE = 500  # SKUs
BARCODES = """
    SELECT id AS sku_id, barcode FROM sku WHERE barcode <> ''
    UNION ALL SELECT sku_id, barcode FROM sku_pack WHERE barcode <> ''"""


def _without_standing(session: Session) -> Iterator[Breach]:
    """Who has none or several; a company may be taken in before its first day."""
    today = clock.today()
    first_day = (
        select(func.min(Standing.valid_from))
        .where(Standing.distributor_id == Distributor.id)
        .correlate(Distributor)
        .scalar_subquery()
    )
    counted = (
        select(Distributor.id, func.count(Standing.id))
        .outerjoin(
            Standing,
            (Standing.distributor_id == Distributor.id)
            & (Standing.valid_from <= today)
            & (Standing.valid_to.is_(None) | (Standing.valid_to > today)),
        )
        .where(
            Distributor.status == "active",
            Distributor.archived_at.is_(None),
            func.coalesce(first_day, today) <= today,
        )
        .group_by(Distributor.id)
        .having(func.count(Standing.id) != 1)
        .order_by(Distributor.id)
    )
    for distributor_id, standings in session.execute(counted):
        yield Breach("distributor", distributor_id, f"found {standings} standings on {today}, expected 1")


def _not_to_be_found(session: Session) -> Iterator[Breach]:
    """Look at every SKU of a small catalogue, and at evenly spread ones of a large one."""
    largest = session.scalar(select(func.max(Sku.id))) or 0
    step = max(1, largest // SAMPLE)
    looked_at = select(Sku.id, Sku.search_text).where(Sku.id % step == 0).order_by(Sku.id)
    sample = {sku_id: words for sku_id, words in session.execute(looked_at)}
    known: dict[int, set[str]] = {}
    for sku_id, gram in session.execute(
        select(SearchGram.sku_id, SearchGram.gram).where(SearchGram.sku_id % step == 0)
    ):
        known.setdefault(sku_id, set()).add(gram)
    strays = select(SearchGram.sku_id).where(SearchGram.sku_id.not_in(select(Sku.id))).distinct()
    for sku_id in session.scalars(strays.order_by(SearchGram.sku_id)):
        yield Breach("sku", sku_id, "is found by pairs of characters, and does not exist")
    for sku_id, words in sample.items():
        wanted, found = text.grams(words), known.get(sku_id, set())
        if wanted != found:
            says = (
                f"misses {len(wanted - found)} pairs of its search text, has {len(found - wanted)} too many"
            )
            yield Breach("sku", sku_id, says)


INVARIANTS = (
    by_sql(
        "standing.no_overlap",
        "the standings of a distributor do not overlap",
        "distributor_standing",
        """
        SELECT later.id, later.valid_from, 'after ' || COALESCE(CAST(earlier.valid_to AS VARCHAR), 'ever')
        FROM distributor_standing later
        JOIN distributor_standing earlier ON earlier.distributor_id = later.distributor_id
            AND (earlier.valid_from < later.valid_from
                OR (earlier.valid_from = later.valid_from AND earlier.id < later.id))
        WHERE earlier.valid_to IS NULL OR earlier.valid_to > later.valid_from ORDER BY later.id
        """,
    ),
    Invariant(
        "standing.today",
        "every active distributor has one standing today, from its first day on",
        _without_standing,
    ),
    by_sql(
        "price.one_target",
        "a price row names exactly one SKU, family or category, and either a price or a percentage",
        "price_row",
        """
        SELECT id, 'several or none', 'one target, one value' FROM price_row
        WHERE (CASE WHEN sku_id IS NULL THEN 0 ELSE 1 END + CASE WHEN family_id IS NULL THEN 0 ELSE 1 END
            + CASE WHEN category_id IS NULL THEN 0 ELSE 1 END) <> 1
            OR (CASE WHEN price IS NULL THEN 0 ELSE 1 END + CASE WHEN percent IS NULL THEN 0 ELSE 1 END) <> 1
        ORDER BY id
        """,
    ),
    by_sql(
        "price.list_target",
        "a tier's list names its tier, and a base list none",
        "price_list",
        """
        SELECT id, kind, 'tier' FROM price_list
        WHERE (kind = 'tier' AND tier_id IS NULL) OR (kind = 'base' AND tier_id IS NOT NULL) ORDER BY id
        """,
    ),
    by_sql(
        "barcode.once",
        "a barcode stands once, on a product or on one of its packs, and nobody else claims it",
        "sku",
        f"""
        SELECT MAX(sku_id), COUNT(*) || ' times ' || barcode, 'once' FROM ({BARCODES}) b
        GROUP BY barcode HAVING COUNT(*) > 1
        UNION ALL
        SELECT c.sku_id, 'claims ' || c.barcode, 'claimed by sku ' || b.sku_id
        FROM barcode_claim c JOIN ({BARCODES}) b ON b.barcode = c.barcode WHERE b.sku_id <> c.sku_id
        ORDER BY 1
        """,
    ),
    Invariant(
        "search.complete",
        f"all pairs of characters of a SKU's search text are indexed, and no others (a sample of {SAMPLE})",
        _not_to_be_found,
    ),
    by_sql(
        "notice.person",
        "a notice belongs to a person and to a message about which it tells",
        "notice",
        """
        SELECT n.id, 'person ' || n.person_id || ', message ' || n.outbox_id, 'both of them'
        FROM notice n
        LEFT JOIN person p ON p.id = n.person_id
        LEFT JOIN outbox_message m ON m.id = n.outbox_id
        WHERE p.id IS NULL OR m.id IS NULL OR m.topic <> n.topic ORDER BY n.id
        """,
    ),
    by_sql(
        "notice.once",
        "nobody is told the same message twice",
        "notice",
        """
        SELECT MAX(id), COUNT(*), 1 FROM notice GROUP BY outbox_id, person_id HAVING COUNT(*) > 1
        """,
    ),
)
