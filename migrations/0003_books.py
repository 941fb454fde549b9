"""Credit entries become balanced entries of the books, with open items; each account keeps its parts."""

from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("ledger_entry", "ledger_seal", "application")
BRAND = timezone(timedelta(hours=8))
PARTS = ("hold", "unbilled", "billed", "prepayment", "credit_note")
# of an entry of credit: where an amount above nothing is debited and credited
SIDES = {
    "order": ("hold", "commitment"),
    "shipped": ("unbilled", "sales"),
    "payment": ("prepayment", "bank"),
    "credit_note": ("credit_note", "returns"),
}
PART_OF = {
    "hold": "order",
    "unbilled": "shipped",
    "billed": "shipped",
    "prepayment": "payment",
    "credit_note": "credit_note",
}
MANY = 5000


def upgrade() -> None:
    _new_tables()
    _widen_accounts()
    connection = op.get_bind()
    shipments, payments, returns = _shipments(connection), _payments(connection), _returns(connection)
    _fill(connection, "ledger_entry", _entries(connection, shipments, payments, returns))
    for of_kind in shipments, payments, returns:
        _fill(connection, "open_item", (item for items in of_kind.values() for item, _ in items))
    _settle(connection)
    _keep_parts(connection)
    op.drop_table("credit_entry")
    for table in APPEND_ONLY:
        _guard(table)


def downgrade() -> None:
    _old_table()
    connection = op.get_bind()
    _fill(connection, "credit_entry", _old_entries(connection))
    _guard("credit_entry")
    _forget_groups(connection)
    _drop_new_tables()
    _narrow_accounts()


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


def _fill(connection: sa.Connection, name: str, rows: Iterator[dict[str, Any]]) -> None:
    table, some = _table(name), []
    for row in rows:
        some.append(row)
        if len(some) == MANY:
            connection.execute(table.insert(), some)
            some = []
    if some:
        connection.execute(table.insert(), some)


def _day(at: datetime) -> date:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(BRAND).date()


Known = dict[
    int, deque[tuple[dict[str, Any], int]]
]  # by order, account or return: open items and what they are


def _items(found: Any, kind: str, *, is_debt: bool) -> Known:
    known: Known = defaultdict(deque)
    for row in found.mappings():
        due = row["day"] + timedelta(days=row["days"] or 0) if is_debt else None
        item = {
            "account_id": row["account_id"],
            "kind": kind,
            "subject_id": row["id"],
            "number": row["number"],
            "is_debt": is_debt,
            "day": row["day"],
            "due_on": due,
            "amount": row["amount"],
            "billed": 0,
            "applied": 0,
            "order_id": row["order_id"],
            "created_at": row["created_at"],
        }
        known[row["key"]].append((item, row["id"]))
    return known


def _shipments(connection: sa.Connection) -> Known:
    """By order, in the sequence in which they left."""
    shipment, order, account = _table("shipment"), _table("sales_order"), _table("credit_account")
    days = sa.case((order.c.terms == "monthly", order.c.terms_days), else_=0)
    wanted = (
        sa.select(
            shipment.c.id,
            shipment.c.number,
            shipment.c.ship_date.label("day"),
            shipment.c.gross.label("amount"),
            shipment.c.created_at,
            order.c.id.label("order_id"),
            order.c.id.label("key"),
            account.c.id.label("account_id"),
            days.label("days"),
        )
        .join(order, order.c.id == shipment.c.order_id)
        .join(account, _is_own(account, order))
        .where(shipment.c.source == "portal", order.c.source == "portal", shipment.c.gross > 0)
    )
    return _items(connection.execute(wanted.order_by(shipment.c.id)), "shipment", is_debt=True)


