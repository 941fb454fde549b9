"""Invoices from shipments, red ones for returns, the numbers of the real ones; which kind each distributor wants."""

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Shipped roles that have the new rights from the start; nobody could give what nobody has.
RIGHTS = {
    "finance": ("invoice.read", "invoice.issue"),
    "administrator": ("invoice.read", "invoice.issue"),
    "sales_manager": ("invoice.read",),
}
MODE = "tax_mode IN ('special', 'normal', 'none')"


def upgrade() -> None:
    _new_tables()
    with op.batch_alter_table("distributor") as batch:
        batch.add_column(sa.Column("tax_mode", sa.String(), nullable=False, server_default="special"))
    with op.batch_alter_table("distributor") as batch:
        batch.alter_column(
            "tax_mode", existing_type=sa.String(), existing_nullable=False, server_default=None
        )
        batch.create_check_constraint(op.f("ck_distributor_tax_mode"), MODE)
    _give_rights(op.get_bind())


def downgrade() -> None:
    connection = op.get_bind()
    _take_back(connection)
    given = _table("role_permission")
    connection.execute(
        sa.delete(given).where(given.c.permission.in_({each for all_ in RIGHTS.values() for each in all_}))
    )
    with op.batch_alter_table("distributor") as batch:
        batch.drop_constraint(op.f("ck_distributor_tax_mode"), type_="check")
        batch.drop_column("tax_mode")
    for name in "tax_invoice", "invoice_line", "invoice":
        op.drop_table(name)


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


def _give_rights(connection: sa.Connection) -> None:
    role, given = _table("role"), _table("role_permission")
    for role_id, code in connection.execute(sa.select(role.c.id, role.c.code)).all():
        for permission in RIGHTS.get(code, ()):
            connection.execute(given.insert().values(role_id=role_id, permission=permission))


def _take_back(connection: sa.Connection) -> None:
    """Without invoices nothing is invoiced: what is open moves back, by entries like any other."""
    item, account = _table("open_item"), _table("credit_account")
    open_ = item.c.billed - item.c.applied
    is_open = sa.and_(item.c.is_debt, open_ > 0, item.c.voided_at.is_(None))
    moved = (
        sa.select(account.c.id, account.c.group_account_id, sa.func.sum(open_))
        .join(item, item.c.account_id == account.c.id)
        .where(is_open)
        .group_by(account.c.id, account.c.group_account_id)
    )
    for account_id, group_id, amount in connection.execute(moved).all():
        for each in filter(None, (account_id, group_id)):
            values = {"billed": account.c.billed - amount, "unbilled": account.c.unbilled + amount}
            connection.execute(sa.update(account).where(account.c.id == each).values(values))
        _enter(connection, account_id, int(amount))
    connection.execute(sa.update(item).values(billed=0))
    series = _table("number_series")
    connection.execute(sa.delete(series).where(series.c.prefix == "SI"))


def _enter(connection: sa.Connection, account_id: int, amount: int) -> None:
    entry, now = _table("ledger_entry"), datetime.now(UTC)
    day: date = now.date()
    last = connection.scalar(sa.select(sa.func.max(entry.c.id)))
    if (
        connection.dialect.name == "postgresql"
    ):  # rows that were restored with their ids leave the sequence behind
        own = sa.func.pg_get_serial_sequence("ledger_entry", "id")
        connection.execute(sa.select(sa.func.setval(own, last)))
    row: dict[str, Any] = {
        "account_id": account_id,
        "source": f"invoices-undone-{account_id}-{last}",
        "line_no": 1,
        "kind": "invoice",
        "debit": "unbilled",
        "credit": "billed",
        "amount": amount,
        "subject": "account",
        "subject_id": account_id,
        "day": day,
        "booked_on": day,
        "at": now,
    }
    connection.execute(entry.insert().values(row))


