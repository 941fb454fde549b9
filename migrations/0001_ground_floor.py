"""Every table of the ground floor. Written by `tongqu schema draft` until the first release, then never again."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_policy",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_policy")),
        sa.UniqueConstraint("subject", "version", name=op.f("uq_approval_policy_subject_version")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "subject_id", "id"], unique=False)
    op.create_table(
        "backup_run",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('by_hand', 'scheduled')", name=op.f("ck_backup_run_kind")),
        sa.CheckConstraint(
            "error IS NOT NULL OR (file IS NOT NULL AND size > 0)", name=op.f("ck_backup_run_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )
    op.create_index("ix_backup_run_finished_at", "backup_run", ["finished_at"], unique=False)
    op.create_table(
        "category",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("code", name=op.f("uq_category_code")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_category_source_external_code")),
    )
    op.create_index("ix_category_path", "category", ["path"], unique=False)
    op.create_table(
        "channel",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("code", name=op.f("uq_channel_code")),
    )
    op.create_table(
        "credit_group",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_group")),
        sa.UniqueConstraint("code", name=op.f("uq_credit_group_code")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
        sa.UniqueConstraint("name", name=op.f("uq_heartbeat_name")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("key", name=op.f("uq_idempotency_key_key")),
    )
    op.create_table(
        "job",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'dead')", name=op.f("ck_job_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
    )
    op.create_index("ix_job_due", "job", ["state", "due_at"], unique=False)
    op.create_table(
        "legal_entity",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("bank_name", sa.String(), nullable=True),
        sa.Column("bank_account", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_entity")),
        sa.UniqueConstraint("code", name=op.f("uq_legal_entity_code")),
    )
    op.create_table(
        "login_guess",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_guess")),
        sa.UniqueConstraint("key", name=op.f("uq_login_guess_key")),
    )
    op.create_index(op.f("ix_login_guess_since"), "login_guess", ["since"], unique=False)
    op.create_table(
        "number_series",
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("prefix", "day", name=op.f("uq_number_series_prefix_day")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
    )
    op.create_index("ix_outbox_message_due", "outbox_message", ["sent_at", "dead_at", "due_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("user_name", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("manager_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_person_manager_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("phone", name=op.f("uq_person_phone")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_person_source_external_code")),
        sa.UniqueConstraint("user_name", name=op.f("uq_person_user_name")),
    )
    op.create_index(op.f("ix_person_manager_id"), "person", ["manager_id"], unique=False)
    op.create_table(
        "price_group",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_group")),
        sa.UniqueConstraint("code", name=op.f("uq_price_group_code")),
    )
    op.create_table(
        "product_family",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_family")),
        sa.UniqueConstraint("code", name=op.f("uq_product_family_code")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_product_family_source_external_code")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("parent_code", sa.String(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("code", name=op.f("uq_region_code")),
    )
    op.create_index(op.f("ix_region_parent_code"), "region", ["parent_code"], unique=False)
    op.create_table(
        "return_reason",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("needs_photo", sa.Boolean(), nullable=False),
        sa.Column("brings_goods", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_reason")),
        sa.UniqueConstraint("code", name=op.f("uq_return_reason_code")),
    )
    op.create_table(
        "role",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("face", sa.String(), nullable=False),
        sa.Column("reach", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("face IN ('portal', 'admin')", name=op.f("ck_role_face")),
        sa.CheckConstraint("reach IN ('distributor', 'own', 'team', 'everyone')", name=op.f("ck_role_reach")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name=op.f("uq_role_code")),
    )
    op.create_table(
        "search_gram",
        sa.Column("gram", sa.String(), nullable=False),
        sa.Column(
            "sku_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("gram", "sku_id", name=op.f("pk_search_gram")),
    )
    op.create_index("ix_search_gram_sku_id", "search_gram", ["sku_id"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("key", name=op.f("uq_setting_key")),
    )
    op.create_table(
        "territory",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["territory.id"], name=op.f("fk_territory_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory")),
        sa.UniqueConstraint("code", name=op.f("uq_territory_code")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_territory_source_external_code")),
    )
    op.create_index("ix_territory_path", "territory", ["path"], unique=False)
    op.create_table(
        "tier",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier")),
        sa.UniqueConstraint("code", name=op.f("uq_tier_code")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_tier_source_external_code")),
    )
    op.create_table(
        "warehouse",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("transit_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
    )
    op.create_table(
        "approval_step",
        sa.Column("policy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("level > 0", name=op.f("ck_approval_step_level")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["approval_policy.id"], name=op.f("fk_approval_step_policy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_step")),
        sa.UniqueConstraint("policy_id", "level", "rule", name=op.f("uq_approval_step_policy_id_level_rule")),
    )
    op.create_table(
        "attachment",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachment_size")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attachment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_attachment_stored_as")),
    )
    op.create_index("ix_attachment_subject", "attachment", ["subject", "subject_id"], unique=False)
    op.create_table(
        "authenticator",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("candidate", sa.String(), nullable=True),
        sa.Column("candidate_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_authenticator_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
        sa.UniqueConstraint("person_id", name=op.f("uq_authenticator_person_id")),
    )
    op.create_table(
        "distributor",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("contact_name", sa.String(), nullable=True),
        sa.Column("invoice_title", sa.String(), nullable=False),
        sa.Column("legal_representative", sa.String(), nullable=True),
        sa.Column("registered_address", sa.String(), nullable=True),
        sa.Column("licence_expires_on", sa.Date(), nullable=True),
        sa.Column("bank_name", sa.String(), nullable=True),
        sa.Column("bank_account", sa.String(), nullable=True),
        sa.Column("internal_note", sa.String(), nullable=True),
        sa.Column("credit_group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.String(), nullable=True),
        sa.Column("back_order_policy", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("source_facts", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "back_order_policy IN ('refuse', 'wait', 'partial')",
            name=op.f("ck_distributor_back_order_policy"),
        ),
        sa.CheckConstraint("status IN ('active', 'suspended', 'ended')", name=op.f("ck_distributor_status")),
        sa.ForeignKeyConstraint(
            ["credit_group_id"], ["credit_group.id"], name=op.f("fk_distributor_credit_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributor")),
        sa.UniqueConstraint("code", name=op.f("uq_distributor_code")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_distributor_credit_code")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_distributor_source_external_code")),
    )
    op.create_index("ix_distributor_sort_key", "distributor", ["sort_key", "id"], unique=False)
    op.create_table(
        "half_sign_in",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_half_sign_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_half_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_half_sign_in_token_hash")),
    )
    op.create_index(op.f("ix_half_sign_in_expires_at"), "half_sign_in", ["expires_at"], unique=False)
    op.create_index(op.f("ix_half_sign_in_person_id"), "half_sign_in", ["person_id"], unique=False)
    op.create_table(
        "import_mapping",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_mapping_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint("kind", "shape", name=op.f("uq_import_mapping_kind_shape")),
    )
    op.create_table(
        "import_run",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_run_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "import_upload",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("problems_as", sa.String(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("mode IN ('all', 'valid')", name=op.f("ck_import_upload_mode")),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'writing', 'done', 'failed', 'dropped')",
            name=op.f("ck_import_upload_state"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_upload_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_upload")),
    )
    op.create_index("ix_import_upload_person_id", "import_upload", ["person_id", "id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("inviter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["inviter_id"], ["person.id"], name=op.f("fk_invitation_inviter_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_person_id"), "invitation", ["person_id"], unique=False)
    op.create_table(
        "known_device",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_known_device_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_device")),
        sa.UniqueConstraint("person_id", "token_hash", name=op.f("uq_known_device_person_id_token_hash")),
    )
    op.create_table(
        "notice_quiet_hours",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_quiet_hours_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_quiet_hours")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notice_quiet_hours_person_id")),
    )
    op.create_table(
        "notice_wish",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("way IN ('off', 'now', 'daily')", name=op.f("ck_notice_wish_way")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_wish_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_wish")),
        sa.UniqueConstraint("person_id", "group", "kind", name=op.f("uq_notice_wish_person_id_group_kind")),
    )
    op.create_table(
        "paper_run",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_paper_run_state")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_paper_run_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_run")),
    )
    op.create_index("ix_paper_run_person_id", "paper_run", ["person_id", "id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)
    op.create_table(
        "passkey_challenge",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("challenge", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_challenge_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey_challenge")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_passkey_challenge_token_hash")),
    )
    op.create_index(
        op.f("ix_passkey_challenge_expires_at"), "passkey_challenge", ["expires_at"], unique=False
    )
    op.create_table(
        "password_reset",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('link', 'code')", name=op.f("ck_password_reset_kind")),
        sa.ForeignKeyConstraint(["issuer_id"], ["person.id"], name=op.f("fk_password_reset_issuer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_password_reset_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_password_reset_secret_hash")),
    )
    op.create_index(
        "ix_password_reset_person_id", "password_reset", ["person_id", "created_at"], unique=False
    )
    op.create_table(
        "person_identity",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_person_identity_issuer_subject")),
        sa.UniqueConstraint("person_id", "issuer", name=op.f("uq_person_identity_person_id_issuer")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recovery_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("person_id", "code_hash", name=op.f("uq_recovery_code_person_id_code_hash")),
    )
    op.create_table(
        "role_permission",
        sa.Column("role_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("permission", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_role_permission_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_permission")),
        sa.UniqueConstraint("role_id", "permission", name=op.f("uq_role_permission_role_id_permission")),
    )
    op.create_table(
        "saved_view",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_view_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("person_id", "page", "name", name=op.f("uq_saved_view_person_id_page_name")),
    )
    op.create_table(
        "stock_count",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stock_count_person_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_count_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        sa.UniqueConstraint("key", name=op.f("uq_stock_count_key")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_count_number")),
    )
    op.create_table(
        "stock_transfer",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("from_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("state IN ('dispatched', 'arrived')", name=op.f("ck_stock_transfer_state")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_stock_transfer_way")),
        sa.ForeignKeyConstraint(["from_id"], ["warehouse.id"], name=op.f("fk_stock_transfer_from_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stock_transfer_person_id")),
        sa.ForeignKeyConstraint(["to_id"], ["warehouse.id"], name=op.f("fk_stock_transfer_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer")),
        sa.UniqueConstraint("key", name=op.f("uq_stock_transfer_key")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_transfer_number")),
    )
    op.create_table(
        "territory_region",
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_territory_region_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territory_region")),
        sa.UniqueConstraint("region_code", name=op.f("uq_territory_region_region_code")),
    )
    op.create_index("ix_territory_region_territory_id", "territory_region", ["territory_id"], unique=False)
    op.create_table(
        "verify_run",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("invariants", sa.Integer(), nullable=False),
        sa.Column("breaches", sa.Integer(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("source IN ('night', 'page', 'command')", name=op.f("ck_verify_run_source")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_verify_run_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verify_run")),
    )
    op.create_index("ix_verify_run_started_at", "verify_run", ["started_at"], unique=False)
    op.create_table(
        "warehouse_territory",
        sa.Column("warehouse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_warehouse_territory_territory_id")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_warehouse_territory_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse_territory")),
        sa.UniqueConstraint(
            "warehouse_id", "territory_id", name=op.f("uq_warehouse_territory_warehouse_id_territory_id")
        ),
    )
    op.create_table(
        "address",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_address_distributor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_address_source_external_code")),
    )
    op.create_index("ix_address_distributor_id", "address", ["distributor_id"], unique=False)
    op.create_table(
        "approval_request",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("applicant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("escalate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'rejected', 'returned', 'expired', 'withdrawn')",
            name=op.f("ck_approval_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["person.id"], name=op.f("fk_approval_request_applicant_id")
        ),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_approval_request_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["approval_policy.id"], name=op.f("fk_approval_request_policy_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_request")),
        sa.UniqueConstraint(
            "subject",
            "subject_id",
            "subject_version",
            name=op.f("uq_approval_request_subject_subject_id_subject_version"),
        ),
    )
    op.create_index("ix_approval_request_state", "approval_request", ["state", "due_at"], unique=False)
    op.create_table(
        "authorisation",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_authorisation_category_id")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_authorisation_channel_id")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_authorisation_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_authorisation_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisation")),
    )
    op.create_index("ix_authorisation_distributor_id", "authorisation", ["distributor_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_contact_distributor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_distributor_id", "contact", ["distributor_id"], unique=False)
    op.create_table(
        "credit_account",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("legal_entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("effective_limit", sa.BigInteger(), nullable=False),
        sa.Column("blocked_reason", sa.String(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("effective_limit >= 0", name=op.f("ck_credit_account_limit")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_credit_account_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_credit_account_legal_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_account")),
        sa.UniqueConstraint(
            "distributor_id", "legal_entity_id", name=op.f("uq_credit_account_distributor_id_legal_entity_id")
        ),
    )
    op.create_table(
        "distributor_standing",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rep_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("price_group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "terms IN ('monthly', 'delivery', 'advance')", name=op.f("ck_distributor_standing_terms")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_distributor_standing_period")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_distributor_standing_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_distributor_standing_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["distributor.id"], name=op.f("fk_distributor_standing_parent_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_distributor_standing_person_id")),
        sa.ForeignKeyConstraint(
            ["price_group_id"], ["price_group.id"], name=op.f("fk_distributor_standing_price_group_id")
        ),
        sa.ForeignKeyConstraint(["rep_id"], ["person.id"], name=op.f("fk_distributor_standing_rep_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_distributor_standing_territory_id")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_distributor_standing_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributor_standing")),
        sa.UniqueConstraint(
            "distributor_id", "valid_from", name=op.f("uq_distributor_standing_distributor_id_valid_from")
        ),
    )
    op.create_index(
        "ix_distributor_standing_rep", "distributor_standing", ["rep_id", "distributor_id"], unique=False
    )
    op.create_table(
        "membership",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_membership_distributor_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name=op.f("fk_membership_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id",
            "distributor_id",
            "role_id",
            name=op.f("uq_membership_person_id_distributor_id_role_id"),
        ),
    )
    op.create_index("ix_membership_distributor_id", "membership", ["distributor_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_notice_distributor_id")
        ),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox_message.id"], name=op.f("fk_notice_outbox_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("outbox_id", "person_id", name=op.f("uq_notice_outbox_id_person_id")),
    )
    op.create_index("ix_notice_person_id", "notice", ["person_id", "read_at", "id"], unique=False)
    op.create_table(
        "notice_channel",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("may_be_private", sa.Boolean(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('mail', 'sms', 'wecom', 'dingtalk', 'feishu', 'webhook')",
            name=op.f("ck_notice_channel_kind"),
        ),
        sa.CheckConstraint("per_minute > 0", name=op.f("ck_notice_channel_per_minute")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_notice_channel_distributor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channel")),
    )
    op.create_table(
        "order_template",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_order_template_distributor_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_template_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_template")),
    )
    op.create_index(
        "ix_order_template_distributor_id", "order_template", ["distributor_id", "sort_key"], unique=False
    )
    op.create_table(
        "payment",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("legal_entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_payment_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_payment_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint(
            "legal_entity_id", "reference", name=op.f("uq_payment_legal_entity_id_reference")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_payment_number")),
    )
    op.create_index("ix_payment_distributor_id", "payment", ["distributor_id", "id"], unique=False)
    op.create_table(
        "price_list",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("price_group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'group') = (price_group_id IS NOT NULL)", name=op.f("ck_price_list_group")
        ),
        sa.CheckConstraint("(kind = 'own') = (distributor_id IS NOT NULL)", name=op.f("ck_price_list_own")),
        sa.CheckConstraint(
            "(kind = 'territory') = (territory_id IS NOT NULL)", name=op.f("ck_price_list_territory")
        ),
        sa.CheckConstraint("(kind = 'tier') = (tier_id IS NOT NULL)", name=op.f("ck_price_list_target")),
        sa.CheckConstraint("basis IN ('gross', 'net')", name=op.f("ck_price_list_basis")),
        sa.CheckConstraint(
            "kind IN ('own', 'group', 'tier', 'territory', 'base')", name=op.f("ck_price_list_kind")
        ),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_price_list_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["price_group_id"], ["price_group.id"], name=op.f("fk_price_list_price_group_id")
        ),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_price_list_territory_id")),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_price_list_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("code", name=op.f("uq_price_list_code")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_price_list_source_external_code")),
    )
    op.create_index("ix_price_list_distributor_id", "price_list", ["distributor_id"], unique=False)
    op.create_index("ix_price_list_kind", "price_list", ["kind"], unique=False)
    op.create_index("ix_price_list_price_group_id", "price_list", ["price_group_id"], unique=False)
    op.create_index("ix_price_list_territory_id", "price_list", ["territory_id"], unique=False)
    op.create_index("ix_price_list_tier_id", "price_list", ["tier_id"], unique=False)
    op.create_table(
        "sku",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("family_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("colour", sa.String(), nullable=True),
        sa.Column("size", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("flavour", sa.String(), nullable=True),
        sa.Column("barcode", sa.String(), nullable=True),
        sa.Column("picture_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("base_unit", sa.String(), nullable=False),
        sa.Column("order_unit", sa.String(), nullable=False),
        sa.Column("order_factor", sa.Integer(), nullable=False),
        sa.Column("moq", sa.Integer(), nullable=False),
        sa.Column("multiple", sa.Integer(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("floor_price", sa.BigInteger(), nullable=True),
        sa.Column("safety_stock", sa.Integer(), nullable=False),
        sa.Column("is_sellable", sa.Boolean(), nullable=False),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("sale_from", sa.Date(), nullable=True),
        sa.Column("sale_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("source_facts", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("moq > 0 AND multiple > 0", name=op.f("ck_sku_steps")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_sku_category_id")),
        sa.ForeignKeyConstraint(["family_id"], ["product_family.id"], name=op.f("fk_sku_family_id")),
        sa.ForeignKeyConstraint(["picture_id"], ["attachment.id"], name=op.f("fk_sku_picture_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sku")),
        sa.UniqueConstraint("code", name=op.f("uq_sku_code")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_sku_source_external_code")),
    )
    op.create_index("ix_sku_barcode", "sku", ["barcode"], unique=False)
    op.create_index("ix_sku_external_code", "sku", ["external_code"], unique=False)
    op.create_index("ix_sku_listing", "sku", ["category_id", "sort_key", "id"], unique=False)
    op.create_index("ix_sku_sort_key", "sku", ["sort_key", "id"], unique=False)
    op.create_table(
        "approval_candidate",
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_candidate_person_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_request.id"], name=op.f("fk_approval_candidate_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_candidate")),
        sa.UniqueConstraint(
            "request_id", "person_id", name=op.f("uq_approval_candidate_request_id_person_id")
        ),
    )
    op.create_index(
        "ix_approval_candidate_person_id", "approval_candidate", ["person_id", "request_id"], unique=False
    )
    op.create_table(
        "approval_decision",
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_decision_person_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_request.id"], name=op.f("fk_approval_decision_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decision")),
    )
    op.create_index("ix_approval_decision_request_id", "approval_decision", ["request_id"], unique=False)
    op.create_table(
        "barcode_claim",
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_barcode_claim_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_barcode_claim")),
        sa.UniqueConstraint("barcode", name=op.f("uq_barcode_claim_barcode")),
    )
    op.create_index("ix_barcode_claim_sku_id", "barcode_claim", ["sku_id"], unique=False)
    op.create_table(
        "credit_limit",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('base', 'temporary')", name=op.f("ck_credit_limit_kind")),
        sa.CheckConstraint("amount >= 0 AND amount % 100 = 0", name=op.f("ck_credit_limit_amount")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_credit_limit_period")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_credit_limit_account_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credit_limit_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_limit")),
    )
    op.create_index("ix_credit_limit_account_id", "credit_limit", ["account_id", "valid_from"], unique=False)
    op.create_table(
        "favourite",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_favourite_distributor_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_favourite_person_id")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_favourite_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourite")),
        sa.UniqueConstraint(
            "person_id", "distributor_id", "sku_id", name=op.f("uq_favourite_person_id_distributor_id_sku_id")
        ),
    )
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_behalf_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("factor", sa.String(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_login_session_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of"], ["distributor.id"], name=op.f("fk_login_session_on_behalf_of")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    op.create_index(op.f("ix_login_session_person_id"), "login_session", ["person_id"], unique=False)
    op.create_table(
        "notice_dispatch",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("face", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notice_channel.id"], name=op.f("fk_notice_dispatch_channel_id")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox_message.id"], name=op.f("fk_notice_dispatch_outbox_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_dispatch_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_dispatch")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_dispatch_key")),
    )
    op.create_index(
        "ix_notice_dispatch_due",
        "notice_dispatch",
        ["channel_id", "sent_at", "dead_at", "due_at"],
        unique=False,
    )
    op.create_index("ix_notice_dispatch_tried", "notice_dispatch", ["channel_id", "tried_at"], unique=False)
    op.create_table(
        "order_template_line",
        sa.Column("template_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_template_line_quantity")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_order_template_line_sku_id")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["order_template.id"], name=op.f("fk_order_template_line_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_template_line")),
        sa.UniqueConstraint("template_id", "sku_id", name=op.f("uq_order_template_line_template_id_sku_id")),
    )
    op.create_table(
        "price_draft",
        sa.Column("price_list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'published', 'discarded', 'withdrawn')", name=op.f("ck_price_draft_state")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_price_draft_person_id")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_list.id"], name=op.f("fk_price_draft_price_list_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["person.id"], name=op.f("fk_price_draft_published_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["person.id"], name=op.f("fk_price_draft_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_draft")),
    )
    op.create_index(
        "uq_price_draft_open",
        "price_draft",
        ["price_list_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "sales_order",
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("legal_entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("buyer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("approval_state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column(
            "number_tail",
            sa.String(),
            sa.Computed("upper(substr(number, length(number) - 3))", persisted=True),
            nullable=True,
        ),
        sa.Column("order_date", sa.Date(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("is_taken", sa.Boolean(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("wanted_date", sa.Date(), nullable=True),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("together_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("distributor_code", sa.String(), nullable=True),
        sa.Column("distributor_name", sa.String(), nullable=True),
        sa.Column("tier_code", sa.String(), nullable=True),
        sa.Column("tier_name", sa.String(), nullable=True),
        sa.Column("channel_code", sa.String(), nullable=True),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("territory_code", sa.String(), nullable=True),
        sa.Column("rep_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("rep_name", sa.String(), nullable=True),
        sa.Column("terms", sa.String(), nullable=True),
        sa.Column("terms_days", sa.Integer(), nullable=True),
        sa.Column("ship_to", sa.String(), nullable=True),
        sa.Column("ship_contact", sa.String(), nullable=True),
        sa.Column("ship_phone", sa.String(), nullable=True),
        sa.Column("invoice_title", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("payment", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("source_facts", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "approval_state = 'draft' OR order_date IS NOT NULL", name=op.f("ck_sales_order_order_date")
        ),
        sa.CheckConstraint(
            "approval_state IN ('draft', 'held', 'pending', 'returned', 'approved', 'rejected', 'cancelled')",
            name=op.f("ck_sales_order_approval_state"),
        ),
        sa.CheckConstraint("source = 'import' OR (gross % 100 = 0)", name=op.f("ck_sales_order_gross_cents")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_sales_order_address_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["person.id"], name=op.f("fk_sales_order_buyer_id")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_sales_order_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_sales_order_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["rep_id"], ["person.id"], name=op.f("fk_sales_order_rep_id")),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_sales_order_territory_id")),
        sa.ForeignKeyConstraint(["together_id"], ["sales_order.id"], name=op.f("fk_sales_order_together_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("number", name=op.f("uq_sales_order_number")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_sales_order_source_external_code")),
    )
    op.create_index("ix_sales_order_date", "sales_order", ["order_date", "id"], unique=False)
    op.create_index(
        "ix_sales_order_distributor", "sales_order", ["distributor_id", "approval_state", "id"], unique=False
    )
    op.create_index(
        "ix_sales_order_fulfilment", "sales_order", ["fulfilment", "order_date", "id"], unique=False
    )
    op.create_index("ix_sales_order_number_tail", "sales_order", ["number_tail"], unique=False)
    op.create_index("ix_sales_order_rep", "sales_order", ["rep_id", "order_date", "id"], unique=False)
    op.create_index(
        "ix_sales_order_report", "sales_order", ["distributor_id", "order_date", "id"], unique=False
    )
    op.create_index(
        "ix_sales_order_state", "sales_order", ["approval_state", "order_date", "id"], unique=False
    )
    op.create_index("ix_sales_order_together_id", "sales_order", ["together_id"], unique=False)
    op.create_index(
        "uq_sales_order_cart",
        "sales_order",
        ["distributor_id", "buyer_id"],
        unique=True,
        sqlite_where=sa.text("approval_state = 'draft'"),
        postgresql_where=sa.text("approval_state = 'draft'"),
    )
    op.create_table(
        "sku_pack",
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("barcode", sa.String(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("factor > 0", name=op.f("ck_sku_pack_factor")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_sku_pack_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sku_pack")),
        sa.UniqueConstraint("barcode", name=op.f("uq_sku_pack_barcode")),
        sa.UniqueConstraint("sku_id", "unit", name=op.f("uq_sku_pack_sku_id_unit")),
    )
    op.create_table(
        "sku_picture",
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("attachment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("thumbnail_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_sku_picture_attachment_id")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_sku_picture_sku_id")),
        sa.ForeignKeyConstraint(
            ["thumbnail_id"], ["attachment.id"], name=op.f("fk_sku_picture_thumbnail_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sku_picture")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_sku_picture_attachment_id")),
        sa.UniqueConstraint("thumbnail_id", name=op.f("uq_sku_picture_thumbnail_id")),
    )
    op.create_index("ix_sku_picture_sku_id", "sku_picture", ["sku_id", "position"], unique=False)
    op.create_table(
        "stock",
        sa.Column("warehouse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.Integer(), nullable=False),
        sa.Column("low_at", sa.Integer(), nullable=True),
        sa.Column("told_low_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("quarantine >= 0", name=op.f("ck_stock_quarantine")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_reserved")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_stock_sku_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock")),
        sa.UniqueConstraint("warehouse_id", "sku_id", name=op.f("uq_stock_warehouse_id_sku_id")),
    )
    op.create_index("ix_stock_sku_id", "stock", ["sku_id"], unique=False)
    op.create_table(
        "stock_count_line",
        sa.Column("count_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("difference", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_count_line_counted")),
        sa.ForeignKeyConstraint(["count_id"], ["stock_count.id"], name=op.f("fk_stock_count_line_count_id")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_stock_count_line_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_line")),
        sa.UniqueConstraint("count_id", "sku_id", name=op.f("uq_stock_count_line_count_id_sku_id")),
    )
    op.create_table(
        "stock_transfer_line",
        sa.Column("transfer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("arrived", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND (arrived IS NULL OR arrived BETWEEN 0 AND quantity)",
            name=op.f("ck_stock_transfer_line_quantity"),
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_stock_transfer_line_sku_id")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["stock_transfer.id"], name=op.f("fk_stock_transfer_line_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer_line")),
        sa.UniqueConstraint("transfer_id", "sku_id", name=op.f("uq_stock_transfer_line_transfer_id_sku_id")),
    )
    op.create_table(
        "visibility_rule",
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_visibility_rule_channel_id")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_visibility_rule_distributor_id")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_visibility_rule_sku_id")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_visibility_rule_territory_id")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_visibility_rule_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visibility_rule")),
    )
    op.create_index("ix_visibility_rule_sku_id", "visibility_rule", ["sku_id"], unique=False)
    op.create_table(
        "cart_delivery",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_no", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("wanted_date", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("delivery_no > 1", name=op.f("ck_cart_delivery_no")),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_cart_delivery_address_id")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_cart_delivery_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_delivery")),
        sa.UniqueConstraint("order_id", "delivery_no", name=op.f("uq_cart_delivery_order_id_delivery_no")),
    )
    op.create_table(
        "credit_decision",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("effective_limit", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_credit_decision_account_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_credit_decision_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_decision")),
    )
    op.create_index("ix_credit_decision_account_id", "credit_decision", ["account_id", "id"], unique=False)
    op.create_table(
        "credit_entry",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "part IN ('order', 'shipped', 'payment', 'credit_note')", name=op.f("ck_credit_entry_part")
        ),
        sa.CheckConstraint("amount % 100 = 0 AND amount <> 0", name=op.f("ck_credit_entry_amount")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_credit_entry_account_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_credit_entry_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entry")),
        sa.UniqueConstraint("source", "part", name=op.f("uq_credit_entry_source_part")),
    )
    op.create_index("ix_credit_entry_account_id", "credit_entry", ["account_id", "part"], unique=False)
    op.create_index("ix_credit_entry_order_id", "credit_entry", ["order_id"], unique=False)
    op.create_table(
        "order_amendment",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("gross_before", sa.BigInteger(), nullable=False),
        sa.Column("gross_after", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'applied', 'rejected', 'withdrawn', 'expired')",
            name=op.f("ck_order_amendment_state"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_amendment_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_amendment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_amendment")),
    )
    op.create_index(
        "uq_order_amendment_pending",
        "order_amendment",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "order_charge",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_charge_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_charge")),
        sa.UniqueConstraint("order_id", "kind", name=op.f("uq_order_charge_order_id_kind")),
    )
    op.create_table(
        "order_event",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_event_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
        sa.UniqueConstraint("order_id", "version", name=op.f("uq_order_event_order_id_version")),
    )
    op.create_table(
        "order_line",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("base_quantity", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("delivery_no", sa.Integer(), nullable=False),
        sa.Column("sku_code", sa.String(), nullable=True),
        sa.Column("sku_name", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("category_code", sa.String(), nullable=True),
        sa.Column("tax_rate", sa.BigInteger(), nullable=True),
        sa.Column("list_price", sa.BigInteger(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_gross", sa.BigInteger(), nullable=False),
        sa.Column("shipped_gross", sa.BigInteger(), nullable=False),
        sa.Column("returned_gross", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.Column("promotion_code", sa.String(), nullable=True),
        sa.Column("price_inputs", sa.JSON(), nullable=True),
        sa.Column("price_steps", sa.JSON(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("source_facts", sa.String(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("gross = net + tax", name=op.f("ck_order_line_gross")),
        sa.CheckConstraint(
            "quantity > 0 AND factor > 0 AND base_quantity = quantity * factor",
            name=op.f("ck_order_line_quantity"),
        ),
        sa.CheckConstraint(
            "received >= 0 AND lost >= 0 AND received + lost <= shipped", name=op.f("ck_order_line_received")
        ),
        sa.CheckConstraint(
            "reserved >= 0 AND reserved + shipped + cancelled <= base_quantity",
            name=op.f("ck_order_line_reserved"),
        ),
        sa.CheckConstraint("returned >= 0 AND returned <= received", name=op.f("ck_order_line_returned")),
        sa.CheckConstraint(
            "shipped >= 0 AND cancelled >= 0 AND shipped + cancelled <= base_quantity",
            name=op.f("ck_order_line_shipped"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_order_line_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "line_no", name=op.f("uq_order_line_order_id_line_no")),
        sa.UniqueConstraint(
            "order_id", "sku_id", "delivery_no", name=op.f("uq_order_line_order_id_sku_id_delivery_no")
        ),
    )
    op.create_index(
        "ix_order_line_cancelled",
        "order_line",
        ["order_id", "cancelled_gross"],
        unique=False,
        sqlite_where=sa.text("cancelled > 0"),
        postgresql_where=sa.text("cancelled > 0"),
    )
    op.create_index("ix_order_line_sku_id", "order_line", ["sku_id", "order_id"], unique=False)
    op.create_table(
        "order_remark",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('remark', 'nudge', 'note')", name=op.f("ck_order_remark_kind")),
        sa.CheckConstraint("side IN ('portal', 'admin')", name=op.f("ck_order_remark_side")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_order_remark_answered_by")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_remark_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_order_remark_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_remark")),
    )
    op.create_index("ix_order_remark_order_id", "order_remark", ["order_id", "id"], unique=False)
    op.create_index(
        "uq_order_remark_open_nudge",
        "order_remark",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'nudge' AND answered_at IS NULL"),
        postgresql_where=sa.text("kind = 'nudge' AND answered_at IS NULL"),
    )
    op.create_table(
        "price_draft_row",
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("family_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN sku_id IS NULL THEN 0 ELSE 1 END + CASE WHEN family_id IS NULL THEN 0 ELSE 1 END + CASE WHEN category_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_price_draft_row_target"),
        ),
        sa.CheckConstraint(
            "is_removed OR (price IS NULL) <> (percent IS NULL)", name=op.f("ck_price_draft_row_value")
        ),
        sa.CheckConstraint("min_quantity > 0 AND factor > 0", name=op.f("ck_price_draft_row_quantity")),
        sa.CheckConstraint("price IS NULL OR price >= 0", name=op.f("ck_price_draft_row_price")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_price_draft_row_category_id")
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["price_draft.id"], name=op.f("fk_price_draft_row_draft_id")),
        sa.ForeignKeyConstraint(
            ["family_id"], ["product_family.id"], name=op.f("fk_price_draft_row_family_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_price_draft_row_person_id")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_price_draft_row_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_draft_row")),
        sa.UniqueConstraint(
            "draft_id",
            "target",
            "unit",
            "min_quantity",
            name=op.f("uq_price_draft_row_draft_id_target_unit_min_quantity"),
        ),
    )
    op.create_table(
        "price_row",
        sa.Column("price_list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("family_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN sku_id IS NULL THEN 0 ELSE 1 END + CASE WHEN family_id IS NULL THEN 0 ELSE 1 END + CASE WHEN category_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_price_row_target"),
        ),
        sa.CheckConstraint("(price IS NULL) <> (percent IS NULL)", name=op.f("ck_price_row_value")),
        sa.CheckConstraint("min_quantity > 0 AND factor > 0", name=op.f("ck_price_row_quantity")),
        sa.CheckConstraint("price IS NULL OR price >= 0", name=op.f("ck_price_row_price")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_price_row_category_id")),
        sa.ForeignKeyConstraint(["draft_id"], ["price_draft.id"], name=op.f("fk_price_row_draft_id")),
        sa.ForeignKeyConstraint(["family_id"], ["product_family.id"], name=op.f("fk_price_row_family_id")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_list.id"], name=op.f("fk_price_row_price_list_id")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_price_row_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_row")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_price_row_source_external_code")),
    )
    op.create_index(
        "ix_price_row_category",
        "price_row",
        ["category_id", "price_list_id"],
        unique=False,
        sqlite_where=sa.text("category_id IS NOT NULL"),
        postgresql_where=sa.text("category_id IS NOT NULL"),
    )
    op.create_index("ix_price_row_draft_id", "price_row", ["draft_id"], unique=False)
    op.create_index(
        "ix_price_row_family",
        "price_row",
        ["family_id", "price_list_id"],
        unique=False,
        sqlite_where=sa.text("family_id IS NOT NULL"),
        postgresql_where=sa.text("family_id IS NOT NULL"),
    )
    op.create_index("ix_price_row_list", "price_row", ["price_list_id", "category_id"], unique=False)
    op.create_index("ix_price_row_sku", "price_row", ["sku_id", "price_list_id"], unique=False)
    op.create_table(
        "shipment",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("tracking_number", sa.String(), nullable=False),
        sa.Column(
            "tracking_tail",
            sa.String(),
            sa.Computed("upper(substr(tracking_number, length(tracking_number) - 3))", persisted=True),
            nullable=False,
        ),
        sa.Column("ship_date", sa.Date(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_auto_received", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("external_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("state IN ('shipped', 'received')", name=op.f("ck_shipment_state")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_shipment_order_id")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_shipment_warehouse_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("number", name=op.f("uq_shipment_number")),
        sa.UniqueConstraint("source", "external_code", name=op.f("uq_shipment_source_external_code")),
    )
    op.create_index("ix_shipment_order_id", "shipment", ["order_id"], unique=False)
    op.create_index("ix_shipment_tracking_tail", "shipment", ["tracking_tail"], unique=False)
    op.create_table(
        "stock_movement",
        sa.Column("warehouse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("quarantine", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('count', 'reserve', 'release', 'issue', 'transfer_out', 'transfer_in', 'return', 'restock', 'scrap')",
            name=op.f("ck_stock_movement_kind"),
        ),
        sa.CheckConstraint(
            "on_hand <> 0 OR reserved <> 0 OR quarantine <> 0", name=op.f("ck_stock_movement_moves")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_stock_movement_order_id")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_stock_movement_sku_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_movement_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint(
            "source",
            "warehouse_id",
            "sku_id",
            "lot",
            name=op.f("uq_stock_movement_source_warehouse_id_sku_id_lot"),
        ),
    )
    op.create_index("ix_stock_movement_key", "stock_movement", ["sku_id", "warehouse_id", "id"], unique=False)
    op.create_table(
        "order_allocation",
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("reserved > 0", name=op.f("ck_order_allocation_reserved")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_order_allocation_line_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_order_allocation_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_allocation")),
        sa.UniqueConstraint("line_id", "warehouse_id", name=op.f("uq_order_allocation_line_id_warehouse_id")),
    )
    op.create_index("ix_order_allocation_warehouse_id", "order_allocation", ["warehouse_id"], unique=False)
    op.create_table(
        "order_amendment_line",
        sa.Column("amendment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity_before", sa.Integer(), nullable=False),
        sa.Column("quantity_after", sa.Integer(), nullable=False),
        sa.Column("price_before", sa.BigInteger(), nullable=True),
        sa.Column("price_after", sa.BigInteger(), nullable=True),
        sa.Column("gross_before", sa.BigInteger(), nullable=False),
        sa.Column("gross_after", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["order_amendment.id"], name=op.f("fk_order_amendment_line_amendment_id")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_order_amendment_line_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_amendment_line")),
        sa.UniqueConstraint(
            "amendment_id", "sku_id", name=op.f("uq_order_amendment_line_amendment_id_sku_id")
        ),
    )
    op.create_table(
        "price_row_end",
        sa.Column("draft_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("price_row_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("valid_to_before", sa.Date(), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["price_draft.id"], name=op.f("fk_price_row_end_draft_id")),
        sa.ForeignKeyConstraint(
            ["price_row_id"], ["price_row.id"], name=op.f("fk_price_row_end_price_row_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_row_end")),
        sa.UniqueConstraint("draft_id", "price_row_id", name=op.f("uq_price_row_end_draft_id_price_row_id")),
    )
    op.create_index("ix_price_row_end_price_row_id", "price_row_end", ["price_row_id"], unique=False)
    op.create_table(
        "return_request",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shipment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("warehouse_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_missing", sa.Boolean(), nullable=False),
        sa.Column("is_waived", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'returned', 'approved', 'rejected', 'withdrawn', 'credited')",
            name=op.f("ck_return_request_state"),
        ),
        sa.CheckConstraint("NOT (is_missing AND is_waived)", name=op.f("ck_return_request_goods")),
        sa.CheckConstraint("gross >= 0 AND gross % 100 = 0", name=op.f("ck_return_request_gross")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_return_request_distributor_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_return_request_order_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_return_request_person_id")),
        sa.ForeignKeyConstraint(
            ["reason_id"], ["return_reason.id"], name=op.f("fk_return_request_reason_id")
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_return_request_shipment_id")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_return_request_warehouse_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_request")),
        sa.UniqueConstraint("number", name=op.f("uq_return_request_number")),
    )
    op.create_index(
        "ix_return_request_distributor_id", "return_request", ["distributor_id", "id"], unique=False
    )
    op.create_index("ix_return_request_order_id", "return_request", ["order_id"], unique=False)
    op.create_index("ix_return_request_state", "return_request", ["state", "id"], unique=False)
    op.create_table(
        "shipment_line",
        sa.Column("shipment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND received >= 0 AND received <= quantity", name=op.f("ck_shipment_line_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_shipment_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_shipment_line_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_line")),
        sa.UniqueConstraint(
            "shipment_id", "order_line_id", "lot", name=op.f("uq_shipment_line_shipment_id_order_line_id_lot")
        ),
    )
    op.create_index("ix_shipment_line_order_line_id", "shipment_line", ["order_line_id"], unique=False)
    op.create_table(
        "return_event",
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_return_event_person_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["return_request.id"], name=op.f("fk_return_event_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_event")),
        sa.UniqueConstraint("request_id", "version", name=op.f("uq_return_event_request_id_version")),
    )
    op.create_table(
        "return_line",
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("requested", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=True),
        sa.Column("restocked", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "accepted IS NULL OR accepted BETWEEN 0 AND requested", name=op.f("ck_return_line_accepted")
        ),
        sa.CheckConstraint("gross >= 0 AND gross % 100 = 0", name=op.f("ck_return_line_gross")),
        sa.CheckConstraint("requested > 0", name=op.f("ck_return_line_requested")),
        sa.CheckConstraint(
            "restocked >= 0 AND quarantined >= 0 AND restocked + quarantined <= COALESCE(accepted, 0)",
            name=op.f("ck_return_line_came_back"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_return_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["return_request.id"], name=op.f("fk_return_line_request_id")
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_return_line_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint(
            "request_id", "order_line_id", name=op.f("uq_return_line_request_id_order_line_id")
        ),
    )
    op.create_index("ix_return_line_order_line_id", "return_line", ["order_line_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_return_line_order_line_id", table_name="return_line")
    op.drop_table("return_line")
    op.drop_table("return_event")
    op.drop_index("ix_shipment_line_order_line_id", table_name="shipment_line")
    op.drop_table("shipment_line")
    op.drop_index("ix_return_request_state", table_name="return_request")
    op.drop_index("ix_return_request_order_id", table_name="return_request")
    op.drop_index("ix_return_request_distributor_id", table_name="return_request")
    op.drop_table("return_request")
    op.drop_index("ix_price_row_end_price_row_id", table_name="price_row_end")
    op.drop_table("price_row_end")
    op.drop_table("order_amendment_line")
    op.drop_index("ix_order_allocation_warehouse_id", table_name="order_allocation")
    op.drop_table("order_allocation")
    op.drop_index("ix_stock_movement_key", table_name="stock_movement")
    op.drop_table("stock_movement")
    op.drop_index("ix_shipment_tracking_tail", table_name="shipment")
    op.drop_index("ix_shipment_order_id", table_name="shipment")
    op.drop_table("shipment")
    op.drop_index("ix_price_row_sku", table_name="price_row")
    op.drop_index("ix_price_row_list", table_name="price_row")
    op.drop_index(
        "ix_price_row_family",
        table_name="price_row",
        sqlite_where=sa.text("family_id IS NOT NULL"),
        postgresql_where=sa.text("family_id IS NOT NULL"),
    )
    op.drop_index("ix_price_row_draft_id", table_name="price_row")
    op.drop_index(
        "ix_price_row_category",
        table_name="price_row",
        sqlite_where=sa.text("category_id IS NOT NULL"),
        postgresql_where=sa.text("category_id IS NOT NULL"),
    )
    op.drop_table("price_row")
    op.drop_table("price_draft_row")
    op.drop_index(
        "uq_order_remark_open_nudge",
        table_name="order_remark",
        sqlite_where=sa.text("kind = 'nudge' AND answered_at IS NULL"),
        postgresql_where=sa.text("kind = 'nudge' AND answered_at IS NULL"),
    )
    op.drop_index("ix_order_remark_order_id", table_name="order_remark")
    op.drop_table("order_remark")
    op.drop_index("ix_order_line_sku_id", table_name="order_line")
    op.drop_index(
        "ix_order_line_cancelled",
        table_name="order_line",
        sqlite_where=sa.text("cancelled > 0"),
        postgresql_where=sa.text("cancelled > 0"),
    )
    op.drop_table("order_line")
    op.drop_table("order_event")
    op.drop_table("order_charge")
    op.drop_index(
        "uq_order_amendment_pending",
        table_name="order_amendment",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("order_amendment")
    op.drop_index("ix_credit_entry_order_id", table_name="credit_entry")
    op.drop_index("ix_credit_entry_account_id", table_name="credit_entry")
    op.drop_table("credit_entry")
    op.drop_index("ix_credit_decision_account_id", table_name="credit_decision")
    op.drop_table("credit_decision")
    op.drop_table("cart_delivery")
    op.drop_index("ix_visibility_rule_sku_id", table_name="visibility_rule")
    op.drop_table("visibility_rule")
    op.drop_table("stock_transfer_line")
    op.drop_table("stock_count_line")
    op.drop_index("ix_stock_sku_id", table_name="stock")
    op.drop_table("stock")
    op.drop_index("ix_sku_picture_sku_id", table_name="sku_picture")
    op.drop_table("sku_picture")
    op.drop_table("sku_pack")
    op.drop_index(
        "uq_sales_order_cart",
        table_name="sales_order",
        sqlite_where=sa.text("approval_state = 'draft'"),
        postgresql_where=sa.text("approval_state = 'draft'"),
    )
    op.drop_index("ix_sales_order_together_id", table_name="sales_order")
    op.drop_index("ix_sales_order_state", table_name="sales_order")
    op.drop_index("ix_sales_order_report", table_name="sales_order")
    op.drop_index("ix_sales_order_rep", table_name="sales_order")
    op.drop_index("ix_sales_order_number_tail", table_name="sales_order")
    op.drop_index("ix_sales_order_fulfilment", table_name="sales_order")
    op.drop_index("ix_sales_order_distributor", table_name="sales_order")
    op.drop_index("ix_sales_order_date", table_name="sales_order")
    op.drop_table("sales_order")
    op.drop_index(
        "uq_price_draft_open",
        table_name="price_draft",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_table("price_draft")
    op.drop_table("order_template_line")
    op.drop_index("ix_notice_dispatch_tried", table_name="notice_dispatch")
    op.drop_index("ix_notice_dispatch_due", table_name="notice_dispatch")
    op.drop_table("notice_dispatch")
    op.drop_index(op.f("ix_login_session_person_id"), table_name="login_session")
    op.drop_table("login_session")
    op.drop_table("favourite")
    op.drop_index("ix_credit_limit_account_id", table_name="credit_limit")
    op.drop_table("credit_limit")
    op.drop_index("ix_barcode_claim_sku_id", table_name="barcode_claim")
    op.drop_table("barcode_claim")
    op.drop_index("ix_approval_decision_request_id", table_name="approval_decision")
    op.drop_table("approval_decision")
    op.drop_index("ix_approval_candidate_person_id", table_name="approval_candidate")
    op.drop_table("approval_candidate")
    op.drop_index("ix_sku_sort_key", table_name="sku")
    op.drop_index("ix_sku_listing", table_name="sku")
    op.drop_index("ix_sku_external_code", table_name="sku")
    op.drop_index("ix_sku_barcode", table_name="sku")
    op.drop_table("sku")
    op.drop_index("ix_price_list_tier_id", table_name="price_list")
    op.drop_index("ix_price_list_territory_id", table_name="price_list")
    op.drop_index("ix_price_list_price_group_id", table_name="price_list")
    op.drop_index("ix_price_list_kind", table_name="price_list")
    op.drop_index("ix_price_list_distributor_id", table_name="price_list")
    op.drop_table("price_list")
    op.drop_index("ix_payment_distributor_id", table_name="payment")
    op.drop_table("payment")
    op.drop_index("ix_order_template_distributor_id", table_name="order_template")
    op.drop_table("order_template")
    op.drop_table("notice_channel")
    op.drop_index("ix_notice_person_id", table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_membership_distributor_id", table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_distributor_standing_rep", table_name="distributor_standing")
    op.drop_table("distributor_standing")
    op.drop_table("credit_account")
    op.drop_index("ix_contact_distributor_id", table_name="contact")
    op.drop_table("contact")
    op.drop_index("ix_authorisation_distributor_id", table_name="authorisation")
    op.drop_table("authorisation")
    op.drop_index("ix_approval_request_state", table_name="approval_request")
    op.drop_table("approval_request")
    op.drop_index("ix_address_distributor_id", table_name="address")
    op.drop_table("address")
    op.drop_table("warehouse_territory")
    op.drop_index("ix_verify_run_started_at", table_name="verify_run")
    op.drop_table("verify_run")
    op.drop_index("ix_territory_region_territory_id", table_name="territory_region")
    op.drop_table("territory_region")
    op.drop_table("stock_transfer")
    op.drop_table("stock_count")
    op.drop_table("saved_view")
    op.drop_table("role_permission")
    op.drop_table("recovery_code")
    op.drop_table("person_identity")
    op.drop_index("ix_password_reset_person_id", table_name="password_reset")
    op.drop_table("password_reset")
    op.drop_index(op.f("ix_passkey_challenge_expires_at"), table_name="passkey_challenge")
    op.drop_table("passkey_challenge")
    op.drop_index(op.f("ix_passkey_person_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_index("ix_paper_run_person_id", table_name="paper_run")
    op.drop_table("paper_run")
    op.drop_table("notice_wish")
    op.drop_table("notice_quiet_hours")
    op.drop_table("known_device")
    op.drop_index(op.f("ix_invitation_person_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("ix_import_upload_person_id", table_name="import_upload")
    op.drop_table("import_upload")
    op.drop_table("import_run")
    op.drop_table("import_mapping")
    op.drop_index(op.f("ix_half_sign_in_person_id"), table_name="half_sign_in")
    op.drop_index(op.f("ix_half_sign_in_expires_at"), table_name="half_sign_in")
    op.drop_table("half_sign_in")
    op.drop_index("ix_distributor_sort_key", table_name="distributor")
    op.drop_table("distributor")
    op.drop_table("authenticator")
    op.drop_index("ix_attachment_subject", table_name="attachment")
    op.drop_table("attachment")
    op.drop_table("approval_step")
    op.drop_table("warehouse")
    op.drop_table("tier")
    op.drop_index("ix_territory_path", table_name="territory")
    op.drop_table("territory")
    op.drop_table("setting")
    op.drop_index("ix_search_gram_sku_id", table_name="search_gram")
    op.drop_table("search_gram")
    op.drop_table("role")
    op.drop_table("return_reason")
    op.drop_index(op.f("ix_region_parent_code"), table_name="region")
    op.drop_table("region")
    op.drop_table("product_family")
    op.drop_table("price_group")
    op.drop_index(op.f("ix_person_manager_id"), table_name="person")
    op.drop_table("person")
    op.drop_index("ix_outbox_message_due", table_name="outbox_message")
    op.drop_table("outbox_message")
    op.drop_table("number_series")
    op.drop_index(op.f("ix_login_guess_since"), table_name="login_guess")
    op.drop_table("login_guess")
    op.drop_table("legal_entity")
    op.drop_index("ix_job_due", table_name="job")
    op.drop_table("job")
    op.drop_table("idempotency_key")
    op.drop_table("heartbeat")
    op.drop_table("credit_group")
    op.drop_table("channel")
    op.drop_index("ix_category_path", table_name="category")
    op.drop_table("category")
    op.drop_index("ix_backup_run_finished_at", table_name="backup_run")
    op.drop_table("backup_run")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("approval_policy")
