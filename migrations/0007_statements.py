"""Statements of a month with their lines, disputes and history; who may confirm them, make them, close a period."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY = ("statement_line", "statement_event", "dispute_remark")
# what the roles that came with the program may do from now on
GRANTS = {
    "owner": ("statement.confirm",),
    "distributor_finance": ("statement.confirm",),
    "sales_rep": ("statement.read",),
    "sales_manager": ("statement.read",),
    "finance": ("statement.read", "statement.manage", "period.close"),
    "administrator": ("statement.read", "statement.manage", "period.close"),
}


def upgrade() -> None:
    op.create_table(
        "statement_run",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done')", name=op.f("ck_statement_run_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_run_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_run")),
    )
    op.create_index(
        "uq_statement_run_open",
        "statement_run",
        ["first_day"],
        unique=True,
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_table(
        "statement",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("legal_entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("increase", sa.BigInteger(), nullable=False),
        sa.Column("decrease", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("ageing", sa.JSON(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("through_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confirm_by", sa.Date(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('issued', 'disputed', 'confirmed', 'closed')", name=op.f("ck_statement_state")
        ),
        sa.CheckConstraint("closing = opening + increase - decrease", name=op.f("ck_statement_closing")),
        sa.CheckConstraint("increase >= 0 AND decrease >= 0", name=op.f("ck_statement_amounts")),
        sa.ForeignKeyConstraint(["account_id"], ["credit_account.id"], name=op.f("fk_statement_account_id")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_statement_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_statement_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("account_id", "first_day", name=op.f("uq_statement_account_id_first_day")),
        sa.UniqueConstraint("number", name=op.f("uq_statement_number")),
    )
    op.create_index("ix_statement_distributor_id", "statement", ["distributor_id", "first_day"], unique=False)
    op.create_index("ix_statement_first_day", "statement", ["first_day", "id"], unique=False)
    op.create_table(
        "statement_event",
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_event_person_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_event_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_event")),
        sa.UniqueConstraint("statement_id", "version", name=op.f("uq_statement_event_statement_id_version")),
    )
    op.create_table(
        "statement_line",
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_memo", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("increase", sa.BigInteger(), nullable=False),
        sa.Column("decrease", sa.BigInteger(), nullable=False),
        sa.Column("memo", sa.BigInteger(), nullable=False),
        sa.Column("running", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "NOT is_memo OR (increase = 0 AND decrease = 0)", name=op.f("ck_statement_line_memo")
        ),
        sa.CheckConstraint("increase >= 0 AND decrease >= 0", name=op.f("ck_statement_line_amounts")),
        sa.CheckConstraint("is_memo OR entry_id IS NOT NULL", name=op.f("ck_statement_line_entry")),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_statement_line_entry_id")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_statement_line_order_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_line_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_statement_line_entry_id")),
        sa.UniqueConstraint("statement_id", "line_no", name=op.f("uq_statement_line_statement_id_line_no")),
    )
    op.create_index("ix_statement_line_subject", "statement_line", ["subject", "subject_id"], unique=False)
    op.create_table(
        "statement_dispute",
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "reason IN ('quantity', 'price', 'amount', 'missing', 'foreign', 'other')",
            name=op.f("ck_statement_dispute_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'settled', 'withdrawn')", name=op.f("ck_statement_dispute_state")
        ),
        sa.CheckConstraint(
            "amount IS NULL OR (amount > 0 AND amount % 100 = 0)", name=op.f("ck_statement_dispute_amount")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["statement_line.id"], name=op.f("fk_statement_dispute_line_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_dispute_person_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_dispute_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_dispute")),
    )
    op.create_index(
        "ix_statement_dispute_statement_id", "statement_dispute", ["statement_id", "id"], unique=False
    )
    op.create_index(
        "uq_statement_dispute_open",
        "statement_dispute",
        ["line_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'answered')"),
        postgresql_where=sa.text("state IN ('open', 'answered')"),
    )
    op.create_table(
        "dispute_remark",
        sa.Column("dispute_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("side IN ('portal', 'admin')", name=op.f("ck_dispute_remark_side")),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["statement_dispute.id"], name=op.f("fk_dispute_remark_dispute_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispute_remark_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_remark")),
    )
    op.create_index("ix_dispute_remark_dispute_id", "dispute_remark", ["dispute_id", "id"], unique=False)
    for table in APPEND_ONLY:
        _guard(table)
    _grant()


def downgrade() -> None:
    _revoke()
    op.drop_index("ix_dispute_remark_dispute_id", table_name="dispute_remark")
    op.drop_table("dispute_remark")
    op.drop_index(
        "uq_statement_dispute_open",
        table_name="statement_dispute",
        sqlite_where=sa.text("state IN ('open', 'answered')"),
        postgresql_where=sa.text("state IN ('open', 'answered')"),
    )
    op.drop_index("ix_statement_dispute_statement_id", table_name="statement_dispute")
    op.drop_table("statement_dispute")
    op.drop_index("ix_statement_line_subject", table_name="statement_line")
    op.drop_table("statement_line")
    op.drop_table("statement_event")
    op.drop_index("ix_statement_first_day", table_name="statement")
    op.drop_index("ix_statement_distributor_id", table_name="statement")
    op.drop_table("statement")
    op.drop_index(
        "uq_statement_run_open",
        table_name="statement_run",
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.drop_table("statement_run")


def _guard(table: str) -> None:
    """Triggers that refuse to change what was written."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for deed in ("UPDATE", "DELETE") if on_sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
        each = "STATEMENT" if deed == "TRUNCATE" else "ROW"
        body = f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        if on_sqlite:
            body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(sa.text(f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} {body}"))


def _grant() -> None:
    """Give the roles that are there already what a new installation gives them; what was taken away stays away."""
    connection = op.get_bind()
    role, right = (
        sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("role", "role_permission")
    )
    for role_id, code in connection.execute(sa.select(role.c.id, role.c.code)).all():
        rows = [{"role_id": role_id, "permission": name} for name in GRANTS.get(code, ())]
        if rows:
            connection.execute(right.insert(), rows)


def _revoke() -> None:
    connection = op.get_bind()
    right = sa.Table("role_permission", sa.MetaData(), autoload_with=connection)
    names = {name for each in GRANTS.values() for name in each}
    connection.execute(right.delete().where(right.c.permission.in_(names)))
