"""Publications: what a draft said when it was published is what the rows of its list hold, and until when."""

from trade.verify.invariant import by_sql

KEPT = "sku_id, family_id, category_id, unit, factor, min_quantity, price, percent"
SAID = f"""
    SELECT r.draft_id, d.price_list_id, d.valid_from, {", ".join("r." + name for name in KEPT.split(", "))}
    FROM price_draft_row r JOIN price_draft d ON d.id = r.draft_id
    WHERE d.published_at IS NOT NULL AND NOT r.is_removed"""
STANDING = f"SELECT draft_id, price_list_id, valid_from, {KEPT} FROM price_row WHERE draft_id IS NOT NULL"

INVARIANTS = (
    by_sql(
        "price.published",
        "the rows that came with a publication are those that its draft said: none more, none less, none other",
        "price_draft",
        f"""
        SELECT d.id, COALESCE(p.total, 0) || ' rows, ' || COALESCE(o.total, 0) || ' otherwise, ' || d.changes
                || ' changes',
            COALESCE(s.total, 0) || ' rows, ' || (COALESCE(s.total, 0) + COALESCE(e.total, 0)) || ' changes'
        FROM price_draft d
        LEFT JOIN (SELECT draft_id, COUNT(*) AS total FROM ({SAID}) x GROUP BY draft_id) s ON s.draft_id = d.id
        LEFT JOIN (SELECT draft_id, COUNT(*) AS total FROM ({STANDING}) x GROUP BY draft_id) p
            ON p.draft_id = d.id
        LEFT JOIN (SELECT draft_id, COUNT(*) AS total FROM ({STANDING} EXCEPT {SAID}) x GROUP BY draft_id) o
            ON o.draft_id = d.id
        LEFT JOIN (SELECT draft_id, COUNT(*) AS total FROM price_draft_row WHERE is_removed GROUP BY draft_id) e
            ON e.draft_id = d.id
        WHERE (d.published_at IS NOT NULL) <> (d.state IN ('published', 'withdrawn'))
            OR (d.published_at IS NULL AND p.total IS NOT NULL)
            OR (d.published_at IS NOT NULL AND (d.valid_from IS NULL OR o.total IS NOT NULL
                OR COALESCE(p.total, 0) <> COALESCE(s.total, 0)
                OR d.changes <> COALESCE(s.total, 0) + COALESCE(e.total, 0)))
        ORDER BY d.id
        """,
    ),
    by_sql(
        "price.ended",
        "what a publication replaced holds no longer than to its day, and what was withdrawn never held",
        "price_row",
        """
        SELECT p.id, 'until ' || COALESCE(CAST(p.valid_to AS VARCHAR), 'ever'), 'until ' || d.valid_from
        FROM price_row p
        JOIN price_row_end e ON e.price_row_id = p.id
        JOIN price_draft d ON d.id = e.draft_id AND d.state = 'published'
        WHERE p.valid_to IS NULL OR p.valid_to > d.valid_from
        UNION ALL
        SELECT p.id, 'until ' || COALESCE(CAST(p.valid_to AS VARCHAR), 'ever'), 'never'
        FROM price_row p
        JOIN price_draft d ON d.id = p.draft_id AND d.state = 'withdrawn'
        WHERE p.valid_to IS NULL OR p.valid_to > p.valid_from
        ORDER BY 1
        """,
    ),
)