def _payments(connection: sa.Connection) -> Known:
    """By account, in the sequence in which they were recorded."""
    payment, account = _table("payment"), _table("credit_account")
    wanted = sa.select(
        payment.c.id,
        payment.c.number,
        payment.c.paid_on.label("day"),
        payment.c.amount,
        payment.c.created_at,
        sa.null().label("order_id"),
        account.c.id.label("key"),
        account.c.id.label("account_id"),
    ).join(account, _is_own(account, payment))
    return _items(connection.execute(wanted.order_by(payment.c.id)), "payment", is_debt=False)


def _returns(connection: sa.Connection) -> Known:
    """By return: what was credited, on the day of its entry."""
    request, entry = _table("return_request"), _table("credit_entry")
    wanted = (
        sa.select(
            request.c.id,
            request.c.id.label("key"),
            request.c.number,
            request.c.order_id,
            entry.c.account_id,
            (-entry.c.amount).label("amount"),
            entry.c.at.label("created_at"),
        )
        .join(entry, entry.c.source.like(sa.literal("return-") + sa.cast(request.c.id, sa.String) + "-v%"))
        .where(entry.c.part == "credit_note", request.c.state == "credited")
    )
    known: Known = defaultdict(deque)
    for row in connection.execute(wanted.order_by(entry.c.id)).mappings():
        item = dict(row) | {"kind": "return", "subject_id": row["id"], "is_debt": False, "due_on": None}
        item |= {"day": _day(row["created_at"]), "billed": 0, "applied": 0}
        known[row["id"]].append(({name: item[name] for name in item if name not in {"id", "key"}}, row["id"]))
    return known


def _is_own(account: sa.Table, document: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(
        account.c.distributor_id == document.c.distributor_id,
        account.c.legal_entity_id == document.c.legal_entity_id,
    )


def _entries(
    connection: sa.Connection, shipments: Known, payments: Known, returns: Known
) -> Iterator[dict[str, Any]]:
    """Each entry of credit as a leg of the books, with the document that it opens."""
    entry, other = _table("credit_entry"), _table("credit_entry").alias("other")
    left = {key: deque(items) for key, items in shipments.items()}
    paid = {key: deque(items) for key, items in payments.items()}
    left_with = sa.select(other.c.id).where(other.c.source == entry.c.source, other.c.part == "shipped")
    wanted = sa.select(entry, left_with.scalar_subquery().label("shipped_id")).order_by(entry.c.id)
    of_source: dict[str, tuple[str, int, date]] = {}
    for row in connection.execute(wanted).mappings():
        debit, credit = SIDES[row["part"]] if row["amount"] > 0 else SIDES[row["part"]][::-1]
        kind, subject, subject_id, day = "", "order", row["order_id"], _day(row["at"])
        if row["part"] == "payment":
            kind = subject = "payment"
            item, subject_id = paid[row["account_id"]].popleft()
            day = item["day"]
        elif row["part"] == "credit_note":
            kind, subject = "credit_note", "return"
            subject_id = int(row["source"].split("-")[1])
        elif row["shipped_id"] is not None:
            kind = subject = "shipment"
            if row["source"] not in of_source:
                item, subject_id = left[row["order_id"]].popleft()
                of_source[row["source"]] = subject, subject_id, item["day"]
            subject, subject_id, day = of_source[row["source"]]
        else:
            kind = "hold" if row["amount"] > 0 else "release"
        yield {
            "id": row["id"],
            "account_id": row["account_id"],
            "source": row["source"],
            "line_no": 2 if row["part"] == "shipped" else 1,
            "kind": kind,
            "debit": debit,
            "credit": credit,
            "amount": abs(row["amount"]),
            "subject": subject,
            "subject_id": subject_id,
            "order_id": row["order_id"],
            "day": day,
            "booked_on": day,
            "at": row["at"],
        }
    _count_on(connection)


def _settle(connection: sa.Connection) -> None:
    """Money pays the debts that are due first, as it does from now on, so that nothing counts as late that was paid."""
    item, application, entry = _table("open_item"), _table("application"), _table("ledger_entry")
    wanted = sa.select(item).order_by(item.c.account_id, item.c.due_on, item.c.day, item.c.id)
    accounts: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(wanted).mappings():
        accounts[row["account_id"]].append(dict(row))
    now, made, booked = datetime.now(UTC), [], []
    for account_id, rows in accounts.items():
        for money, debt, amount in _pairs(rows):
            day = max(money["day"], debt["day"])
            key = len(made) + 1
            made.append(
                {"id": key, "debt_id": debt["id"], "money_id": money["id"], "amount": amount, "at": now}
            )
            part = "prepayment" if money["kind"] == "payment" else "credit_note"
            about = {
                "subject": money["kind"],
                "subject_id": money["subject_id"],
                "order_id": money["order_id"],
            }
            sides = {"debit": part, "credit": "unbilled", "amount": amount, "day": day, "booked_on": day}
            named = {"source": f"application-{key}", "line_no": 1, "kind": "application", "at": now}
            booked.append({"account_id": account_id, **named, **about, **sides})
    if not made:
        return
    connection.execute(application.insert(), made)
    connection.execute(entry.insert(), booked)
    for column in application.c.debt_id, application.c.money_id:
        total = sa.select(sa.func.sum(application.c.amount)).where(column == item.c.id).scalar_subquery()
        paid = sa.exists().where(column == item.c.id)
        connection.execute(item.update().where(paid).values(applied=total))
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT setval('application_id_seq', (SELECT MAX(id) FROM application))"))


def _pairs(rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any], int]]:
    """Which money pays how much of which debt: credits of returns those of their order, payments any."""
    debts = [row for row in rows if row["is_debt"]]
    moneys = [row for row in rows if not row["is_debt"]]
    left = {row["id"]: row["amount"] for row in rows}
    for money in sorted(moneys, key=lambda row: (row["kind"] == "payment", row["day"], row["id"])):
        for debt in debts:
            if money["kind"] == "return" and money["order_id"] != debt["order_id"]:
                continue
            amount = min(left[money["id"]], left[debt["id"]])
            if amount > 0:
                left[money["id"]] -= amount
                left[debt["id"]] -= amount
                yield money, debt, amount


