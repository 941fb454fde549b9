"""Breaches of approvals, each planted by a statement that no flow would make."""

from tests.verify.planting import Plant

APPROVALS = (
    Plant(
        "approval.pending",
        "sales_order 1: found 0 open",
        "UPDATE approval_request SET state = 'withdrawn' WHERE id = 1",
    ),
    Plant(
        "approval.open",
        "approval_request 2: found approved",
        "UPDATE approval_request SET state = 'open' WHERE id = 2",
    ),
    Plant(
        "approval.not_own",
        "approval_request 2: found person 2",
        "UPDATE approval_request SET applicant_id = 2 WHERE id = 2",
    ),
    Plant(
        "approval.by_candidate",
        "approval_decision 1: found person 2",
        "DELETE FROM approval_candidate WHERE request_id = 2",
    ),
    Plant(
        "approval.decided_once",
        "approval_request 2: found rejected",
        "UPDATE approval_request SET state = 'rejected' WHERE id = 2",
    ),
    Plant(
        "approval.turns",
        "approval_request 2: found approved, 1 left",
        "UPDATE approval_candidate SET state = 'ended' WHERE request_id = 2",
    ),
    Plant(
        "approval.yes",
        "approval_candidate 3: found approved",
        "UPDATE approval_candidate SET taken_by_id = 3 WHERE request_id = 2",
    ),
    Plant("approval.someone", "approval_candidate 1", "UPDATE person SET is_active = FALSE WHERE id = 2"),
    Plant(
        "approval.turn",
        "approval_candidate 1: found 2 turns",
        "UPDATE approval_candidate SET step = 2 WHERE id = 2",
    ),
    Plant(
        "approval.prices",
        "price_draft 9: found 0 open",
        "INSERT INTO price_draft (id, price_list_id, state, version, note, created_at, changes, asked_at)"
        " VALUES (9, 1, 'open', 1, '', '2026-01-01 00:00:00', 0, '2026-01-01 00:00:00')",
    ),
)
