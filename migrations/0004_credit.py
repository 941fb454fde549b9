"""Orders that are paid in advance, approvals beyond a limit, and temporary limits that are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


# Who could set limits may approve beyond them; whoever answers for a distributor's money may ask for more.
RIGHTS = {
    "credit.exceed": "id IN (SELECT role_id FROM role_permission WHERE permission = 'credit.limit')",
    "limit.request": "code IN ('owner', 'distributor_finance')",
}
COLUMNS = (
    ("distributor_standing", "advance_percent", "INTEGER", 100, "advance_percent BETWEEN 1 AND 100"),
    ("sales_order", "advance_percent", "INTEGER", 0, "advance_percent BETWEEN 0 AND 100"),
    ("sales_order", "earmarked", "BIGINT", 0, "earmarked >= 0 AND earmarked % 100 = 0"),
    ("credit_decision", "over", "BIGINT", 0, "over >= 0"),
    ("credit_decision", "advance", "BIGINT", 0, "advance >= 0"),
)


def upgrade() -> None:
    op.create_table(
        "credit_exception",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_credit_exception_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_credit_exception_account_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_credit_exception_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credit_exception_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_exception")),
    )
    op.create_index("ix_credit_exception_account_id", "credit_exception", ["account_id"], unique=False)
    op.create_index("ix_credit_exception_order_id", "credit_exception", ["order_id"], unique=False)
    op.create_table(
        "limit_request",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("limit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_limit_request_state"),
        ),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_limit_request_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_limit_request_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_limit_request_distributor_id")
        ),
        sa.ForeignKeyConstraint(["limit_id"], ["credit_limit.id"], name=op.f("fk_limit_request_limit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_limit_request_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_request")),
    )
    op.create_index("ix_limit_request_account_id", "limit_request", ["account_id", "id"], unique=False)
    op.create_index(
        "uq_limit_request_open",
        "limit_request",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    for right, roles in RIGHTS.items():
        op.execute(
            sa.text(
                f"INSERT INTO role_permission (role_id, permission) SELECT id, '{right}' FROM role WHERE {roles}"
            )
        )
    for table, name, kind, default, condition in COLUMNS:
        checked = f"CONSTRAINT ck_{table}_{name} CHECK ({condition})"
        op.execute(
            sa.text(f"ALTER TABLE {table} ADD COLUMN {name} {kind} DEFAULT {default} NOT NULL {checked}")
        )


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM role_permission WHERE permission IN ('credit.exceed', 'limit.request')"))
    for table, name, *_ in COLUMNS:
        op.drop_column(table, name)
    op.drop_index(
        "uq_limit_request_open",
        table_name="limit_request",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_limit_request_account_id", table_name="limit_request")
    op.drop_table("limit_request")
    op.drop_index("ix_credit_exception_order_id", table_name="credit_exception")
    op.drop_index("ix_credit_exception_account_id", table_name="credit_exception")
    op.drop_table("credit_exception")