def _count_on(connection: sa.Connection) -> None:
    """PostgreSQL counts from the last id on; SQLite does by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text(
                "SELECT setval('ledger_entry_id_seq', (SELECT COALESCE(MAX(id), 0) + 1 FROM credit_entry), false)"
            )
        )


def _keep_parts(connection: sa.Connection) -> None:
    """Each part of an account from its entries; refuses to go on where they do not make up what is used."""
    entry, account = _table("ledger_entry"), _table("credit_account")
    values = {}
    for part in PARTS:
        signed = sa.case(
            (entry.c.debit == part, entry.c.amount), (entry.c.credit == part, -entry.c.amount), else_=0
        )
        total = sa.select(sa.func.coalesce(sa.func.sum(signed), 0)).where(entry.c.account_id == account.c.id)
        values[part] = total.scalar_subquery()
    connection.execute(account.update().values(values))
    mode = sa.case((account.c.blocked_reason == "manual", "on"), else_="auto")
    connection.execute(account.update().values(block_mode=mode))
    whole = (
        account.c.hold + account.c.unbilled + account.c.billed + account.c.prepayment + account.c.credit_note
    )
    wrong = connection.scalars(sa.select(account.c.id).where(account.c.used != whole)).all()
    if wrong:
        raise ValueError(f"credit accounts whose entries are not what is used: {wrong[:10]}")
    _check_accounts()


def _old_entries(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """What each deed did to each part of an account, as one entry; which money paid what is not known before."""
    entry = _table("ledger_entry")
    deed: tuple[Any, ...] | None = None
    sums: dict[str, int] = {}
    for row in connection.execute(
        sa.select(entry)
        .where(entry.c.kind.not_in(("application", "invoice")))
        .order_by(entry.c.account_id, entry.c.source, entry.c.line_no)
    ).mappings():
        found = (row["account_id"], row["source"], row["order_id"], row["at"])
        if deed is not None and found[:2] != deed[:2]:
            yield from _old_rows(deed, sums)
            sums = {}
        deed = found
        for side, sign in ("debit", 1), ("credit", -1):
            if row[side] in PART_OF:
                part = PART_OF[row[side]]
                sums[part] = sums.get(part, 0) + sign * row["amount"]
    if deed is not None:
        yield from _old_rows(deed, sums)


def _old_rows(deed: tuple[Any, ...], sums: dict[str, int]) -> Iterator[dict[str, Any]]:
    account_id, source, order_id, at = deed
    common = {"account_id": account_id, "source": source, "order_id": order_id, "at": at}
    yield from (common | {"part": part, "amount": amount} for part, amount in sums.items() if amount)


def _forget_groups(connection: sa.Connection) -> None:
    """Accounts of groups are unknown to the tables before."""
    account = _table("credit_account")
    groups = sa.select(account.c.id).where(account.c.distributor_id.is_(None))
    connection.execute(account.update().values(group_account_id=None))
    _unguard("credit_decision", "DELETE")
    for name in "credit_decision", "credit_limit":
        table = _table(name)
        connection.execute(table.delete().where(table.c.account_id.in_(groups)))
    _guard("credit_decision", "DELETE")
    connection.execute(account.delete().where(account.c.distributor_id.is_(None)))


def _accounts_before(name: str = "credit_account") -> sa.Table:
    """The table as 0001 made it, whose conditions SQLite does not tell."""
    known = sa.MetaData()
    for other in "distributor", "legal_entity":
        sa.Table(other, known, sa.Column("id", BIG, primary_key=True))
    return sa.Table(
        name,
        known,
        sa.Column("distributor_id", BIG, nullable=False),
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("effective_limit", sa.BigInteger(), nullable=False),
        sa.Column("blocked_reason", sa.String()),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("id", BIG, nullable=False),
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


def _widen_accounts() -> None:
    with op.batch_alter_table("credit_account", copy_from=_accounts_before()) as batch:
        batch.alter_column("distributor_id", existing_type=BIG, nullable=True)
        batch.add_column(sa.Column("credit_group_id", BIG))
        batch.add_column(sa.Column("group_account_id", BIG))
        for part in (*PARTS, "earmarked"):
            batch.add_column(sa.Column(part, sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("block_mode", sa.String(), nullable=False, server_default="auto"))


CONDITIONS = {
    "whose": "(distributor_id IS NULL) <> (credit_group_id IS NULL)",
    "used": "used = hold + unbilled + billed + prepayment + credit_note",
    "owed": "hold >= 0 AND unbilled >= 0 AND billed >= 0",
    "paid": "prepayment <= 0 AND credit_note <= 0",
    "earmarked": "earmarked >= 0 AND earmarked + prepayment + credit_note <= 0",
    "block_mode": "block_mode IN ('auto', 'on', 'off')",
    "blocked_reason": "blocked_reason IN ('overdue', 'manual')",
}


def _check_accounts() -> None:
    """Conditions, references and the default-less columns, once the rows are right."""
    accounts = _accounts_before()
    accounts.c.distributor_id.nullable = True
    for name in "credit_group_id", "group_account_id":
        accounts.append_column(sa.Column(name, BIG))
    for part in (*PARTS, "earmarked"):
        accounts.append_column(sa.Column(part, sa.BigInteger(), nullable=False, server_default="0"))
    accounts.append_column(sa.Column("block_mode", sa.String(), nullable=False, server_default="auto"))
    with op.batch_alter_table("credit_account", copy_from=accounts, recreate="auto") as batch:
        for part in (*PARTS, "earmarked"):
            batch.alter_column(
                part, existing_type=sa.BigInteger(), existing_nullable=False, server_default=None
            )
        batch.alter_column(
            "block_mode", existing_type=sa.String(), existing_nullable=False, server_default=None
        )
        for name, condition in CONDITIONS.items():
            batch.create_check_constraint(op.f(f"ck_credit_account_{name}"), condition)
        batch.create_unique_constraint(
            op.f("uq_credit_account_credit_group_id_legal_entity_id_currency"),
            ["credit_group_id", "legal_entity_id", "currency"],
        )
        batch.create_foreign_key(
            op.f("fk_credit_account_credit_group_id"), "credit_group", ["credit_group_id"], ["id"]
        )
        batch.create_foreign_key(
            op.f("fk_credit_account_group_account_id"), "credit_account", ["group_account_id"], ["id"]
        )
        batch.create_index("ix_credit_account_group_account_id", ["group_account_id"])


def _narrow_accounts() -> None:
    op.drop_index("ix_credit_account_group_account_id", table_name="credit_account")
    if op.get_bind().dialect.name == "sqlite":
        plain = _accounts_before("credit_account_narrow")
        names = ", ".join(each.name for each in plain.columns)
        plain.create(op.get_bind(), checkfirst=False)
        op.execute(sa.text(f"INSERT INTO {plain.name} ({names}) SELECT {names} FROM credit_account"))
        op.drop_table("credit_account")
        op.rename_table(plain.name, "credit_account")
        return
    for name in CONDITIONS:
        op.drop_constraint(op.f(f"ck_credit_account_{name}"), "credit_account", type_="check")
    for name in (*PARTS, "earmarked", "block_mode", "group_account_id", "credit_group_id"):
        op.drop_column("credit_account", name)
    op.alter_column("credit_account", "distributor_id", existing_type=BIG, nullable=False)


def _guard(table: str, *only: str) -> None:
    """Triggers that refuse to change what was written."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for deed in only or (("UPDATE", "DELETE") if on_sqlite else ("UPDATE", "DELETE", "TRUNCATE")):
        each = "STATEMENT" if deed == "TRUNCATE" else "ROW"
        body = f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        if on_sqlite:
            body = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        op.execute(sa.text(f"CREATE TRIGGER {table}_refuses_{deed.lower()} BEFORE {deed} ON {table} {body}"))


