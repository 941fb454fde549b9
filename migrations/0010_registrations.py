"""Customers whom distributors report (报备): who holds them, their history, the brand's own, prices for them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = ("registration_event", "registration_decision", "registration_follow_up")
# what the roles that came with the program may do from now on
GRANTS = {
    "owner": ("registration.submit",),
    "buyer": ("registration.submit",),
    "sales_rep": ("registration.read",),
    "sales_manager": ("registration.read", "registration.decide"),
    "marketing": ("registration.read",),
    "administrator": ("registration.read", "registration.decide", "registration.manage"),
}
POLICY = {  # who decides: the manager of whose distributor it is, then an administrator
    "skips_repeats": True,
    "rules": [
        {
            "when": {},
            "steps": [
                {
                    "mode": "any",
                    "approvers": ["rep_manager"],
                    "then": ["role:administrator"],
                    "escalate_hours": None,
                    "remind_hours": None,
                }
            ],
        }
    ],
}
REFERENCE = "CONSTRAINT fk_sales_order_registration_id REFERENCES registration (id)"


def upgrade() -> None:
    op.create_table(
        "registration_gram",
        sa.Column(
            "product_line_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("gram", sa.String(), nullable=False),
        sa.Column(
            "registration_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "product_line_id", "gram", "registration_id", name=op.f("pk_registration_gram")
        ),
    )
    op.create_index(
        "ix_registration_gram_registration_id", "registration_gram", ["registration_id"], unique=False
    )
    op.create_table(
        "direct_customer",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("product_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_line_id"], ["category.id"], name=op.f("fk_direct_customer_product_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_direct_customer")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_direct_customer_source_external_code")),
    )
    op.create_index("ix_direct_customer_credit_code", "direct_customer", ["credit_code"], unique=False)
    op.create_index("ix_direct_customer_name_key", "direct_customer", ["name_key"], unique=False)
    op.create_index("ix_direct_customer_sort_key", "direct_customer", ["sort_key", "id"], unique=False)
    op.create_table(
        "registration_cap",
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("most >= 0", name=op.f("ck_registration_cap_most")),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_registration_cap_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_cap")),
        sa.UniqueConstraint("tier_id", name=op.f("uq_registration_cap_tier_id")),
    )
    op.create_table(
        "registration",
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("expected_amount", sa.BigInteger(), nullable=True),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("form_key", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_on", sa.Date(), nullable=True),
        sa.Column("protected_until", sa.Date(), nullable=True),
        sa.Column("longest_until", sa.Date(), nullable=True),
        sa.Column("extensions", sa.Integer(), nullable=False),
        sa.Column("appeals", sa.Integer(), nullable=False),
        sa.Column("followed_on", sa.Date(), nullable=True),
        sa.Column("warned_on", sa.Date(), nullable=True),
        sa.Column("won_on", sa.Date(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("maintained_until", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("rests_until", sa.Date(), nullable=True),
        sa.Column("pooled_on", sa.Date(), nullable=True),
        sa.Column("claimed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "customer_kind IN ('company', 'person', 'abroad')", name=op.f("ck_registration_customer_kind")
        ),
        sa.CheckConstraint(
            "pooled_on IS NULL OR state IN ('released', 'expired')", name=op.f("ck_registration_pool")
        ),
        sa.CheckConstraint("source IN ('portal', 'pool', 'import')", name=op.f("ck_registration_source")),
        sa.CheckConstraint(
            "state <> 'live' OR (live_on IS NOT NULL AND protected_until IS NOT NULL AND longest_until IS NOT NULL)",
            name=op.f("ck_registration_live"),
        ),
        sa.CheckConstraint("state <> 'won' OR won_on IS NOT NULL", name=op.f("ck_registration_won")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'live', 'won', 'released', 'expired', 'rejected', 'appealed', 'withdrawn')",
            name=op.f("ck_registration_state"),
        ),
        sa.CheckConstraint(
            "expected_amount IS NULL OR (expected_amount > 0 AND expected_amount % 100 = 0)",
            name=op.f("ck_registration_expected_amount"),
        ),
        sa.CheckConstraint("extensions >= 0 AND appeals >= 0", name=op.f("ck_registration_counts")),
        sa.CheckConstraint(
            "protected_until IS NULL OR (protected_until >= live_on AND protected_until <= longest_until)",
            name=op.f("ck_registration_protection"),
        ),
        sa.ForeignKeyConstraint(["claimed_id"], ["registration.id"], name=op.f("fk_registration_claimed_id")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_registration_distributor_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registration_person_id")),
        sa.ForeignKeyConstraint(
            ["product_line_id"], ["category.id"], name=op.f("fk_registration_product_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint(
            "distributor_id", "form_key", name=op.f("uq_registration_distributor_id_form_key")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_registration_number")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_registration_source_external_code")),
    )
    op.create_index(
        "ix_registration_credit_code", "registration", ["credit_code", "product_line_id"], unique=False
    )
    op.create_index(
        "ix_registration_distributor", "registration", ["distributor_id", "state", "id"], unique=False
    )
    op.create_index("ix_registration_name_key", "registration", ["name_key", "product_line_id"], unique=False)
    op.create_index("ix_registration_phone", "registration", ["phone", "product_line_id"], unique=False)
    op.create_index(
        "ix_registration_pool",
        "registration",
        ["pooled_on", "id"],
        unique=False,
        sqlite_where=sa.text("pooled_on IS NOT NULL AND claimed_id IS NULL"),
        postgresql_where=sa.text("pooled_on IS NOT NULL AND claimed_id IS NULL"),
    )
    op.create_index("ix_registration_state", "registration", ["state", "id"], unique=False)
    op.create_table(
        "registration_quota",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_registration_quota_used")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_registration_quota_distributor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_quota")),
        sa.UniqueConstraint("distributor_id", name=op.f("uq_registration_quota_distributor_id")),
    )
    op.create_table(
        "project_price",
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("min_quantity > 0 AND factor > 0", name=op.f("ck_project_price_quantity")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_project_price_price")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_project_price_period")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_project_price_person_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_project_price_registration_id")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_project_price_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_price")),
        sa.UniqueConstraint(
            "registration_id",
            "sku_id",
            "min_quantity",
            "valid_from",
            name=op.f("uq_project_price_registration_id_sku_id_min_quantity_valid_from"),
        ),
    )
    op.create_index(
        "ix_project_price_registration_id", "project_price", ["registration_id", "sku_id"], unique=False
    )
    op.create_table(
        "registration_decision",
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("against_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["against_id"], ["registration.id"], name=op.f("fk_registration_decision_against_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_registration_decision_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_registration_decision_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_decision")),
    )
    op.create_index(
        "ix_registration_decision_registration_id",
        "registration_decision",
        ["registration_id", "id"],
        unique=False,
    )
    op.create_table(
        "registration_event",
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_registration_event_person_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_registration_event_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_event")),
        sa.UniqueConstraint(
            "registration_id", "version", name=op.f("uq_registration_event_registration_id_version")
        ),
    )
    op.create_table(
        "registration_follow_up",
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('visit', 'call', 'message', 'meeting', 'sample', 'quotation', 'other')",
            name=op.f("ck_registration_follow_up_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_registration_follow_up_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_registration_follow_up_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_follow_up")),
    )
    op.create_index(
        "ix_registration_follow_up_registration_id",
        "registration_follow_up",
        ["registration_id", "id"],
        unique=False,
    )
    op.create_table(
        "registration_key",
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("product_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('code', 'name')", name=op.f("ck_registration_key_kind")),
        sa.ForeignKeyConstraint(
            ["product_line_id"], ["category.id"], name=op.f("fk_registration_key_product_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_registration_key_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_key")),
        sa.UniqueConstraint(
            "kind", "value", "product_line_id", name=op.f("uq_registration_key_kind_value_product_line_id")
        ),
    )
    op.create_index(
        "ix_registration_key_registration_id", "registration_key", ["registration_id"], unique=False
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    whole = "INTEGER" if on_sqlite else "BIGINT"
    op.execute(sa.text(f"ALTER TABLE sales_order ADD COLUMN registration_id {whole} {REFERENCE}"))
    op.create_index("ix_sales_order_registration_id", "sales_order", ["registration_id", "id"], unique=False)
    for table in APPEND_ONLY:
        _guard(table)
    _grant()
    _policy()


def downgrade() -> None:
    _revoke()
    op.drop_index("ix_sales_order_registration_id", table_name="sales_order")
    op.drop_column("sales_order", "registration_id")
    op.drop_index("ix_registration_key_registration_id", table_name="registration_key")
    op.drop_table("registration_key")
    op.drop_index("ix_registration_follow_up_registration_id", table_name="registration_follow_up")
    op.drop_table("registration_follow_up")
    op.drop_table("registration_event")
    op.drop_index("ix_registration_decision_registration_id", table_name="registration_decision")
    op.drop_table("registration_decision")
    op.drop_index("ix_project_price_registration_id", table_name="project_price")
    op.drop_table("project_price")
    op.drop_table("registration_quota")
    op.drop_index("ix_registration_state", table_name="registration")
    op.drop_index(
        "ix_registration_pool",
        table_name="registration",
        sqlite_where=sa.text("pooled_on IS NOT NULL AND claimed_id IS NULL"),
        postgresql_where=sa.text("pooled_on IS NOT NULL AND claimed_id IS NULL"),
    )
    op.drop_index("ix_registration_phone", table_name="registration")
    op.drop_index("ix_registration_name_key", table_name="registration")
    op.drop_index("ix_registration_distributor", table_name="registration")
    op.drop_index("ix_registration_credit_code", table_name="registration")
    op.drop_table("registration")
    op.drop_table("registration_cap")
    op.drop_index("ix_direct_customer_sort_key", table_name="direct_customer")
    op.drop_index("ix_direct_customer_name_key", table_name="direct_customer")
    op.drop_index("ix_direct_customer_credit_code", table_name="direct_customer")
    op.drop_table("direct_customer")
    op.drop_index("ix_registration_gram_registration_id", table_name="registration_gram")
    op.drop_table("registration_gram")


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


def _policy() -> None:
    """An installation that is there already needs somebody who decides; a new one gets it with the others."""
    connection = op.get_bind()
    policy = sa.table(
        "approval_policy",
        *(sa.column(name, sa.DateTime(timezone=True)) for name in ("published_at", "created_at")),
        *(sa.column(name) for name in ("subject", "version", "turn", "note")),
        sa.column("content", sa.JSON),
    )
    if connection.dialect.name == "postgresql":  # rows that came with their ids leave the series behind
        series = "pg_get_serial_sequence('approval_policy', 'id')"
        op.execute(sa.text(f"SELECT setval({series}, (SELECT MAX(id) FROM approval_policy))"))
    subjects = set(connection.scalars(sa.select(policy.c.subject)))
    if subjects and "registration" not in subjects:
        now = datetime.now(UTC)
        values = {"subject": "registration", "version": 1, "published_at": now, "created_at": now}
        connection.execute(policy.insert().values(**values, turn=1, note="", content=POLICY))
