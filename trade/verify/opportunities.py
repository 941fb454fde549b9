"""Opportunities: told by their history, won by an order of their own customer; a quotation is the sum of its lines."""

from trade.verify.invariant import by_sql

INVARIANTS = (
    by_sql(
        "opportunity.state",
        "an opportunity is in the stage of its last event, whose version is its own; its events have no gap",
        "opportunity",
        """
        SELECT o.id, o.stage || ' at version ' || o.version,
            COALESCE(e.stage, 'no event') || ' at version ' || COALESCE(e.version, 0)
        FROM opportunity o
        LEFT JOIN opportunity_event e ON e.opportunity_id = o.id AND e.version =
            (SELECT MAX(x.version) FROM opportunity_event x WHERE x.opportunity_id = o.id)
        WHERE e.id IS NULL OR e.stage <> o.stage OR e.version <> o.version
            OR e.version <> (SELECT COUNT(*) FROM opportunity_event x WHERE x.opportunity_id = o.id)
        ORDER BY o.id
        """,
    ),
    by_sql(
        "opportunity.owner",
        "an opportunity is of the distributor of its registration, and so is the order that won it, for that customer",
        "opportunity",
        """
        SELECT o.id, 'distributor ' || o.distributor_id || ', registration ' || o.registration_id,
            'distributor ' || r.distributor_id || ', registration ' || COALESCE(s.registration_id, o.registration_id)
        FROM opportunity o JOIN registration r ON r.id = o.registration_id
        LEFT JOIN sales_order s ON s.id = o.order_id
        WHERE r.distributor_id <> o.distributor_id
            OR (s.id IS NOT NULL AND (s.distributor_id <> o.distributor_id OR s.registration_id IS NULL
                OR s.registration_id <> o.registration_id))
        ORDER BY o.id
        """,
    ),
    by_sql(
        "quotation.sum",
        "the total of a quotation is the sum of its lines",
        "quotation",
        """
        SELECT q.id, q.gross, COALESCE(SUM(l.gross), 0) FROM quotation q
        LEFT JOIN quotation_line l ON l.quotation_id = q.id
        GROUP BY q.id, q.gross HAVING q.gross <> COALESCE(SUM(l.gross), 0) ORDER BY q.id
        """,
    ),
)
