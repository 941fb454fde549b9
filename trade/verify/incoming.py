"""Money that came in: what the bank, a distributor or a gateway told of became one payment, and no payment says otherwise."""

from trade.verify.invariant import by_sql, by_sql_in_money

INVARIANTS = (
    by_sql_in_money(
        "bank.line",
        "a bank line that was booked is one payment that counts, of its amount and currency; any other is none",
        "bank_line",
        """
        SELECT l.id, COALESCE(p.amount, 0), CASE WHEN l.state = 'booked' THEN l.amount ELSE 0 END
        FROM bank_line l
        LEFT JOIN payment p ON p.id = l.payment_id AND p.currency = l.currency AND p.voided_at IS NULL
        WHERE COALESCE(p.amount, 0) <> CASE WHEN l.state = 'booked' THEN l.amount ELSE 0 END ORDER BY l.id
        """,
    ),
    by_sql(
        "proof.payment",
        "a proof that was confirmed has a payment of its distributor that counts, in its currency; any other has none",
        "payment_proof",
        """
        SELECT f.id, f.state || ' ' || COALESCE(p.number, 'nothing'), 'a payment once confirmed'
        FROM payment_proof f
        LEFT JOIN payment p ON p.id = f.payment_id AND p.distributor_id = f.distributor_id
            AND p.currency = f.currency AND p.voided_at IS NULL
        WHERE (f.state = 'confirmed') <> (p.id IS NOT NULL) ORDER BY f.id
        """,
    ),
    by_sql_in_money(
        "online.payment",
        "what was paid online is one payment of its distributor, of the amount that was begun; any other is none",
        "online_payment",
        """
        SELECT o.id, COALESCE(p.amount, 0), CASE WHEN o.state = 'paid' THEN o.amount ELSE 0 END
        FROM online_payment o
        LEFT JOIN payment p ON p.id = o.payment_id AND p.currency = o.currency
            AND p.distributor_id = o.distributor_id AND p.origin = 'online'
        WHERE COALESCE(p.amount, 0) <> CASE WHEN o.state = 'paid' THEN o.amount ELSE 0 END ORDER BY o.id
        """,
    ),
    by_sql(
        "payment.origin",
        "a payment that counts and came from the bank, from a proof or online has the one line, proof or beginning that"
        " it came from; no payment has two",
        "payment",
        """
        SELECT p.id, p.origin || ' with ' || p.lines || ' and ' || p.proofs || ' and ' || p.online, 'one of each it has'
        FROM (SELECT id, origin,
            (SELECT COUNT(*) FROM bank_line l WHERE l.payment_id = payment.id) AS lines,
            (SELECT COUNT(*) FROM payment_proof f WHERE f.payment_id = payment.id) AS proofs,
            (SELECT COUNT(*) FROM online_payment o WHERE o.payment_id = payment.id) AS online
            FROM payment WHERE voided_at IS NULL) p
        WHERE p.lines > 1 OR p.proofs > 1 OR p.online > 1 OR (p.origin = 'bank' AND p.lines = 0)
            OR (p.origin = 'proof' AND p.proofs = 0) OR (p.origin = 'online') <> (p.online = 1) ORDER BY p.id
        """,
    ),
)
