"""How a breach is planted: by raw SQL, behind the back of every guard."""

from dataclasses import dataclass

from sqlalchemy import Connection, create_engine, text

from trade import db


@dataclass(frozen=True)
class Plant:
    """What is done to which tables, whose guards are taken away first, and how the breach must be named."""

    name: str
    named: str
    statement: str
    unguarded: tuple[str, ...] = ()


def plant(url: str, planted: Plant) -> None:
    """Do the deed in a database whose foreign keys are off."""
    engine = create_engine(db.psycopg_url(url))
    with engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        off = "PRAGMA foreign_keys=OFF" if on_sqlite else "SET session_replication_role = replica"
        connection.execute(text(off))
        for table in planted.unguarded:
            (_bare_sqlite if on_sqlite else _bare_postgresql)(connection, table)
        for statement in planted.statement.split(";"):
            if connection.execute(text(statement)).rowcount == 0:
                raise AssertionError(f"nothing was planted by {statement}")
        connection.commit()
    engine.dispose()


def _bare_sqlite(connection: Connection, table: str) -> None:
    """Put a copy in place of the table: SQLite's constraints cannot be dropped, and a copy has none."""
    for statement in (
        f"CREATE TABLE bare AS SELECT * FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE bare RENAME TO {table}",
    ):
        connection.execute(text(statement))


def _bare_postgresql(connection: Connection, table: str) -> None:
    constraints = text(
        "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:t AS regclass) AND contype IN ('c', 'u', 'p')"
    )
    for name in connection.scalars(constraints, {"t": table}).all():
        connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"))
    indexes = text("SELECT indexname FROM pg_indexes WHERE tablename = :t AND indexname LIKE 'uq_%'")
    for name in connection.scalars(indexes, {"t": table}).all():
        connection.execute(text(f"DROP INDEX {name}"))
    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
