"""Invoices: their parts add up, a shipment stands on one of them, and what is invoiced of a debt is what they say."""

from trade.verify.invariant import by_sql, by_sql_in_money

LIVING = """(SELECT order_line_id, SUM(gross) AS gross, SUM(net) AS net FROM invoice_line WHERE is_living
    GROUP BY order_line_id)"""
MIRRORED = """(SELECT corrects_id, -SUM(gross) AS gross, -SUM(net) AS net FROM invoice_line
    WHERE corrects_id IS NOT NULL GROUP BY corrects_id)"""

INVARIANTS = (
    by_sql_in_money(
        "invoice.sums",
        "an invoice's gross, net and tax are the sums of its lines",
        "invoice",
        """
        SELECT i.id, i.gross, COALESCE(SUM(l.gross), 0)
        FROM invoice i LEFT JOIN invoice_line l ON l.invoice_id = i.id
        GROUP BY i.id, i.gross, i.net, i.tax
        HAVING i.gross <> COALESCE(SUM(l.gross), 0) OR i.net <> COALESCE(SUM(l.net), 0)
            OR i.tax <> COALESCE(SUM(l.tax), 0)
        ORDER BY i.id
        """,
    ),
    by_sql(
        "invoice.once",
        "what was shipped of a line stands on at most one invoice that is not taken back, as a whole",
        "shipment",
        """
        SELECT l.shipment_id, SUM(l.gross), COALESCE(MAX(s.total), 0)
        FROM invoice_line l
        LEFT JOIN (SELECT shipment_id, order_line_id, SUM(gross) AS total FROM shipment_line
            GROUP BY shipment_id, order_line_id) s
            ON s.shipment_id = l.shipment_id AND s.order_line_id = l.order_line_id
        WHERE l.is_living GROUP BY l.shipment_id, l.order_line_id
        HAVING COUNT(l.id) > 1 OR SUM(l.gross) <> COALESCE(MAX(s.total), 0) ORDER BY l.shipment_id
        """,
    ),
    by_sql(
        "invoice.living",
        "the lines of an issued blue invoice stand, those of a reversed or a red one do not",
        "invoice",
        """
        SELECT i.id, COUNT(CASE WHEN l.is_living THEN 1 END),
            CASE WHEN i.kind = 'blue' AND i.state = 'issued' THEN COUNT(l.id) ELSE 0 END
        FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id GROUP BY i.id, i.kind, i.state
        HAVING COUNT(CASE WHEN l.is_living THEN 1 END) <>
            CASE WHEN i.kind = 'blue' AND i.state = 'issued' THEN COUNT(l.id) ELSE 0 END
        ORDER BY i.id
        """,
    ),
    by_sql_in_money(
        "invoice.reversed",
        "an invoice is reversed when a red one takes all of it back, to the cent",
        "invoice",
        """
        SELECT i.id, i.gross, COALESCE(-r.gross, 0)
        FROM invoice i LEFT JOIN invoice r ON r.corrects_id = i.id
        WHERE (i.state = 'reversed') <> (r.id IS NOT NULL) OR i.gross <> -r.gross OR i.net <> -r.net
        ORDER BY i.id
        """,
    ),
    by_sql_in_money(
        "invoice.part",
        "no more of a line is invoiced than the line has, in gross and in net, and all of its net with all of its gross",
        "order_line",
        f"""
        SELECT o.id, v.net, o.net FROM order_line o JOIN {LIVING} v ON v.order_line_id = o.id
        WHERE v.gross > o.gross OR v.net > o.net OR (v.gross = o.gross AND v.net <> o.net) ORDER BY o.id
        """,
    ),
    by_sql_in_money(
        "invoice.corrected",
        "red invoices take no more of a line than was invoiced, and all of its net with all of its gross",
        "invoice_line",
        f"""
        SELECT l.id, m.net, l.net FROM invoice_line l JOIN {MIRRORED} m ON m.corrects_id = l.id
        WHERE m.gross > l.gross OR m.net > l.net OR (m.gross = l.gross AND m.net <> l.net)
            OR l.corrects_id IS NOT NULL
        ORDER BY l.id
        """,
    ),
    by_sql_in_money(
        "invoice.billed",
        "what is invoiced of a shipment is the sum of its lines on invoices that stand; of a credit, its red invoice",
        "open_item",
        """
        SELECT t.id, t.billed, COALESCE(b.total, 0)
        FROM open_item t
        LEFT JOIN (SELECT 'shipment' AS kind, shipment_id AS subject_id, SUM(gross) AS total FROM invoice_line
            WHERE is_living GROUP BY shipment_id
            UNION ALL SELECT 'return', return_id, -gross FROM invoice WHERE return_id IS NOT NULL) b
            ON b.kind = t.kind AND b.subject_id = t.subject_id
        WHERE t.kind IN ('shipment', 'return') AND t.billed <> COALESCE(b.total, 0) ORDER BY t.id
        """,
    ),
    by_sql(
        "invoice.numbers",
        "the numbers of a day's invoices have no gap",
        "number_series",
        """
        SELECT n.id, COUNT(i.id), n.last FROM number_series n LEFT JOIN invoice i ON i.issued_on = n.day
        WHERE n.prefix = 'SI' GROUP BY n.id, n.last HAVING COUNT(i.id) <> n.last ORDER BY n.id
        """,
    ),
    by_sql(
        "invoice.account",
        "an invoice stands on the account of its distributor, legal entity and currency",
        "invoice",
        """
        SELECT i.id, i.account_id, a.id FROM invoice i
        LEFT JOIN credit_account a ON a.distributor_id = i.distributor_id
            AND a.legal_entity_id = i.legal_entity_id AND a.currency = i.currency
        WHERE a.id IS NULL OR a.id <> i.account_id ORDER BY i.id
        """,
    ),
)
