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
        "only people whom the policy named, and whom the request had reached, decided, or who stood in for one",
        "approval_decision",
        """
        SELECT d.id, 'person ' || COALESCE(CAST(d.person_id AS VARCHAR), 'nobody'), 'a candidate within the level'
        FROM approval_decision d
        JOIN approval_request r ON r.id = d.request_id
        WHERE NOT EXISTS (SELECT 1 FROM approval_candidate c
            WHERE c.request_id = d.request_id AND c.person_id = COALESCE(d.for_person_id, d.person_id)
            AND c.level <= COALESCE(c.taken_at_level, r.level))
        ORDER BY d.id
        """,
    ),
    by_sql(
        "approval.decided_once",
        "a request that was refused or sent back has the one decision that says so, one that was approved has a yes "
        "and no other has a no",
        "approval_request",
        """
        SELECT r.id, r.state || ', ' || COUNT(d.id) || ' decisions', 'as decided'
        FROM approval_request r
        LEFT JOIN approval_decision d ON d.request_id = r.id AND d.decision <> 'add'
        GROUP BY r.id, r.state
        HAVING SUM(CASE WHEN d.decision IN ('reject', 'return') THEN 1 ELSE 0 END)
                <> CASE WHEN r.state IN ('rejected', 'returned') THEN 1 ELSE 0 END
            OR (r.state = 'approved' AND COUNT(d.id) = 0)
            OR MAX(CASE d.decision WHEN 'reject' THEN 'rejected' WHEN 'return' THEN 'returned' END) <> r.state
        ORDER BY r.id
        """,
    ),
    by_sql(
        "approval.turns",
        "a request is approved when nobody is left to say yes, and open while somebody is",
        "approval_request",
        """
        SELECT r.id, r.state || ', ' || COUNT(t.id) || ' left', 'approved with none, open with some'
        FROM approval_request r
        LEFT JOIN approval_candidate t ON t.request_id = r.id AND t.state NOT IN ('approved', 'skipped')
            AND (t.state = 'open' OR r.state = 'approved')
        GROUP BY r.id, r.state
        HAVING (COUNT(t.id) > 0) <> (r.state = 'open')
        ORDER BY r.id
        """,
    ),
    by_sql(
        "approval.yes",
        "each yes that counts was said by who took the turn",
        "approval_candidate",
        """
        SELECT t.id, t.state, 'a decision of who took it'
        FROM approval_candidate t
        WHERE t.state = 'approved' AND NOT EXISTS (SELECT 1 FROM approval_decision d
            WHERE d.request_id = t.request_id AND d.decision = 'approve'
            AND COALESCE(d.person_id, 0) = COALESCE(t.taken_by_id, 0))
        ORDER BY t.id
        """,
    ),
    by_sql(
        "approval.someone",
        "every turn that is open has somebody who can take it now",
        "approval_candidate",
        """
        SELECT MIN(t.id), 'nobody', 'an active candidate within the level' FROM approval_candidate t
        JOIN approval_request r ON r.id = t.request_id
        JOIN person p ON p.id = t.person_id
        WHERE t.state = 'open'
        GROUP BY t.request_id, t.place
        HAVING SUM(CASE WHEN t.level <= r.level AND p.is_active THEN 1 ELSE 0 END) = 0
        ORDER BY 1
        """,
    ),
    by_sql(
        "approval.turn",
        "those who may take one turn of a request agree in its step, its state and who took it",
        "approval_candidate",
        """
        SELECT MIN(t.id), COUNT(DISTINCT t.step || t.state || COALESCE(t.taken_by_id, 0)) || ' turns', '1'
        FROM approval_candidate t
        GROUP BY t.request_id, t.place
        HAVING COUNT(DISTINCT t.step || t.state || COALESCE(t.taken_by_id, 0)) > 1
        ORDER BY 1
        """,
    ),
    by_sql(
        "approval.prices",
        "exactly the drafts of prices about which somebody is asked have an open request, one, about their version",
        "price_draft",
        """
        SELECT d.id, COUNT(r.id) || ' open, about version ' || COALESCE(MAX(r.subject_version), 0),
            CASE WHEN d.asked_at IS NULL OR d.state <> 'open' THEN 'none open'
                ELSE '1 open, about version ' || d.version END
        FROM price_draft d
        LEFT JOIN approval_request r ON r.subject = 'price_list' AND r.subject_id = d.id AND r.state = 'open'
        GROUP BY d.id, d.state, d.asked_at, d.version
        HAVING COUNT(r.id) <> CASE WHEN d.asked_at IS NULL OR d.state <> 'open' THEN 0 ELSE 1 END
            OR MAX(r.subject_version) <> d.version
        ORDER BY d.id
        """,
    ),
)
