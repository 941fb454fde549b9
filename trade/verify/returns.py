"""Returns: what came back, what is credited and what lies in the warehouse are the same goods."""

from trade.verify.invariant import by_sql, by_sql_in_money

OPEN = "('requested', 'returned', 'approved')"
SOURCE = "'return-' || r.id || '-v' || r.version"

GOODS = (
    by_sql(
        "return.within_received",
        "no more of a line is returned and asked for than was received, nor credited and asked for as missing than"
        " was signed for as not there",
        "order_line",
        f"""
        SELECT l.id, 'returned ' || l.returned || ' and ' || COALESCE(a.goods, 0) || ' asked for, lost ' || l.lost
            || ' and ' || COALESCE(a.missing, 0) || ' asked for',
            'within ' || l.received || ' and ' || COALESCE(s.short, 0)
        FROM order_line l
        JOIN sales_order o ON o.id = l.order_id
        LEFT JOIN (SELECT rl.order_line_id,
                SUM(CASE WHEN r.is_missing THEN 0 ELSE COALESCE(rl.accepted, rl.requested) END) AS goods,
                SUM(CASE WHEN r.is_missing THEN COALESCE(rl.accepted, rl.requested) ELSE 0 END) AS missing
            FROM return_line rl JOIN return_request r ON r.id = rl.request_id WHERE r.state IN {OPEN}
            GROUP BY rl.order_line_id) a ON a.order_line_id = l.id
        LEFT JOIN (SELECT sl.order_line_id, SUM(sl.quantity - sl.received) AS short
            FROM shipment_line sl JOIN shipment s ON s.id = sl.shipment_id WHERE s.state = 'received'
            GROUP BY sl.order_line_id) s ON s.order_line_id = l.id
        WHERE o.source = 'portal' AND (l.returned + COALESCE(a.goods, 0) > l.received
            OR l.lost + COALESCE(a.missing, 0) > COALESCE(s.short, 0))
        ORDER BY l.id
        """,
    ),
    by_sql(
        "return.quantities",
        "what is returned or lost of a line is what its credited requests took back, waived or found missing",
        "order_line",
        """
        SELECT l.id, 'returned ' || l.returned || ', lost ' || l.lost,
            'returned ' || COALESCE(c.returned, 0) || ', lost ' || COALESCE(c.lost, 0)
        FROM order_line l
        LEFT JOIN (SELECT rl.order_line_id,
                SUM(CASE WHEN r.is_missing THEN 0 WHEN r.is_waived THEN rl.accepted
                    ELSE rl.restocked + rl.quarantined END) AS returned,
                SUM(CASE WHEN r.is_missing THEN rl.accepted ELSE 0 END) AS lost
            FROM return_line rl JOIN return_request r ON r.id = rl.request_id WHERE r.state = 'credited'
            GROUP BY rl.order_line_id) c ON c.order_line_id = l.id
        WHERE l.returned <> COALESCE(c.returned, 0) OR l.lost <> COALESCE(c.lost, 0) ORDER BY l.id
        """,
    ),
    by_sql(
        "return.stock",
        "the movements of a return put on the shelf and into quarantine what its lines say came",
        "return_request",
        f"""
        SELECT r.id, COALESCE(m.good, 0) || ' good, ' || COALESCE(m.doubtful, 0) || ' in quarantine',
            l.good || ' good, ' || l.doubtful || ' in quarantine'
        FROM return_request r
        JOIN (SELECT request_id, SUM(restocked) AS good, SUM(quarantined) AS doubtful FROM return_line
            GROUP BY request_id) l ON l.request_id = r.id
        LEFT JOIN (SELECT source, SUM(on_hand) AS good, SUM(quarantine) AS doubtful FROM stock_movement
            WHERE kind = 'return' GROUP BY source) m ON m.source = {SOURCE}
        WHERE COALESCE(m.good, 0) <> l.good OR COALESCE(m.doubtful, 0) <> l.doubtful ORDER BY r.id
        """,
    ),
)
MONEY = (
    by_sql_in_money(
        "return.gross",
        "a return's gross is the sum of its lines, and nothing before it is credited",
        "return_request",
        """
        SELECT r.id, r.gross, CASE WHEN r.state = 'credited' THEN COALESCE(l.total, 0) ELSE 0 END
        FROM return_request r
        LEFT JOIN (SELECT request_id, SUM(gross) AS total FROM return_line GROUP BY request_id) l
            ON l.request_id = r.id
        WHERE r.gross <> COALESCE(l.total, 0) OR (r.state <> 'credited' AND r.gross <> 0) ORDER BY r.id
        """,
    ),
    by_sql_in_money(
        "return.line_gross",
        "what was credited of a line is the sum of its return lines",
        "order_line",
        """
        SELECT l.id, l.returned_gross, COALESCE(c.total, 0)
        FROM order_line l
        LEFT JOIN (SELECT order_line_id, SUM(gross) AS total FROM return_line GROUP BY order_line_id) c
            ON c.order_line_id = l.id
        WHERE l.returned_gross <> COALESCE(c.total, 0) ORDER BY l.id
        """,
    ),
    by_sql_in_money(
        "return.parts",
        "no more is credited of a line than was shipped of it, and all of that when all came back or was lost",
        "order_line",
        """
        SELECT l.id, l.returned_gross, l.shipped_gross
        FROM order_line l JOIN sales_order o ON o.id = l.order_id
        WHERE o.source = 'portal' AND (l.returned_gross < 0 OR l.returned_gross > l.shipped_gross
            OR (l.shipped > 0 AND l.returned + l.lost = l.shipped AND l.returned_gross <> l.shipped_gross))
        ORDER BY l.id
        """,
    ),
    by_sql_in_money(
        "credit.note_part",
        "the credit notes of an order add up to minus what its returns were credited with, each under its source",
        "sales_order",
        f"""
        SELECT o.id, COALESCE(e.total, 0), -COALESCE(r.total, 0)
        FROM sales_order o
        LEFT JOIN (SELECT order_id, SUM(-amount) AS total FROM ledger_entry WHERE kind = 'credit_note'
            GROUP BY order_id) e ON e.order_id = o.id
        LEFT JOIN (SELECT order_id, SUM(gross) AS total FROM return_request GROUP BY order_id) r
            ON r.order_id = o.id
        WHERE COALESCE(e.total, 0) <> -COALESCE(r.total, 0) OR EXISTS (
            SELECT 1 FROM return_request r WHERE r.order_id = o.id AND r.gross <> 0 AND NOT EXISTS (
                SELECT 1 FROM ledger_entry c WHERE c.kind = 'credit_note' AND c.order_id = o.id
                    AND c.subject_id = r.id AND c.source = {SOURCE} AND c.amount = r.gross))
        ORDER BY o.id
        """,
    ),
)
STORY = (
    by_sql(
        "return.state",
        "a return is in the state of its last event, whose version is its own; its events have no gap",
        "return_request",
        """
        SELECT r.id, r.state || ' v' || r.version || ' with ' || COUNT(e.id) || ' events',
            COALESCE(MAX(CASE WHEN e.version = m.last THEN e.state END), 'no event') || ' v' || COALESCE(m.last, 0)
        FROM return_request r
        LEFT JOIN return_event e ON e.request_id = r.id
        LEFT JOIN (SELECT request_id, MAX(version) AS last FROM return_event GROUP BY request_id) m
            ON m.request_id = r.id
        GROUP BY r.id, r.state, r.version, m.last
        HAVING m.last IS NULL OR r.version <> m.last OR COUNT(e.id) <> m.last
            OR MAX(CASE WHEN e.version = m.last THEN e.state END) <> r.state
        ORDER BY r.id
        """,
    ),
    by_sql(
        "return.asked",
        "exactly the returns that are requested have an open question, one, about the version that waits",
        "return_request",
        """
        SELECT r.id, r.state || ', ' || COUNT(a.id) || ' open about version ' || COALESCE(MAX(a.subject_version), 0),
            CASE WHEN r.state = 'requested' THEN '1 open about version ' || r.version ELSE 'none open' END
        FROM return_request r
        LEFT JOIN approval_request a ON a.subject = 'return' AND a.subject_id = r.id AND a.state = 'open'
        GROUP BY r.id, r.state, r.version
        HAVING COUNT(a.id) <> CASE WHEN r.state = 'requested' THEN 1 ELSE 0 END
            OR MAX(a.subject_version) <> r.version
        ORDER BY r.id
        """,
    ),
    by_sql(
        "return.own_lines",
        "a return is about lines of its own order, and stands with that order's distributor and currency",
        "return_line",
        """
        SELECT rl.id, 'order ' || l.order_id || ', sku ' || rl.sku_id, 'order ' || r.order_id || ', sku ' || l.sku_id
        FROM return_line rl
        JOIN return_request r ON r.id = rl.request_id
        JOIN sales_order o ON o.id = r.order_id
        JOIN order_line l ON l.id = rl.order_line_id
        WHERE l.order_id <> r.order_id OR l.sku_id <> rl.sku_id OR o.distributor_id <> r.distributor_id
            OR o.currency <> r.currency OR o.source <> 'portal'
        ORDER BY rl.id
        """,
    ),
)
INVARIANTS = (*GOODS, *MONEY, *STORY)
