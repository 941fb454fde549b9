"""Changes of orders and what is urged: what waits is asked once, what was made is what the order tells."""

from trade.verify.invariant import by_sql, by_sql_in_money

INVARIANTS = (
    by_sql(
        "amendment.asked",
        "exactly the changes that wait have an open question, one; no order has two that wait",
        "order_amendment",
        """
        SELECT a.id, a.state || ' with ' || COUNT(DISTINCT r.id) || ' open, ' || COUNT(DISTINCT p.id) || ' wait',
            CASE WHEN a.state = 'pending' THEN '1 open, 1 waits' ELSE 'none open' END
        FROM order_amendment a
        LEFT JOIN approval_request r ON r.subject = 'amendment' AND r.subject_id = a.id AND r.state = 'open'
        LEFT JOIN order_amendment p ON p.order_id = a.order_id AND p.state = 'pending'
        GROUP BY a.id, a.state
        HAVING COUNT(DISTINCT r.id) <> CASE WHEN a.state = 'pending' THEN 1 ELSE 0 END
            OR (a.state = 'pending' AND COUNT(DISTINCT p.id) <> 1)
        ORDER BY a.id
        """,
    ),
    by_sql_in_money(
        "amendment.lines",
        "the lines of a change that was made add up to the difference of its amounts",
        "order_amendment",
        """
        SELECT a.id, a.gross_after - a.gross_before, COALESCE(SUM(l.gross_after - l.gross_before), 0)
        FROM order_amendment a
        LEFT JOIN order_amendment_line l ON l.amendment_id = a.id
        WHERE a.state = 'applied'
        GROUP BY a.id, a.gross_after, a.gross_before
        HAVING a.gross_after - a.gross_before <> COALESCE(SUM(l.gross_after - l.gross_before), 0) ORDER BY a.id
        """,
    ),
    by_sql(
        "amendment.told",
        "every change that was made stands once in the history of its order",
        "sales_order",
        """
        SELECT o.id, (SELECT COUNT(*) FROM order_event e WHERE e.order_id = o.id AND e.action = 'amend')
                || ' told', COUNT(a.id) || ' made'
        FROM sales_order o
        LEFT JOIN order_amendment a ON a.order_id = o.id AND a.state = 'applied'
        GROUP BY o.id
        HAVING COUNT(a.id)
            <> (SELECT COUNT(*) FROM order_event e WHERE e.order_id = o.id AND e.action = 'amend')
        ORDER BY o.id
        """,
    ),
    by_sql(
        "remark.urged",
        "only an order that waits for the brand is urged, and the brand alone keeps notes",
        "order_remark",
        """
        SELECT r.id, r.kind || ' of ' || r.side || ', order ' || o.approval_state || ' ' || o.fulfilment,
            'something that waits, a note of admin'
        FROM order_remark r
        JOIN sales_order o ON o.id = r.order_id
        WHERE (r.kind = 'note' AND r.side <> 'admin')
            OR (r.kind = 'nudge' AND r.answered_at IS NULL
                AND o.approval_state NOT IN ('held', 'pending', 'approved'))
        ORDER BY r.id
        """,
    ),
)
