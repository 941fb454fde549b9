"""Words about people leave histories while people are forgotten; a registration that is corrected keeps its place.

Nothing else changes a history.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WITH_WORDS = (
    "audit_entry",
    "approval_decision",
    "dispute_remark",
    "opportunity_event",
    "order_event",
    "quotation",
    "registration_decision",
    "registration_event",
    "registration_follow_up",
    "return_event",
    "statement_event",
)
# True inside the transaction alone that forgets: it says first that it does, and takes the last sign of it away.
FORGETTING = (
    "SELECT 1 FROM forgetting WHERE done_by_id IS NOT NULL AND done_at IS NULL"
    " UNION ALL SELECT 1 FROM distributor_application WHERE forgotten_at IS NOT NULL AND sealed <> ''"
)
REFUSE = f"""
CREATE FUNCTION refuse_change_unless_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS ({FORGETTING}) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""


# What is back with its distributor holds nothing in the tables of before.
PLACES = "SELECT id FROM registration WHERE returned_until IS NOT NULL"
COUNTED = f"SELECT COUNT(*) FROM registration r WHERE r.distributor_id = registration_quota.distributor_id AND r.id IN ({PLACES})"


def upgrade() -> None:
    op.add_column("registration", sa.Column("returned_until", sa.Date(), nullable=True))
    if not _on_sqlite():
        op.execute(sa.text(REFUSE))
    for table in WITH_WORDS:
        _replace(table, "refuse_change_unless_forgetting", f"WHEN NOT EXISTS ({FORGETTING}) ")


def downgrade() -> None:
    for table in WITH_WORDS:
        _replace(table, "refuse_change", "")
    if not _on_sqlite():
        op.execute(sa.text("DROP FUNCTION refuse_change_unless_forgetting()"))
    op.execute(sa.text(f"UPDATE registration_quota SET used = used - ({COUNTED})"))
    for table in ("registration_key", "registration_gram"):
        op.execute(sa.text(f"DELETE FROM {table} WHERE registration_id IN ({PLACES})"))
    op.drop_column("registration", "returned_until")


def _replace(table: str, function: str, unless: str) -> None:
    """Another guard of the same name against changing what a table says."""
    name, on_table = f"{table}_refuses_update", "" if _on_sqlite() else f" ON {table}"
    body = f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    if _on_sqlite():
        body = f"{unless}BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    op.execute(sa.text(f"DROP TRIGGER {name}{on_table}"))
    op.execute(sa.text(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} {body}"))


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
