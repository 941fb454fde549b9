"""Somebody with the database's password changes the books, its triggers off: each column, and a row out."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, text

from trade import db
from trade.books import seals

FAR = 1_000_000
OTHER = "CASE WHEN debit IN ('bank', {0}) OR credit IN ('bank', {0}) THEN 'returns' ELSE 'bank' END"
CHANGES = {
    "account_id": "account_id + 1",
    "source": "source || '-x'",
    "line_no": f"line_no + {FAR}",
    "kind": "'other'",
    "debit": OTHER.format("debit"),
    "credit": OTHER.format("credit"),
    "amount": "amount + 100",
    "subject": "'other'",
    "subject_id": "subject_id + 1",
    "order_id": "COALESCE(order_id, 0) + 1",
    "day": "'2001-01-01'",
    "booked_on": "'2001-01-01'",
    "reverses_id": f"{FAR}",
    "at": "'2001-01-01 00:00:00+00:00'",
}
DEEDS = {
    **{f"UPDATE {column}": f"UPDATE ledger_entry SET {column} = {to} WHERE id = :id" for column, to in CHANGES.items()},
    "UPDATE id": f"UPDATE ledger_entry SET id = {FAR} + id WHERE id = :id",
    "DELETE": "DELETE FROM ledger_entry WHERE id = :id",
}  # fmt: skip
Says = set[tuple[int | None, str]]


def tampered(url: str, entry_id: int) -> dict[str, Says]:
    """By deed, what the seals say of it: the entry, and what became of it; each deed is undone before the next."""
    found = {}
    engine = create_engine(db.psycopg_url(url))
    for name, deed in DEEDS.items():
        with engine.connect() as connection, _unguarded(connection), _undone(connection, entry_id):
            if connection.execute(text(deed), {"id": entry_id}).rowcount != 1:
                raise AssertionError(f"nothing was changed by {deed}")
            connection.commit()
            found[name] = said(url)
    engine.dispose()
    return found


def said(url: str) -> Says:
    """What the seals say now."""
    engine = db.connect(url)
    with db.read() as session:
        told = {(each.entry_id, each.says.partition(" seal")[0]) for each in seals.broken(session)}
    engine.dispose()
    return told


@contextmanager
def _unguarded(connection: Connection) -> Iterator[None]:
    """No trigger and no foreign key looks at this connection."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET session_replication_role = replica"))
        yield
        connection.execute(text("SET session_replication_role = DEFAULT"))
        connection.commit()
        return
    connection.execute(text("PRAGMA foreign_keys=OFF"))
    of_it = "FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entry'"
    triggers = connection.execute(text(f"SELECT name, sql {of_it}")).all()
    for name, _sql in triggers:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _name, sql in triggers:
        connection.execute(text(sql))
    connection.commit()


@contextmanager
def _undone(connection: Connection, entry_id: int) -> Iterator[None]:
    """The row as it was before, once it has been looked at."""
    at = {"id": entry_id, "far": FAR + entry_id}
    whole = connection.execute(text("SELECT * FROM ledger_entry WHERE id = :id"), at).mappings().one()
    yield
    connection.execute(text("DELETE FROM ledger_entry WHERE id IN (:id, :far)"), at)
    names = ", ".join(f":{name}" for name in whole)
    connection.execute(text(f"INSERT INTO ledger_entry ({', '.join(whole)}) VALUES ({names})"), dict(whole))
    connection.commit()
