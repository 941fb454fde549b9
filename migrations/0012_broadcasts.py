"""Broadcasts with their recipients, reads and acknowledgements; the library; who may write, publish and confirm them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "broadcast_recipient",
    "broadcast_read",
    "broadcast_acknowledgement",
    "broadcast_reminder",
    "broadcast_event",
    "library_file",
    "library_download",
)
FROZEN = ("kind", "title", "body", "demand", "acknowledge_by", "expires_on", "is_everyone", "edition")
# what the roles that came with the program may do from now on
READS = ("broadcast.read", "library.read")
MARKETS = (*READS, "broadcast.write", "broadcast.publish", "library.manage")
GRANTS = {
    "owner": (*READS, "broadcast.acknowledge"),
    "buyer": READS,
    "distributor_finance": READS,
    "sales_rep": READS,
    "sales_manager": (*READS, "broadcast.write", "broadcast.publish"),
    "finance": READS,
    "marketing": MARKETS,
    "administrator": MARKETS,
}


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("demand", sa.String(), nullable=False),
        sa.Column("acknowledge_by", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("is_everyone", sa.Boolean(), nullable=False),
        sa.Column("publish_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("publisher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("change_note", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(demand = 'none') = (acknowledge_by IS NULL)", name=op.f("ck_broadcast_acknowledge_by")
        ),
        sa.CheckConstraint(
            "(published_at IS NULL) = (state IN ('draft', 'scheduled', 'discarded'))",
            name=op.f("ck_broadcast_published"),
        ),
        sa.CheckConstraint("demand IN ('none', 'read', 'agree')", name=op.f("ck_broadcast_demand")),
        sa.CheckConstraint(
            "kind IN ('price', 'policy', 'promotion', 'product')", name=op.f("ck_broadcast_kind")
        ),
        sa.CheckConstraint(
            "state <> 'scheduled' OR publish_at IS NOT NULL", name=op.f("ck_broadcast_publish_at")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'published', 'recalled', 'superseded', 'discarded')",
            name=op.f("ck_broadcast_state"),
        ),
        sa.CheckConstraint("recipients >= 0", name=op.f("ck_broadcast_recipients")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_broadcast_author_id")),
        sa.ForeignKeyConstraint(["publisher_id"], ["person.id"], name=op.f("fk_broadcast_publisher_id")),
        sa.ForeignKeyConstraint(["supersedes_id"], ["broadcast.id"], name=op.f("fk_broadcast_supersedes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("number", name=op.f("uq_broadcast_number")),
    )
    op.create_index("ix_broadcast_due", "broadcast", ["state", "publish_at"], unique=False)
    op.create_index(
        "uq_broadcast_correction",
        "broadcast",
        ["supersedes_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'discarded'"),
        postgresql_where=sa.text("state <> 'discarded'"),
    )
    op.create_table(
        "library_item",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("is_everyone", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("downloads", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('material', 'training', 'price', 'policy')", name=op.f("ck_library_item_kind")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_library_item_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_item")),
    )
    op.create_index("ix_library_item_kind", "library_item", ["kind", "id"], unique=False)
    op.create_table(
        "audience_part",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("tier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("territory_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("is_excepted", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("subject IN ('broadcast', 'library_item')", name=op.f("ck_audience_part_subject")),
        sa.CheckConstraint(
            "(CASE WHEN tier_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN territory_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN channel_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN distributor_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_audience_part_one"),
        ),
        sa.CheckConstraint(
            "NOT is_excepted OR distributor_id IS NOT NULL", name=op.f("ck_audience_part_excepted")
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_audience_part_channel_id")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_audience_part_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_audience_part_territory_id")
        ),
        sa.ForeignKeyConstraint(["tier_id"], ["tier.id"], name=op.f("fk_audience_part_tier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_part")),
    )
    op.create_index("ix_audience_part_distributor_id", "audience_part", ["distributor_id"], unique=False)
    op.create_index("ix_audience_part_subject", "audience_part", ["subject", "subject_id"], unique=False)
    op.create_table(
        "broadcast_event",
        sa.Column("broadcast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name=op.f("fk_broadcast_event_broadcast_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_broadcast_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_event")),
        sa.UniqueConstraint("broadcast_id", "version", name=op.f("uq_broadcast_event_broadcast_id_version")),
    )
    op.create_table(
        "broadcast_recipient",
        sa.Column("broadcast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name=op.f("fk_broadcast_recipient_broadcast_id")
        ),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_broadcast_recipient_distributor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_recipient")),
        sa.UniqueConstraint(
            "broadcast_id", "distributor_id", name=op.f("uq_broadcast_recipient_broadcast_id_distributor_id")
        ),
    )
    op.create_index(
        "ix_broadcast_recipient_distributor_id",
        "broadcast_recipient",
        ["distributor_id", "broadcast_id"],
        unique=False,
    )
    op.create_table(
        "library_file",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_library_file_attachment_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["library_item.id"], name=op.f("fk_library_file_item_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_library_file_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_file")),
        sa.UniqueConstraint("attachment_id", name=op.f("uq_library_file_attachment_id")),
        sa.UniqueConstraint("item_id", "edition", name=op.f("uq_library_file_item_id_edition")),
    )
    op.create_table(
        "broadcast_acknowledgement",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("distributor_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("said IN ('read', 'agree')", name=op.f("ck_broadcast_acknowledgement_said")),
        sa.ForeignKeyConstraint(
            ["broadcast_id", "distributor_id"],
            ["broadcast_recipient.broadcast_id", "broadcast_recipient.distributor_id"],
            name="fk_broadcast_acknowledgement_recipient",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_broadcast_acknowledgement_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_acknowledgement")),
        sa.UniqueConstraint(
            "broadcast_id",
            "distributor_id",
            name=op.f("uq_broadcast_acknowledgement_broadcast_id_distributor_id"),
        ),
    )
    op.create_table(
        "broadcast_read",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("distributor_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id", "distributor_id"],
            ["broadcast_recipient.broadcast_id", "broadcast_recipient.distributor_id"],
            name="fk_broadcast_read_recipient",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_broadcast_read_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_read")),
        sa.UniqueConstraint(
            "broadcast_id",
            "distributor_id",
            "person_id",
            name=op.f("uq_broadcast_read_broadcast_id_distributor_id_person_id"),
        ),
    )
    op.create_table(
        "broadcast_reminder",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("distributor_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("kind IN ('before', 'after', 'hand')", name=op.f("ck_broadcast_reminder_kind")),
        sa.ForeignKeyConstraint(
            ["broadcast_id", "distributor_id"],
            ["broadcast_recipient.broadcast_id", "broadcast_recipient.distributor_id"],
            name="fk_broadcast_reminder_recipient",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_broadcast_reminder_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_reminder")),
        sa.UniqueConstraint(
            "broadcast_id",
            "distributor_id",
            "day",
            name=op.f("uq_broadcast_reminder_broadcast_id_distributor_id_day"),
        ),
    )
    op.create_table(
        "library_download",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("distributor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_library_download_distributor_id")
        ),
        sa.ForeignKeyConstraint(["file_id"], ["library_file.id"], name=op.f("fk_library_download_file_id")),
        sa.ForeignKeyConstraint(["item_id"], ["library_item.id"], name=op.f("fk_library_download_item_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_library_download_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_download")),
    )
    op.create_index(
        "ix_library_download_distributor_id", "library_download", ["distributor_id"], unique=False
    )
    op.create_index("ix_library_download_item_id", "library_download", ["item_id", "id"], unique=False)
    op.create_table(
        "library_tie",
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sku_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("(category_id IS NULL) <> (sku_id IS NULL)", name=op.f("ck_library_tie_one")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_library_tie_category_id")),
        sa.ForeignKeyConstraint(["item_id"], ["library_item.id"], name=op.f("fk_library_tie_item_id")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_library_tie_sku_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_tie")),
        sa.UniqueConstraint("item_id", "category_id", name=op.f("uq_library_tie_item_id_category_id")),
        sa.UniqueConstraint("item_id", "sku_id", name=op.f("uq_library_tie_item_id_sku_id")),
    )
    op.create_index("ix_library_tie_category_id", "library_tie", ["category_id"], unique=False)
    op.create_index("ix_library_tie_sku_id", "library_tie", ["sku_id"], unique=False)
    for table in APPEND_ONLY:
        _guard(table)
    _freeze()
    _grant()


def downgrade() -> None:
    _revoke()
    op.drop_index("ix_library_tie_sku_id", table_name="library_tie")
    op.drop_index("ix_library_tie_category_id", table_name="library_tie")
    op.drop_table("library_tie")
    op.drop_index("ix_library_download_item_id", table_name="library_download")
    op.drop_index("ix_library_download_distributor_id", table_name="library_download")
    op.drop_table("library_download")
    op.drop_table("broadcast_reminder")
    op.drop_table("broadcast_read")
    op.drop_table("broadcast_acknowledgement")
    op.drop_table("library_file")
    op.drop_index("ix_broadcast_recipient_distributor_id", table_name="broadcast_recipient")
    op.drop_table("broadcast_recipient")
    op.drop_table("broadcast_event")
    op.drop_index("ix_audience_part_subject", table_name="audience_part")
    op.drop_index("ix_audience_part_distributor_id", table_name="audience_part")
    op.drop_table("audience_part")
    op.drop_index("ix_library_item_kind", table_name="library_item")
    op.drop_table("library_item")
    op.drop_index(
        "uq_broadcast_correction",
        table_name="broadcast",
        sqlite_where=sa.text("state <> 'discarded'"),
        postgresql_where=sa.text("state <> 'discarded'"),
    )
    op.drop_index("ix_broadcast_due", table_name="broadcast")
    op.drop_table("broadcast")


def _guard(table: str) -> None:
    """Triggers that refuse to change what was written."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for deed in ("UPDATE", "DELETE") if on_sqlite else ("UPDATE", "DELETE", "TRUNCATE"):
        each = "STATEMENT" if deed == "TRUNCATE" else "ROW"
        body = f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        if on_sqlite:
            body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(sa.text(f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} {body}"))


def _freeze() -> None:
    """A trigger that refuses other words once a broadcast is published: a correction is another broadcast."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    differs = "IS NOT" if on_sqlite else "IS DISTINCT FROM"
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in FROZEN)
    body = f"FOR EACH ROW WHEN (OLD.published_at IS NOT NULL AND ({changed}))"
    if on_sqlite:
        body += " BEGIN SELECT RAISE(ABORT, 'what was published is not edited'); END"
    else:
        body += " EXECUTE FUNCTION refuse_change()"
    op.execute(sa.text(f"CREATE TRIGGER broadcast_refuses_edit BEFORE UPDATE ON broadcast {body}"))


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
