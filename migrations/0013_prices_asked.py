"""A draft of prices about which somebody is asked, who is asked, and what was decided about a distributor before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STEP = {
    "mode": "any",
    "approvers": ["role:administrator"],
    "then": [],
    "escalate_hours": None,
    "remind_hours": None,
}
POLICY = {"skips_repeats": True, "rules": [{"when": {}, "steps": [STEP]}]}


def upgrade() -> None:
    op.add_column("price_draft", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_approval_request_distributor_id", "approval_request", ["distributor_id", "subject"])
    if op.get_bind().dialect.name == "postgresql":  # rows that came with their ids leave the series behind
        series = "pg_get_serial_sequence('approval_policy', 'id')"
        op.execute(sa.text(f"SELECT setval({series}, (SELECT MAX(id) FROM approval_policy))"))
    # As trade.flows.set_up_brand does it for a new brand; one that was there before a downgrade stays.
    for subject in ("price_list", "application"):
        op.execute(
            sa.text(
                "INSERT INTO approval_policy (subject, version, published_at, content, turn, note, created_at)"
                f" SELECT '{subject}', 1, p.published_at, :content, 1, '', p.created_at FROM approval_policy p"
                " WHERE p.subject = 'order' AND p.version = 1 AND NOT EXISTS"
                f" (SELECT 1 FROM approval_policy q WHERE q.subject = '{subject}')"
            ).bindparams(sa.bindparam("content", POLICY, type_=sa.JSON))
        )


def downgrade() -> None:
    op.drop_index("ix_approval_request_distributor_id", table_name="approval_request")
    op.drop_column("price_draft", "asked_at")
