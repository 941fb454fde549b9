"""Credit: the balance is its entries, and the entries are what the documents say."""

from trade.verify.invariant import by_sql, by_sql_in_money

INVARIANTS = (
    by_sql_in_money(
        "credit.used",
        "credit_account.used is the sum of the account's entries",
        "credit_account",
        """
        SELECT a.id, a.used, COALESCE(e.total, 0)
        FROM credit_account a
        LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM credit_entry GROUP BY account_id) e
            ON e.account_id = a.id
        WHERE a.used <> COALESCE(e.total, 0) ORDER BY a.id
        """,
    ),
    by_sql_in_money(
        "credit.order_part",
        "the order entries of an order add up to its open amount: lines not yet shipped or cancelled, and its"
        " charges until the first shipment; nothing while it holds no credit",
        "sales_order",
        """
        SELECT o.id, COALESCE(e.total, 0),
            CASE WHEN o.is_taken THEN COALESCE(l.open, 0)
                + CASE WHEN s.order_id IS NULL THEN COALESCE(c.total, 0) ELSE 0 END ELSE 0 END
        FROM sales_order o
        LEFT JOIN (SELECT order_id, SUM(amount) AS total FROM credit_entry WHERE part = 'order'
            GROUP BY order_id) e ON e.order_id = o.id
        LEFT JOIN (SELECT order_id, SUM(gross - shipped_gross - cancelled_gross) AS open FROM order_line
            GROUP BY order_id) l ON l.order_id = o.id
        LEFT JOIN (SELECT order_id, SUM(amount) AS total FROM order_charge GROUP BY order_id) c
            ON c.order_id = o.id
        LEFT JOIN (SELECT DISTINCT order_id FROM shipment) s ON s.order_id = o.id
        WHERE o.source = 'portal' AND COALESCE(e.total, 0) <>
            CASE WHEN o.is_taken THEN COALESCE(l.open, 0)
                + CASE WHEN s.order_id IS NULL THEN COALESCE(c.total, 0) ELSE 0 END ELSE 0 END
        ORDER BY o.id
        """,
    ),
    by_sql_in_money(
        "credit.shipped_part",
        "the shipped entries of an order add up to the gross of its shipments",
        "sales_order",
        """
        SELECT o.id, COALESCE(e.total, 0), COALESCE(s.total, 0)
        FROM sales_order o
        LEFT JOIN (SELECT order_id, SUM(amount) AS total FROM credit_entry WHERE part = 'shipped'
            GROUP BY order_id) e ON e.order_id = o.id
        LEFT JOIN (SELECT order_id, SUM(gross) AS total FROM shipment GROUP BY order_id) s
            ON s.order_id = o.id
        WHERE o.source = 'portal' AND COALESCE(e.total, 0) <> COALESCE(s.total, 0) ORDER BY o.id
        """,
    ),
    by_sql_in_money(
        "credit.payment_part",
        "the payment entries of an account add up to minus the payments of its distributor to its legal entity",
        "credit_account",
        """
        SELECT a.id, COALESCE(e.total, 0), -COALESCE(p.total, 0)
        FROM credit_account a
        LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM credit_entry WHERE part = 'payment'
            GROUP BY account_id) e ON e.account_id = a.id
        LEFT JOIN (SELECT distributor_id, legal_entity_id, SUM(amount) AS total FROM payment
            GROUP BY distributor_id, legal_entity_id) p
            ON p.distributor_id = a.distributor_id AND p.legal_entity_id = a.legal_entity_id
        WHERE COALESCE(e.total, 0) <> -COALESCE(p.total, 0) ORDER BY a.id
        """,
    ),
    by_sql(
        "credit.payment_booked",
        "every payment has an account, in its own currency",
        "payment",
        """
        SELECT p.id, COALESCE(a.currency, 'no account'), p.currency
        FROM payment p
        LEFT JOIN credit_account a
            ON a.distributor_id = p.distributor_id AND a.legal_entity_id = p.legal_entity_id
        WHERE a.id IS NULL OR a.currency <> p.currency ORDER BY p.id
        """,
    ),
    by_sql(
        "credit.own_account",
        "an entry about an order stands on the account of its distributor, legal entity and currency",
        "credit_entry",
        """
        SELECT e.id, e.account_id, own.id
        FROM credit_entry e
        JOIN sales_order o ON o.id = e.order_id
        LEFT JOIN credit_account own ON own.distributor_id = o.distributor_id
            AND own.legal_entity_id = o.legal_entity_id AND own.currency = o.currency
        WHERE own.id IS NULL OR own.id <> e.account_id ORDER BY e.id
        """,
    ),
    by_sql_in_money(
        "credit.effective_limit",
        "effective_limit is the base limit plus the temporary limits valid on as_of",
        "credit_account",
        """
        SELECT a.id, a.effective_limit, COALESCE(SUM(l.amount), 0)
        FROM credit_account a
        LEFT JOIN credit_limit l ON l.account_id = a.id AND l.valid_from <= a.as_of
            AND (l.valid_to IS NULL OR l.valid_to > a.as_of)
        GROUP BY a.id, a.effective_limit HAVING a.effective_limit <> COALESCE(SUM(l.amount), 0) ORDER BY a.id
        """,
    ),
    by_sql(
        "credit.one_base_limit",
        "an account has at most one base limit on any day",
        "credit_limit",
        """
        SELECT later.id, later.valid_from, earlier.valid_to
        FROM credit_limit later
        JOIN credit_limit earlier ON earlier.account_id = later.account_id AND earlier.id <> later.id
            AND earlier.kind = 'base' AND later.kind = 'base'
            AND (earlier.valid_from < later.valid_from
                OR (earlier.valid_from = later.valid_from AND earlier.id < later.id))
        WHERE earlier.valid_to IS NULL OR earlier.valid_to > later.valid_from ORDER BY later.id
        """,
    ),
    by_sql_in_money(
        "credit.within_limit",
        "no credit was taken beyond the limit that held at that moment (a limit lowered later may lie below use)",
        "credit_decision",
        """
        SELECT id, used + amount, effective_limit FROM credit_decision
        WHERE outcome = 'taken' AND used + amount > effective_limit ORDER BY id
        """,
    ),
    by_sql(
        "credit.decided",
        "every amount that an order took has a decision that let it through",
        "credit_entry",
        """
        SELECT e.id, 'no decision', 'a decision about the same amount'
        FROM credit_entry e
        WHERE e.part = 'order' AND e.amount > 0 AND NOT EXISTS (
            SELECT 1 FROM credit_decision d WHERE d.account_id = e.account_id AND d.order_id = e.order_id
                AND d.outcome = 'taken' AND d.amount = e.amount)
        ORDER BY e.id
        """,
    ),
)
