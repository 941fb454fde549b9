"""Approvals: what waits for a yes is asked once, and nobody says yes to oneself."""

from trade.verify.invariant import by_sql

INVARIANTS = (
    by_sql(
        "approval.pending",
        "every pending order has exactly one open request, about the version that waits",
        "sales_order",
        """
        SELECT o.id, COUNT(r.id) || ' open, about version ' || COALESCE(MAX(r.subject_version), 0),
            '1 open, about version ' || o.version
        FROM sales_order o
        LEFT JOIN approval_request r ON r.subject = 'order' AND r.subject_id = o.id AND r.state = 'open'
        WHERE o.source = 'portal' AND o.approval_state IN ('pending')
        GROUP BY o.id, o.version HAVING COUNT(r.id) <> 1 OR MAX(r.subject_version) <> o.version ORDER BY o.id
        """,
    ),
    by_sql(
        "approval.open",
        "every open request is about an order that is pending",
        "approval_request",
        """
        SELECT r.id, COALESCE(o.approval_state, 'no order'), 'pending'
        FROM approval_request r
        LEFT JOIN sales_order o ON o.id = r.subject_id
        WHERE r.subject = 'order' AND r.state = 'open' AND (o.id IS NULL OR o.approval_state <> 'pending')
        ORDER BY r.id
        """,
    ),
    by_sql(
        "approval.not_own",
        "nobody decided about their own request, and nobody is asked about it",
        "approval_request",
        """
        SELECT r.id, 'person ' || r.applicant_id, 'somebody else'
        FROM approval_request r
        WHERE EXISTS (SELECT 1 FROM approval_decision d WHERE d.request_id = r.id AND d.person_id = r.applicant_id)
            OR EXISTS (SELECT 1 FROM approval_candidate c WHERE c.request_id = r.id
                AND c.person_id = r.applicant_id)
        ORDER BY r.id
        """,
    ),
    by_sql(
        "approval.by_candidate",
        "only people whom the policy named, and whom the request had reached, decided",
        "approval_decision",
        """
        SELECT d.id, 'person ' || COALESCE(CAST(d.person_id AS VARCHAR), 'nobody'), 'a candidate within the level'
        FROM approval_decision d
        JOIN approval_request r ON r.id = d.request_id
        WHERE NOT EXISTS (SELECT 1 FROM approval_candidate c WHERE c.request_id = d.request_id
            AND c.person_id = d.person_id AND c.level <= r.level)
        ORDER BY d.id
        """,
    ),
    by_sql(
        "approval.decided_once",
        "a request that was decided has the one decision that says so; no other has any",
        "approval_request",
        """
        SELECT r.id, r.state || ', ' || COUNT(d.id) || ' decisions', 'as decided'
        FROM approval_request r
        LEFT JOIN approval_decision d ON d.request_id = r.id
        GROUP BY r.id, r.state
        HAVING COUNT(d.id) <> CASE WHEN r.state IN ('approved', 'rejected', 'returned') THEN 1 ELSE 0 END
            OR MAX(CASE d.decision WHEN 'approve' THEN 'approved' WHEN 'reject' THEN 'rejected'
                WHEN 'return' THEN 'returned' ELSE r.state END) <> r.state
        ORDER BY r.id
        """,
    ),
    by_sql(
        "approval.someone",
        "every open request has somebody who can decide it now",
        "approval_request",
        """
        SELECT r.id, 'nobody', 'an active candidate within the level' FROM approval_request r
        WHERE r.state = 'open' AND NOT EXISTS (SELECT 1 FROM approval_candidate c
            JOIN person p ON p.id = c.person_id
            WHERE c.request_id = r.id AND c.level <= r.level AND p.is_active)
        ORDER BY r.id
        """,
    ),
)
