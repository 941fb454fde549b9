"""Payments can be voided and paid back, come from files of banks, and are proven by distributors."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
VOID = {"voided": "(voided_at IS NULL) = (voided_as = 0)"}


def upgrade() -> None:
    _widen_payments()
    _new_refunds()
    _new_bank()
    _new_proofs()
    _allow_proofs()
    _new_online()


def downgrade() -> None:
    _drop_online()
    op.execute(sa.text("DELETE FROM role_permission WHERE permission = 'payment.prove'"))
    _drop_proofs()
    _drop_bank()
    op.drop_table("refund")
    _narrow_payments()


def _allow_proofs() -> None:
    """Whoever looks after a distributor's money may send proofs."""
    op.execute(
        sa.text(
            "INSERT INTO role_permission (role_id, permission) SELECT id, 'payment.prove' FROM role"
            " WHERE code IN ('owner', 'distributor_finance')"
        )
    )


def _widen_payments() -> None:
    with op.batch_alter_table("payment", copy_from=_payments()) as batch:
        batch.add_column(sa.Column("origin", sa.String(), nullable=False, server_default="hand"))
        batch.add_column(sa.Column("voided_at", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("voided_as", BIG, nullable=False, server_default="0"))
        batch.add_column(sa.Column("void_reason", sa.String(), nullable=False, server_default=""))
        batch.drop_constraint(op.f("uq_payment_legal_entity_id_reference"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_payment_legal_entity_id_reference_voided_as"),
            ["legal_entity_id", "reference", "voided_as"],
        )
        batch.create_check_constraint(op.f("ck_payment_voided"), VOID["voided"])


def _narrow_payments() -> None:
    """A slip keeps a reference of its own, since that of the bank may be another payment's."""
    op.execute(sa.text("UPDATE payment SET reference = reference || ' #' || id WHERE voided_at IS NOT NULL"))
    with op.batch_alter_table("payment", copy_from=_payments(is_wide=True)) as batch:
        batch.drop_constraint(op.f("ck_payment_voided"), type_="check")
        batch.drop_constraint(op.f("uq_payment_legal_entity_id_reference_voided_as"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_payment_legal_entity_id_reference"), ["legal_entity_id", "reference"]
        )
        for name in "origin", "voided_at", "voided_as", "void_reason":
            batch.drop_column(name)


def _payments(*, is_wide: bool = False) -> sa.Table:
    """The table as it was, or is, whose conditions SQLite does not tell."""
    known = sa.MetaData()
    for other in "distributor", "legal_entity", "person":
        sa.Table(other, known, sa.Column("id", BIG, primary_key=True))
    table = sa.Table(
        "payment",
        known,
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("distributor_id", BIG, nullable=False),
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", BIG),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_payment_amount")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_payment_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_payment_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_number")),
        sa.Index("ix_payment_distributor_id", "distributor_id", "id"),
    )
    if not is_wide:
        unique = sa.UniqueConstraint(
            "legal_entity_id", "reference", name=op.f("uq_payment_legal_entity_id_reference")
        )
        table.append_constraint(unique)
        return table
    table.append_column(sa.Column("origin", sa.String(), nullable=False))
    table.append_column(sa.Column("voided_at", sa.DateTime(timezone=True)))
    table.append_column(sa.Column("voided_as", BIG, nullable=False))
    table.append_column(sa.Column("void_reason", sa.String(), nullable=False))
    table.append_constraint(sa.CheckConstraint(VOID["voided"], name=op.f("ck_payment_voided")))
    table.append_constraint(
        sa.UniqueConstraint(
            *("legal_entity_id", "reference", "voided_as"),
            name=op.f("uq_payment_legal_entity_id_reference_voided_as"),
        )
    )
    return table


def _new_refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("distributor_id", BIG, nullable=False),
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("money_id", BIG, nullable=False),
        sa.Column("refunded_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_refund_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_refund_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["money_id"], ["open_item.id"], name=op.f("fk_refund_money_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_refund_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("legal_entity_id", "reference", name=op.f("uq_refund_legal_entity_id_reference")),
        sa.UniqueConstraint("number", name=op.f("uq_refund_number")),
    )
    op.create_index("ix_refund_distributor_id", "refund", ["distributor_id", "id"])
    op.create_index("ix_refund_money_id", "refund", ["money_id"])


def _new_bank() -> None:
    op.create_table(
        "bank_mapping",
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("bank", sa.String(), nullable=False),
        sa.Column("account_no", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("day_format", sa.String(), nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("day_format IN ('ymd', 'dmy', 'mdy')", name=op.f("ck_bank_mapping_day_format")),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_bank_mapping_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bank_mapping_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_mapping")),
        sa.UniqueConstraint(
            "legal_entity_id", "account_no", name=op.f("uq_bank_mapping_legal_entity_id_account_no")
        ),
    )
    op.create_table(
        "bank_file",
        sa.Column("mapping_id", BIG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("state IN ('uploaded', 'taken', 'dropped')", name=op.f("ck_bank_file_state")),
        sa.ForeignKeyConstraint(["mapping_id"], ["bank_mapping.id"], name=op.f("fk_bank_file_mapping_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bank_file_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
    )
    op.create_index("ix_bank_file_mapping_id", "bank_file", ["mapping_id", "id"], unique=False)
    op.create_table(
        "bank_line",
        sa.Column("mapping_id", BIG, nullable=False),
        sa.Column("file_id", BIG, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payer_name", sa.String(), nullable=False),
        sa.Column("payer_account", sa.String(), nullable=False),
        sa.Column("payer_key", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("certainty", sa.Integer(), nullable=False),
        sa.Column("proposed_id", BIG, nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "(state = 'booked') = (payment_id IS NOT NULL)", name=op.f("ck_bank_line_payment")
        ),
        sa.CheckConstraint("state IN ('open', 'booked', 'aside')", name=op.f("ck_bank_line_state")),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_bank_line_amount")),
        sa.ForeignKeyConstraint(["file_id"], ["bank_file.id"], name=op.f("fk_bank_line_file_id")),
        sa.ForeignKeyConstraint(["mapping_id"], ["bank_mapping.id"], name=op.f("fk_bank_line_mapping_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_bank_line_payment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_bank_line_person_id")),
        sa.ForeignKeyConstraint(["proposed_id"], ["distributor.id"], name=op.f("fk_bank_line_proposed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("mapping_id", "fingerprint", name=op.f("uq_bank_line_mapping_id_fingerprint")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_bank_line_payment_id")),
    )
    op.create_index("ix_bank_line_file_id", "bank_line", ["file_id"], unique=False)
    op.create_index("ix_bank_line_payer_key", "bank_line", ["payer_key"], unique=False)
    op.create_index("ix_bank_line_state", "bank_line", ["state", "certainty", "id"], unique=False)


def _drop_bank() -> None:
    op.drop_index("ix_bank_line_state", table_name="bank_line")
    op.drop_index("ix_bank_line_payer_key", table_name="bank_line")
    op.drop_index("ix_bank_line_file_id", table_name="bank_line")
    op.drop_table("bank_line")
    op.drop_index("ix_bank_file_mapping_id", table_name="bank_file")
    op.drop_table("bank_file")
    op.drop_table("bank_mapping")


def _new_proofs() -> None:
    op.create_table(
        "payment_proof",
        sa.Column("distributor_id", BIG, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("debts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("decided_by_id", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "(state = 'confirmed') = (payment_id IS NOT NULL)", name=op.f("ck_payment_proof_payment")
        ),
        sa.CheckConstraint(
            "state IN ('submitted', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_payment_proof_state")
        ),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_payment_proof_amount")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_payment_proof_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_payment_proof_distributor_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_proof_payment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payment_proof_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_proof")),
        sa.UniqueConstraint("distributor_id", "key", name=op.f("uq_payment_proof_distributor_id_key")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_proof_payment_id")),
    )
    op.create_index(
        "ix_payment_proof_distributor_id", "payment_proof", ["distributor_id", "id"], unique=False
    )
    op.create_index("ix_payment_proof_state", "payment_proof", ["state", "id"], unique=False)


def _drop_proofs() -> None:
    op.drop_index("ix_payment_proof_state", table_name="payment_proof")
    op.drop_index("ix_payment_proof_distributor_id", table_name="payment_proof")
    op.drop_table("payment_proof")


def _new_online() -> None:
    op.create_table(
        "online_payment",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("distributor_id", BIG, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "(state = 'paid') = (payment_id IS NOT NULL)", name=op.f("ck_online_payment_payment")
        ),
        sa.CheckConstraint("state IN ('begun', 'paid', 'failed')", name=op.f("ck_online_payment_state")),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_online_payment_amount")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_online_payment_distributor_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_online_payment_payment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_online_payment_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_payment")),
        sa.UniqueConstraint("gateway", "reference", name=op.f("uq_online_payment_gateway_reference")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_online_payment_payment_id")),
        sa.UniqueConstraint("token", name=op.f("uq_online_payment_token")),
    )
    op.create_index(
        "ix_online_payment_distributor_id", "online_payment", ["distributor_id", "id"], unique=False
    )


def _drop_online() -> None:
    op.drop_index("ix_online_payment_distributor_id", table_name="online_payment")
    op.drop_table("online_payment")