def _new_tables() -> None:
    op.create_table(
        "invoice",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("distributor_id", BIG, nullable=False),
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("corrects_id", BIG, nullable=True),
        sa.Column("return_id", BIG, nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("tax_mode", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("tax_number", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("bank_name", sa.String(), nullable=True),
        sa.Column("bank_account", sa.String(), nullable=True),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "(kind = 'blue' AND corrects_id IS NULL AND return_id IS NULL) OR (kind = 'red' AND state = 'issued' AND (corrects_id IS NULL) <> (return_id IS NULL))",
            name=op.f("ck_invoice_corrects"),
        ),
        sa.CheckConstraint("(kind = 'blue') = (gross > 0)", name=op.f("ck_invoice_sign")),
        sa.CheckConstraint("kind IN ('blue', 'red')", name=op.f("ck_invoice_kind")),
        sa.CheckConstraint("state IN ('issued', 'reversed')", name=op.f("ck_invoice_state")),
        sa.CheckConstraint("tax_mode IN ('special', 'normal', 'none')", name=op.f("ck_invoice_tax_mode")),
        sa.CheckConstraint(
            "gross = net + tax AND gross % 100 = 0 AND net % 100 = 0", name=op.f("ck_invoice_gross")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["credit_account.id"], name=op.f("fk_invoice_account_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoice.id"], name=op.f("fk_invoice_corrects_id")),
        sa.ForeignKeyConstraint(
            ["distributor_id"], ["distributor.id"], name=op.f("fk_invoice_distributor_id")
        ),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_invoice_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invoice_person_id")),
        sa.ForeignKeyConstraint(["return_id"], ["return_request.id"], name=op.f("fk_invoice_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_invoice_corrects_id")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
        sa.UniqueConstraint("return_id", name=op.f("uq_invoice_return_id")),
    )
    op.create_index("ix_invoice_distributor_id", "invoice", ["distributor_id", "id"], unique=False)
    op.create_index("ix_invoice_issued_on", "invoice", ["issued_on", "id"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("shipment_id", BIG, nullable=False),
        sa.Column("order_line_id", BIG, nullable=False),
        sa.Column("return_line_id", BIG, nullable=True),
        sa.Column("corrects_id", BIG, nullable=True),
        sa.Column("is_living", sa.Boolean(), nullable=False),
        sa.Column("sku_code", sa.String(), nullable=False),
        sa.Column("sku_name", sa.String(), nullable=False),
        sa.Column("spec", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("base_unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("NOT is_living OR corrects_id IS NULL", name=op.f("ck_invoice_line_living")),
        sa.CheckConstraint("factor > 0", name=op.f("ck_invoice_line_factor")),
        sa.CheckConstraint(
            "gross = net + tax AND gross % 100 = 0 AND net % 100 = 0", name=op.f("ck_invoice_line_gross")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["invoice_line.id"], name=op.f("fk_invoice_line_corrects_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_invoice_line_order_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["return_line_id"], ["return_line.id"], name=op.f("fk_invoice_line_return_line_id")
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_invoice_line_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
        sa.UniqueConstraint("invoice_id", "corrects_id", name=op.f("uq_invoice_line_invoice_id_corrects_id")),
        sa.UniqueConstraint("invoice_id", "line_no", name=op.f("uq_invoice_line_invoice_id_line_no")),
    )
    op.create_index("ix_invoice_line_corrects_id", "invoice_line", ["corrects_id"], unique=False)
    op.create_index("ix_invoice_line_order_line_id", "invoice_line", ["order_line_id"], unique=False)
    op.create_index(
        "uq_invoice_line_living",
        "invoice_line",
        ["shipment_id", "order_line_id"],
        unique=True,
        sqlite_where=sa.text("is_living"),
        postgresql_where=sa.text("is_living"),
    )
    op.create_table(
        "tax_invoice",
        sa.Column("invoice_id", BIG, nullable=False),
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("attachment_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_tax_invoice_attachment_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_tax_invoice_invoice_id")),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_tax_invoice_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_tax_invoice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_invoice")),
    )
    op.create_index("ix_tax_invoice_invoice_id", "tax_invoice", ["invoice_id"], unique=False)
    op.create_index(
        "uq_tax_invoice_number",
        "tax_invoice",
        ["legal_entity_id", "number"],
        unique=True,
        sqlite_where=sa.text("struck_at IS NULL"),
        postgresql_where=sa.text("struck_at IS NULL"),
    )
