"""Triggers that keep ledgers, decisions and histories append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "credit_entry",
    "stock_movement",
    "order_event",
    "audit_entry",
    "approval_decision",
    "credit_decision",
    "return_event",
)
REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$
"""


def upgrade() -> None:
    if _on_sqlite():
        for table, deed in _refused("UPDATE", "DELETE"):
            body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            _create(table, deed, body)
        return
    op.execute(sa.text(REFUSE))
    for table, deed in _refused("UPDATE", "DELETE"):
        _create(table, deed, "FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    for table, deed in _refused("TRUNCATE"):
        _create(table, deed, "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    if _on_sqlite():
        for table, deed in _refused("UPDATE", "DELETE"):
            op.execute(sa.text(f"DROP TRIGGER {table}_refuses_{deed.lower()}"))
        return
    for table, deed in _refused("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(sa.text(f"DROP TRIGGER {table}_refuses_{deed.lower()} ON {table}"))
    op.execute(sa.text("DROP FUNCTION refuse_change()"))


def _create(table: str, deed: str, body: str) -> None:
    op.execute(sa.text(f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} {body}"))


def _refused(*deeds: str) -> list[tuple[str, str]]:
    return [(table, deed) for table in TABLES for deed in deeds]


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
