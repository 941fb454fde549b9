"""What may be sold to registered customers (商机): stages, quotations, the orders made of them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY = ("opportunity_event", "quotation", "quotation_line", "quotation_order")
# what the roles that came with the program may do from now on
GRANTS = {
    "owner": ("opportunity.work",),
    "buyer": ("opportunity.work",),
    "sales_rep": ("opportunity.read",),
    "sales_manager": ("opportunity.read",),
    "marketing": ("opportunity.read",),
    "administrator": ("opportunity.read",),
}


def upgrade() -> None:
    op.create_table(
        "opportunity",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("registration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("stage_on", sa.Date(), nullable=False),
        sa.Column("followed_on", sa.Date(), nullable=False),
        sa.Column("next_step", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("lost_reason", sa.String(), nullable=False),
        sa.Column("lost_words", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(stage = 'lost') = (lost_reason <> '')", name=op.f("ck_opportunity_lost")),
        sa.CheckConstraint("(stage = 'won') = (order_id IS NOT NULL)", name=op.f("ck_opportunity_won")),
        sa.CheckConstraint(
            "(stage IN ('won', 'lost')) = (closed_on IS NOT NULL)", name=op.f("ck_opportunity_closed")
        ),
        sa.CheckConstraint("next_step <> '' OR next_on IS NULL", name=op.f("ck_opportunity_next_step")),
        sa.CheckConstraint(
            "stage IN ('contact', 'need', 'quote', 'negotiation', 'won', 'lost')",
            name=op.f("ck_opportunity_stage"),
        ),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_opportunity_amount")),
        sa.CheckConstraint("reached BETWEEN 0 AND 4", name=op.f("ck_opportunity_reached")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_opportunity_distributor_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_opportunity_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_opportunity_person_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_opportunity_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity")),
        sa.UniqueConstraint(
            "distributor_id", "form_key", name=op.f("uq_opportunity_distributor_id_form_key")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_opportunity_number")),
        sa.UniqueConstraint("order_id", name=op.f("uq_opportunity_order_id")),
    )
    op.create_index(
        "ix_opportunity_distributor", "opportunity", ["distributor_id", "stage", "id"], unique=False
    )
    op.create_index(
        "ix_opportunity_next_on",
        "opportunity",
        ["next_on"],
        unique=False,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index("ix_opportunity_registration_id", "opportunity", ["registration_id", "id"], unique=False)
    op.create_index("ix_opportunity_stage", "opportunity", ["stage", "id"], unique=False)
    op.create_index(
        "uq_opportunity_open",
        "opportunity",
        ["registration_id"],
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_table(
        "opportunity_event",
        sa.Column("opportunity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_opportunity_event_opportunity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_opportunity_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunity_event")),
        sa.UniqueConstraint(
            "opportunity_id", "version", name=op.f("uq_opportunity_event_opportunity_id_version")
        ),
    )
    op.create_table(
        "quotation",
        sa.Column("opportunity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("gross >= 0 AND gross % 100 = 0", name=op.f("ck_quotation_gross")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_quotation_revision")),
        sa.CheckConstraint("valid_until >= issued_on", name=op.f("ck_quotation_validity")),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunity.id"], name=op.f("fk_quotation_opportunity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quotation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation")),
        sa.UniqueConstraint("number", name=op.f("uq_quotation_number")),
        sa.UniqueConstraint("opportunity_id", "form_key", name=op.f("uq_quotation_opportunity_id_form_key")),
        sa.UniqueConstraint("opportunity_id", "revision", name=op.f("uq_quotation_opportunity_id_revision")),
    )
    op.create_table(
        "quotation_line",
        sa.Column("quotation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_code", sa.String(), nullable=False),
        sa.Column("sku_name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "price >= 0 AND gross >= 0 AND gross % 100 = 0", name=op.f("ck_quotation_line_amounts")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_quotation_line_quantity")),
        sa.ForeignKeyConstraint(
            ["quotation_id"], ["quotation.id"], name=op.f("fk_quotation_line_quotation_id")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_quotation_line_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation_line")),
        sa.UniqueConstraint("quotation_id", "line_no", name=op.f("uq_quotation_line_quotation_id_line_no")),
        sa.UniqueConstraint("quotation_id", "sku_id", name=op.f("uq_quotation_line_quotation_id_sku_id")),
    )
    op.create_table(
        "quotation_order",
        sa.Column("quotation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_quotation_order_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_quotation_order_person_id")),
        sa.ForeignKeyConstraint(
            ["quotation_id"], ["quotation.id"], name=op.f("fk_quotation_order_quotation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation_order")),
        sa.UniqueConstraint(
            "quotation_id", "order_id", name=op.f("uq_quotation_order_quotation_id_order_id")
        ),
    )
    op.create_index("ix_quotation_order_order_id", "quotation_order", ["order_id"], unique=False)
    for table in APPEND_ONLY:
        _guard(table)
    _grant()


def downgrade() -> None:
    _revoke()
    op.drop_index("ix_quotation_order_order_id", table_name="quotation_order")
    op.drop_table("quotation_order")
    op.drop_table("quotation_line")
    op.drop_table("quotation")
    op.drop_table("opportunity_event")
    op.drop_index(
        "uq_opportunity_open",
        table_name="opportunity",
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.drop_index("ix_opportunity_stage", table_name="opportunity")
    op.drop_index("ix_opportunity_registration_id", table_name="opportunity")
    op.drop_index(
        "ix_opportunity_next_on",
        table_name="opportunity",
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.drop_index("ix_opportunity_distributor", table_name="opportunity")
    op.drop_table("opportunity")


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