def _unguard(table: str, deed: str) -> None:
    on_table = "" if op.get_bind().dialect.name == "sqlite" else f" ON {table}"
    op.execute(sa.text(f"DROP TRIGGER {table}_refuses_{deed.lower()}{on_table}"))


def _new_tables() -> None:
    op.create_table(
        "ledger_seal",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("marks", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("first_id <= last_id", name=op.f("ck_ledger_seal_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_seal")),
        sa.UniqueConstraint("digest", name=op.f("uq_ledger_seal_digest")),
        sa.UniqueConstraint("first_id", name=op.f("uq_ledger_seal_first_id")),
        sa.UniqueConstraint("last_id", name=op.f("uq_ledger_seal_last_id")),
    )
    op.create_table(
        "accounting_period",
        sa.Column("legal_entity_id", BIG, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_accounting_period_state")),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_accounting_period_legal_entity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_accounting_period_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounting_period")),
        sa.UniqueConstraint(
            "legal_entity_id", "first_day", name=op.f("uq_accounting_period_legal_entity_id_first_day")
        ),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("debit", sa.String(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("reverses_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "credit IN ('hold', 'commitment', 'unbilled', 'billed', 'prepayment', 'credit_note', 'sales', 'returns', 'bank')",
            name=op.f("ck_ledger_entry_credit"),
        ),
        sa.CheckConstraint(
            "debit IN ('hold', 'commitment', 'unbilled', 'billed', 'prepayment', 'credit_note', 'sales', 'returns', 'bank')",
            name=op.f("ck_ledger_entry_debit"),
        ),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_ledger_entry_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_ledger_entry_two_accounts")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_ledger_entry_account_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_ledger_entry_order_id")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_entry.id"], name=op.f("fk_ledger_entry_reverses_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_entry_reverses_id")),
        sa.UniqueConstraint("source", "line_no", name=op.f("uq_ledger_entry_source_line_no")),
    )
    op.create_index(
        "ix_ledger_entry_account_id", "ledger_entry", ["account_id", "booked_on", "id"], unique=False
    )
    op.create_index("ix_ledger_entry_order_id", "ledger_entry", ["order_id"], unique=False)
    op.create_index("ix_ledger_entry_subject", "ledger_entry", ["subject", "subject_id"], unique=False)
    op.create_table(
        "open_item",
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("is_debt", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("billed", sa.BigInteger(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint(
            "kind IN ('opening', 'shipment', 'refund', 'payment', 'return')", name=op.f("ck_open_item_kind")
        ),
        sa.CheckConstraint("amount > 0 AND amount % 100 = 0", name=op.f("ck_open_item_amount")),
        sa.CheckConstraint(
            "applied >= 0 AND applied <= amount AND applied % 100 = 0", name=op.f("ck_open_item_applied")
        ),
        sa.CheckConstraint(
            "billed >= 0 AND billed <= amount AND billed % 100 = 0", name=op.f("ck_open_item_billed")
        ),
        sa.CheckConstraint("is_debt = (due_on IS NOT NULL)", name=op.f("ck_open_item_due_on")),
        sa.ForeignKeyConstraint(["account_id"], ["credit_account.id"], name=op.f("fk_open_item_account_id")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_open_item_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_item")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_open_item_kind_subject_id")),
    )
    op.create_index("ix_open_item_account_id", "open_item", ["account_id", "is_debt", "day"], unique=False)
    op.create_index(
        "ix_open_item_open",
        "open_item",
        ["account_id", "is_debt", "due_on", "id"],
        unique=False,
        sqlite_where=sa.text("applied < amount AND voided_at IS NULL"),
        postgresql_where=sa.text("applied < amount AND voided_at IS NULL"),
    )
    op.create_index("ix_open_item_order_id", "open_item", ["order_id"], unique=False)
    op.create_table(
        "application",
        sa.Column("debt_id", BIG, nullable=False),
        sa.Column("money_id", BIG, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("undoes_id", BIG, nullable=True),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.CheckConstraint("(undoes_id IS NULL) = (amount > 0)", name=op.f("ck_application_undoes")),
        sa.CheckConstraint("amount <> 0 AND amount % 100 = 0", name=op.f("ck_application_amount")),
        sa.ForeignKeyConstraint(["debt_id"], ["open_item.id"], name=op.f("fk_application_debt_id")),
        sa.ForeignKeyConstraint(["money_id"], ["open_item.id"], name=op.f("fk_application_money_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_application_person_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["application.id"], name=op.f("fk_application_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_application_undoes_id")),
    )
    op.create_index("ix_application_debt_id", "application", ["debt_id"], unique=False)
    op.create_index("ix_application_money_id", "application", ["money_id"], unique=False)


def _drop_new_tables() -> None:
    op.drop_index("ix_application_money_id", table_name="application")
    op.drop_index("ix_application_debt_id", table_name="application")
    op.drop_table("application")
    op.drop_index("ix_open_item_order_id", table_name="open_item")
    op.drop_index(
        "ix_open_item_open",
        table_name="open_item",
        sqlite_where=sa.text("applied < amount AND voided_at IS NULL"),
        postgresql_where=sa.text("applied < amount AND voided_at IS NULL"),
    )
    op.drop_index("ix_open_item_account_id", table_name="open_item")
    op.drop_table("open_item")
    op.drop_index("ix_ledger_entry_subject", table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_order_id", table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_account_id", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_table("accounting_period")
    op.drop_table("ledger_seal")


def _old_table() -> None:
    op.create_table(
        "credit_entry",
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", BIG, nullable=False),
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
    op.create_index("ix_credit_entry_order_id", "credit_entry", ["order_id"], unique=False)
    op.create_index("ix_credit_entry_account_id", "credit_entry", ["account_id", "part"], unique=False)
