"""From one kind of database to the other: every row as text, table after table, then the counters."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, text

from ops import schema
from ops.backup import databases, tables
from ops.backup.archive import Beat
from ops.backup.places import Failed, engine_of
from ops.backup.tables import Shape

AT_ONCE = 1000
UNESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def into_postgresql(file: Path, revision: str, url: URL, beat: Beat) -> None:
    """Copy a SQLite file into an empty PostgreSQL database, all of it or nothing."""
    source, target = engine_of(URL.create("sqlite", database=str(file))), engine_of(url)
    schema.upgrade(target, revision)
    try:
        with source.connect() as reader, target.begin() as writer:
            there = {each.name: each for each in tables.shapes(writer)}
            for shape in _ordered(tables.shapes(reader), there):
                _copy(reader, writer, shape, beat)
            _set_counters(writer, list(there.values()))
    except BaseException:
        schema.downgrade(target)
        raise


def _copy(reader: Connection, writer: Connection, shape: Shape, beat: Beat) -> None:
    """One COPY for a whole table, so that rows may refer to later rows of it."""
    names = sql.SQL(", ").join(map(sql.Identifier, shape.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(shape.name), names)
    driver: Any = writer.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for some in tables.rows(reader, shape):
                for row in some:
                    copy.write_row(row)
                beat()
    except psycopg.Error as error:
        raise Failed(f"{shape.name}: {error}") from error


def _set_counters(writer: Connection, shapes: list[Shape]) -> None:
    """Let new rows be numbered after those that came."""
    for shape in shapes:
        if list(shape.key) != ["id"]:
            continue
        found = writer.scalar(
            text("SELECT pg_get_serial_sequence(:table, 'id')"), {"table": f'"{shape.name}"'}
        )
        if found:
            last = f'SELECT setval(:counter, coalesce(max(id), 0) + 1, false) FROM "{shape.name}"'
            writer.execute(text(last), {"counter": found})


def into_sqlite(dump: Path, revision: str, file: Path, beat: Beat) -> None:
    """Copy a PostgreSQL dump into a new SQLite file, without a server."""
    engine: Engine = engine_of(URL.create("sqlite", database=str(file)))
    schema.upgrade(engine, revision)
    process = databases.as_script(dump)
    assert process.stdout is not None
    try:
        with engine.connect() as writer:
            driver: Any = writer.connection.driver_connection
            shapes = {each.name: each for each in tables.shapes(writer)}
            writer.rollback()
            driver.isolation_level = None
            driver.execute("PRAGMA foreign_keys=OFF")
            driver.execute("BEGIN IMMEDIATE")
            lines = iter(process.stdout)
            for name, columns in _blocks(lines):
                _fill(driver, shapes, name, columns, lines, beat)
            driver.execute("COMMIT")
        _, told = process.communicate()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode:
        raise Failed(f"pg_restore: {told.strip()[-1000:]}")


def _blocks(lines: Iterator[str]) -> Iterator[tuple[str, list[str]]]:
    """The table and the columns of each COPY; whoever asks has read its rows."""
    for line in lines:
        if line.startswith("COPY public.") and line.endswith(") FROM stdin;\n"):
            name, _, columns = (
                line.removeprefix("COPY public.").removesuffix(") FROM stdin;\n").partition(" (")
            )
            yield name.strip('"'), [each.strip('"') for each in columns.split(", ")]


def _fill(
    driver: Any, shapes: Mapping[str, Shape], name: str, columns: list[str], lines: Iterator[str], beat: Beat
) -> None:
    shape = shapes.get(name)
    if shape is None and name == tables.VERSION:
        for line in lines:
            if line == "\\.\n":
                return
    if shape is None or set(columns) - set(shape.columns):
        raise Failed(f"the table {name} of the backup is not one of its revision's")
    kinds = [shape.columns[each] for each in columns]
    into = ", ".join(f'"{each}"' for each in columns)
    statement = f'INSERT INTO "{name}" ({into}) VALUES ({", ".join("?" * len(columns))})'
    some: list[list[Any]] = []
    for line in lines:
        if line == "\\.\n":
            break
        cells = line[:-1].split("\t")
        some.append([_cell(text, kind) for text, kind in zip(cells, kinds, strict=True)])
        if len(some) == AT_ONCE:
            driver.executemany(statement, some)
            some = []
            beat()
    driver.executemany(statement, some)


def _cell(written: str, kind: str) -> Any:
    """A cell of COPY's text as SQLite keeps it."""
    if written == r"\N":
        return None
    if kind == "number":
        return int(written)
    if kind == "flag":
        return int(written == "t")
    if kind == "moment":
        return tables.moment(written)
    return unescaped(written)


def unescaped(written: str) -> str:
    """Undo the backslashes of COPY's text format."""
    if "\\" not in written:
        return written
    parts = written.split("\\")
    out = [parts[0]]
    is_literal = False
    for part in parts[1:]:
        if is_literal:
            out.append(part)
            is_literal = False
        elif part == "":
            out.append("\\")
            is_literal = True
        else:
            out.append(UNESCAPED.get(part[0], part[0]) + part[1:])
    return "".join(out)


def _ordered(shapes: list[Shape], there: Mapping[str, Shape]) -> list[Shape]:
    """The source's tables and columns in the order of the target's references. Raises Failed."""
    found = {each.name: each for each in shapes}
    for name, shape in found.items():
        if name not in there or set(shape.columns) - set(there[name].columns):
            raise Failed(f"the table {name} of the backup is not one of its revision's")
    return [found[name] for name in there if name in found]
