"""Applications, contracts, wishes to be forgotten; prospects; what a parent and all below it may use together.

Who decides about applications is said by `tongqu set-up`, which adds the policies that are missing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATUS = {
    False: "status IN ('active', 'suspended', 'ended')",
    True: "status IN ('prospect', 'active', 'suspended', 'ended')",
}
WHOSE = {
    False: "(distributor_id IS NULL) <> (credit_group_id IS NULL)",
    True: "CASE WHEN head_id IS NULL THEN (distributor_id IS NULL) <> (credit_group_id IS NULL)"
    " ELSE distributor_id IS NULL AND credit_group_id IS NULL END",
}
# what the roles that came with the program may do from now on
GRANTS = {
    "owner": ("children.read",),
    "distributor_finance": ("children.read",),
    "sales_rep": ("application.read",),
    "sales_manager": ("application.read",),
    "finance": ("application.read",),
    "administrator": ("application.read", "application.decide", "distributor.forget"),
}


def upgrade() -> None:
    op.create_table(
        "contract",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_contract_period")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_contract_distributor_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contract_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    op.create_index("ix_contract_distributor_id", "contract", ["distributor_id"], unique=False)
    op.create_index("ix_contract_valid_to", "contract", ["valid_to"], unique=False)
    op.create_table(
        "distributor_application",
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("company_key", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("legal_representative", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code_hash", sa.String(), nullable=True),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_guesses", sa.Integer(), nullable=False),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.Column("wishes", sa.String(), nullable=False),
        sa.Column("bank_name", sa.String(), nullable=False),
        sa.Column("bank_account", sa.String(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('company', 'individual', 'hong_kong')", name=op.f("ck_distributor_application_kind")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'approved', 'declined', 'withdrawn', 'expired')",
            name=op.f("ck_distributor_application_state"),
        ),
        sa.CheckConstraint("way IN ('sms', 'mail', 'call')", name=op.f("ck_distributor_application_way")),
        sa.CheckConstraint(
            "expected IS NULL OR (expected >= 0 AND expected % 100 = 0)",
            name=op.f("ck_distributor_application_expected"),
        ),
        sa.ForeignKeyConstraint(
            ["called_by_id"], ["person.id"], name=op.f("fk_distributor_application_called_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_distributor_application_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_distributor_application_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_distributor_application_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributor_application")),
        sa.UniqueConstraint("number", name=op.f("uq_distributor_application_number")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_distributor_application_token_hash")),
    )
    op.create_index(
        "ix_distributor_application_company_key", "distributor_application", ["company_key"], unique=False
    )
    op.create_index(
        "ix_distributor_application_state", "distributor_application", ["state", "id"], unique=False
    )
    op.create_index(
        "uq_distributor_application_asked",
        "distributor_application",
        ["credit_code"],
        unique=True,
        sqlite_where=sa.text("state IN ('submitted', 'returned') AND credit_code IS NOT NULL"),
        postgresql_where=sa.text("state IN ('submitted', 'returned') AND credit_code IS NOT NULL"),
    )
    op.create_table(
        "forgetting",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_forgetting_distributor_id")
        ),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_forgetting_done_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_forgetting_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgetting")),
    )
    op.create_index(
        "uq_forgetting_open",
        "forgetting",
        ["distributor_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "application_event",
        sa.Column("application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["distributor_application.id"],
            name=op.f("fk_application_event_application_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_application_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_event")),
        sa.UniqueConstraint(
            "application_id", "version", name=op.f("uq_application_event_application_id_version")
        ),
    )
    _widen()
    _guard()
    _grant()


def downgrade() -> None:
    _revoke()
    _narrow()
    op.drop_table("application_event")
    op.drop_index(
        "uq_forgetting_open",
        table_name="forgetting",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_table("forgetting")
    op.drop_index(
        "uq_distributor_application_asked",
        table_name="distributor_application",
        sqlite_where=sa.text("state IN ('submitted', 'returned') AND credit_code IS NOT NULL"),
        postgresql_where=sa.text("state IN ('submitted', 'returned') AND credit_code IS NOT NULL"),
    )
    op.drop_index("ix_distributor_application_state", table_name="distributor_application")
    op.drop_index("ix_distributor_application_company_key", table_name="distributor_application")
    op.drop_table("distributor_application")
    op.drop_index("ix_contract_valid_to", table_name="contract")
    op.drop_index("ix_contract_distributor_id", table_name="contract")
    op.drop_table("contract")


def _known(name: str) -> sa.Table:
    """The table as it is, with the conditions that SQLite tells by another way."""
    connection = op.get_bind()
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    have = {each.name for each in table.constraints}
    for each in sa.inspect(connection).get_check_constraints(name):
        if each["name"] and each["name"] not in have:
            table.append_constraint(sa.CheckConstraint(each["sqltext"], name=op.f(each["name"])))
    return table


def _widen() -> None:
    with op.batch_alter_table("distributor", copy_from=_known("distributor")) as batch:
        batch.add_column(sa.Column("welcome_since", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("forgotten_at", sa.DateTime(timezone=True)))
        batch.drop_constraint(op.f("ck_distributor_status"), type_="check")
        batch.create_check_constraint(op.f("ck_distributor_status"), STATUS[True])
    with op.batch_alter_table("credit_account", copy_from=_known("credit_account")) as batch:
        batch.add_column(sa.Column("head_id", BIG))
        batch.add_column(sa.Column("family_account_id", BIG))
        batch.drop_constraint(op.f("ck_credit_account_whose"), type_="check")
        batch.create_check_constraint(op.f("ck_credit_account_whose"), WHOSE[True])
        batch.create_unique_constraint(
            op.f("uq_credit_account_head_id_legal_entity_id_currency"),
            ["head_id", "legal_entity_id", "currency"],
        )
        batch.create_foreign_key(op.f("fk_credit_account_head_id"), "distributor", ["head_id"], ["id"])
        batch.create_foreign_key(
            op.f("fk_credit_account_family_account_id"), "credit_account", ["family_account_id"], ["id"]
        )
        batch.create_index("ix_credit_account_family_account_id", ["family_account_id"])


def _narrow() -> None:
    """A prospect becomes suspended, as it cannot order; limits of families go with their accounts."""
    op.execute(sa.text("UPDATE distributor SET status = 'suspended' WHERE status = 'prospect'"))
    op.execute(sa.text("UPDATE credit_account SET family_account_id = NULL"))
    heads = "(SELECT id FROM credit_account WHERE head_id IS NOT NULL)"
    for table in "credit_limit", "credit_exception":
        op.execute(sa.text(f"DELETE FROM {table} WHERE account_id IN {heads}"))
    op.execute(sa.text("DELETE FROM credit_account WHERE head_id IS NOT NULL"))
    with op.batch_alter_table("credit_account", copy_from=_known("credit_account")) as batch:
        batch.drop_index("ix_credit_account_family_account_id")
        batch.drop_constraint(op.f("fk_credit_account_family_account_id"), type_="foreignkey")
        batch.drop_constraint(op.f("fk_credit_account_head_id"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_credit_account_head_id_legal_entity_id_currency"), type_="unique")
        batch.drop_constraint(op.f("ck_credit_account_whose"), type_="check")
        batch.create_check_constraint(op.f("ck_credit_account_whose"), WHOSE[False])
        batch.drop_column("family_account_id")
        batch.drop_column("head_id")
    with op.batch_alter_table("distributor", copy_from=_known("distributor")) as batch:
        batch.drop_constraint(op.f("ck_distributor_status"), type_="check")
        batch.create_check_constraint(op.f("ck_distributor_status"), STATUS[False])
        batch.drop_column("forgotten_at")
        batch.drop_column("welcome_since")


def _guard() -> None:
    """What happened to an application stays as it was written; only the words about it can be forgotten."""
    columns = "application_id, version, action, state, changed, person_id, origin, at"
    deeds = {"update": f"UPDATE OF {columns}", "delete": "DELETE"}
    is_on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, deed in deeds.items():
        body = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        if is_on_sqlite:
            body = "BEGIN SELECT RAISE(ABORT, 'application_event is append-only'); END"
        trigger = f"application_event_refuses_{name}"
        op.execute(sa.text(f"CREATE TRIGGER {trigger} BEFORE {deed} ON application_event {body}"))


def _grant() -> None:
    """Give the roles that are there already what a new installation gives them; what was taken away stays away."""
    role, right = _table("role"), _table("role_permission")
    connection = op.get_bind()
    for role_id, code in connection.execute(sa.select(role.c.id, role.c.code)).all():
        rows = [{"role_id": role_id, "permission": name} for name in GRANTS.get(code, ())]
        if rows:
            connection.execute(right.insert(), rows)


def _revoke() -> None:
    right = _table("role_permission")
    names = {name for each in GRANTS.values() for name in each}
    op.get_bind().execute(right.delete().where(right.c.permission.in_(names)))


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
