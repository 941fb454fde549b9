"""Credit: what an account keeps is what its entries say, and the entries are what the documents say."""

from trade.books.rules import PARTS
from trade.verify.invariant import by_sql, by_sql_in_money

# each entry as the two accounts see it
SIDES = """(SELECT id, account_id, order_id, kind, debit AS part, amount FROM ledger_entry
    UNION ALL SELECT id, account_id, order_id, kind, credit, -amount FROM ledger_entry)"""
KEPT = " UNION ALL ".join(
    f"SELECT id, distributor_id, credit_group_id, head_id, group_account_id, family_account_id, '{part}' AS part,"
    f" {part} AS kept FROM credit_account"
    for part in PARTS
)

INVARIANTS = (
    by_sql_in_money(
        "credit.used",
        "credit_account.used is the sum of the account's parts",
        "credit_account",
        f"SELECT id, used, {' + '.join(PARTS)} FROM credit_account WHERE used <> {' + '.join(PARTS)} ORDER BY id",
    ),
    by_sql_in_money(
        "credit.parts",
        "each part that an account keeps is the sum of its entries",
        "credit_account",
        f"""
        SELECT a.id, a.kept, COALESCE(e.total, 0)
        FROM ({KEPT}) a
        LEFT JOIN (SELECT account_id, part, SUM(amount) AS total FROM {SIDES} s GROUP BY account_id, part) e
            ON e.account_id = a.id AND e.part = a.part
        WHERE a.distributor_id IS NOT NULL AND a.kept <> COALESCE(e.total, 0) ORDER BY a.id, a.part
        """,
    ),
    by_sql_in_money(
        "credit.group",
        "each part of a credit group's account is the sum of its members'",
        "credit_account",
        f"""
        SELECT g.id, g.kept, COALESCE(m.total, 0)
        FROM ({KEPT}) g
        LEFT JOIN (SELECT group_account_id, part, SUM(kept) AS total FROM ({KEPT}) k GROUP BY group_account_id, part) m
            ON m.group_account_id = g.id AND m.part = g.part
        WHERE g.credit_group_id IS NOT NULL AND g.kept <> COALESCE(m.total, 0) ORDER BY g.id, g.part
        """,
    ),
    by_sql(
        "credit.group_member",
        "an account counts for its distributor's credit group where that has an account in the same currency",
        "credit_account",
        """
        SELECT a.id, a.group_account_id, g.id
        FROM credit_account a JOIN distributor d ON d.id = a.distributor_id
        LEFT JOIN credit_account g ON g.credit_group_id = d.credit_group_id
            AND g.legal_entity_id = a.legal_entity_id AND g.currency = a.currency
        WHERE COALESCE(a.group_account_id, 0) <> COALESCE(g.id, 0) ORDER BY a.id
        """,
    ),
    by_sql_in_money(
        "credit.family",
        "each part of a parent's account for all below it is the sum of those that count for it",
        "credit_account",
        f"""
        SELECT f.id, f.kept, COALESCE(m.total, 0)
        FROM ({KEPT}) f
        LEFT JOIN (SELECT family_account_id, part, SUM(kept) AS total FROM ({KEPT}) k
            GROUP BY family_account_id, part) m ON m.family_account_id = f.id AND m.part = f.part
        WHERE f.head_id IS NOT NULL AND f.kept <> COALESCE(m.total, 0) ORDER BY f.id, f.part
        """,
    ),
    by_sql(
        "credit.family_member",
        "an account counts for the family of its own distributor, or for the one that its parent counts for",
        "credit_account",
        """
        SELECT a.id, a.family_account_id, COALESCE(own.id, up.family_account_id)
        FROM credit_account a
        LEFT JOIN credit_account own ON own.head_id = a.distributor_id
            AND own.legal_entity_id = a.legal_entity_id AND own.currency = a.currency
        LEFT JOIN distributor_standing s ON s.distributor_id = a.distributor_id AND s.valid_from <= a.as_of
            AND (s.valid_to IS NULL OR s.valid_to > a.as_of)
        LEFT JOIN credit_account up ON up.distributor_id = s.parent_id AND up.legal_entity_id = a.legal_entity_id
        WHERE a.distributor_id IS NOT NULL AND (s.parent_id IS NULL
                OR (up.id IS NOT NULL AND up.currency = a.currency AND up.as_of = a.as_of))
            AND COALESCE(a.family_account_id, 0) <> COALESCE(own.id, up.family_account_id, 0)
        ORDER BY a.id
        """,
    ),
    by_sql(
        "credit.block",
        "an account is blocked by hand when somebody said so, never when somebody said never",
        "credit_account",
        """
        SELECT id, COALESCE(blocked_reason, 'open'), block_mode FROM credit_account
        WHERE (block_mode = 'on') <> (COALESCE(blocked_reason, '') = 'manual')
            OR (block_mode = 'off' AND blocked_reason IS NOT NULL) ORDER BY id
        """,
    ),
    by_sql_in_money(
        "credit.order_part",
        "the promises to an order add up to its open amount: lines not yet shipped or cancelled, and its charges"
        " until the first shipment; nothing while it holds no credit",
        "sales_order",
        f"""
        SELECT o.id, COALESCE(e.total, 0),
            CASE WHEN o.is_taken THEN COALESCE(l.open, 0)
                + CASE WHEN s.order_id IS NULL THEN COALESCE(c.total, 0) ELSE 0 END ELSE 0 END
        FROM sales_order o
        LEFT JOIN (SELECT order_id, SUM(amount) AS total FROM {SIDES} s WHERE part = 'hold'
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
        "what was booked as shipped of an order adds up to the gross of its shipments",
        "sales_order",
        f"""
        SELECT o.id, COALESCE(e.total, 0), COALESCE(s.total, 0)
        FROM sales_order o
        LEFT JOIN (SELECT order_id, SUM(-amount) AS total FROM {SIDES} s WHERE part = 'sales'
            GROUP BY order_id) e ON e.order_id = o.id
        LEFT JOIN (SELECT order_id, SUM(gross) AS total FROM shipment GROUP BY order_id) s
            ON s.order_id = o.id
        WHERE o.source = 'portal' AND COALESCE(e.total, 0) <> COALESCE(s.total, 0) ORDER BY o.id
        """,
    ),
    by_sql_in_money(
        "credit.payment_part",
        "what was booked as received on an account, less what was voided, adds up to the payments that count of its"
        " distributor to its legal entity",
        "credit_account",
        f"""
        SELECT a.id, COALESCE(e.total, 0), COALESCE(p.total, 0)
        FROM credit_account a
        LEFT JOIN (SELECT account_id, SUM(amount) AS total FROM {SIDES} s
            WHERE part = 'bank' AND kind IN ('payment', 'void') GROUP BY account_id) e ON e.account_id = a.id
        LEFT JOIN (SELECT distributor_id, legal_entity_id, SUM(amount) AS total FROM payment
            WHERE voided_at IS NULL GROUP BY distributor_id, legal_entity_id) p
            ON p.distributor_id = a.distributor_id AND p.legal_entity_id = a.legal_entity_id
        WHERE COALESCE(e.total, 0) <> COALESCE(p.total, 0) ORDER BY a.id
        """,
    ),
    by_sql_in_money(
        "credit.refund_part",
        "what was booked as paid back on an account adds up to the refunds of its distributor by its legal entity",
        "credit_account",
        f"""
        SELECT a.id, COALESCE(e.total, 0), COALESCE(r.total, 0)
        FROM credit_account a
        LEFT JOIN (SELECT account_id, SUM(-amount) AS total FROM {SIDES} s
            WHERE part = 'bank' AND kind NOT IN ('payment', 'void') GROUP BY account_id) e ON e.account_id = a.id
        LEFT JOIN (SELECT distributor_id, legal_entity_id, SUM(amount) AS total FROM refund
            GROUP BY distributor_id, legal_entity_id) r
            ON r.distributor_id = a.distributor_id AND r.legal_entity_id = a.legal_entity_id
        WHERE COALESCE(e.total, 0) <> COALESCE(r.total, 0) ORDER BY a.id
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
        "ledger_entry",
        """
        SELECT e.id, e.account_id, own.id
        FROM ledger_entry e
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
        "no credit was taken beyond the limit that held at that moment and what was approved beyond it, but for"
        " orders that were paid in full before (a limit lowered later may lie below use)",
        "credit_decision",
        """
        SELECT id, used + amount, effective_limit + over FROM credit_decision
        WHERE outcome = 'taken' AND used + amount > effective_limit + over AND advance < amount ORDER BY id
        """,
    ),
    by_sql(
        "credit.decided",
        "every amount that an order took has a decision that let it through",
        "ledger_entry",
        """
        SELECT e.id, 'no decision', 'a decision about the same amount'
        FROM ledger_entry e
        WHERE e.debit = 'hold' AND e.kind = 'hold' AND NOT EXISTS (
            SELECT 1 FROM credit_decision d WHERE d.account_id = e.account_id AND d.order_id = e.order_id
                AND d.outcome = 'taken' AND d.amount = e.amount)
        ORDER BY e.id
        """,
    ),
    by_sql_in_money(
        "credit.earmarked",
        "the money that an account keeps for orders in advance is what its orders say",
        "credit_account",
        """
        SELECT a.id, a.earmarked, COALESCE(SUM(o.earmarked), 0)
        FROM credit_account a
        LEFT JOIN sales_order o ON o.distributor_id = a.distributor_id AND o.legal_entity_id = a.legal_entity_id
        WHERE a.distributor_id IS NOT NULL
        GROUP BY a.id, a.earmarked HAVING a.earmarked <> COALESCE(SUM(o.earmarked), 0) ORDER BY a.id
        """,
    ),
    by_sql_in_money(
        "credit.in_advance",
        "what is earmarked for an order is its share of what is neither shipped nor cancelled of it",
        "sales_order",
        """
        SELECT o.id, o.earmarked, 0
        FROM sales_order o
        LEFT JOIN (SELECT order_id, SUM(gross - shipped_gross - cancelled_gross) AS open FROM order_line
            GROUP BY order_id) l ON l.order_id = o.id
        WHERE o.source = 'portal' AND o.earmarked <> 0
            AND (NOT o.is_taken OR ABS(o.earmarked - COALESCE(l.open, 0) * o.advance_percent / 100) > 200)
        ORDER BY o.id
        """,
    ),
)
