"""Rows as both databases would write them down: counted, summed, and carried from one kind to the other."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Date, DateTime, Integer, inspect

from ops.backup.archive import Beat, Counted

VERSION = "alembic_version"
AT_ONCE = 1000
Cells = tuple[Any, ...]
MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"""
_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


@dataclass(frozen=True)
class Shape:
    """A table as the database itself describes it, whatever program made it; without what it computes itself."""

    name: str
    columns: Mapping[str, str]  # name: moment, day, flag, number or text
    key: Sequence[str]
    refers: frozenset[str]  # to other tables


def shapes(connection: Connection) -> list[Shape]:
    """Every table but Alembic's own, each after those to which it refers."""
    inspector = inspect(connection)
    keys, references = inspector.get_multi_pk_constraint(), inspector.get_multi_foreign_keys()
    found = {}
    for table, given in inspector.get_multi_columns().items():
        name = table[1]
        columns = {each["name"]: _kind(each["type"]) for each in given if "computed" not in each}
        key = keys[table]["constrained_columns"] if table in keys else []
        refers = {each["referred_table"] for each in references.get(table, ())} - {name}
        found[name] = Shape(name, columns, key or list(columns), frozenset(refers))
    found.pop(VERSION, None)
    ordered: list[Shape] = []
    while len(ordered) < len(found):
        done = {each.name for each in ordered}
        ready = sorted(set(found) - done, key=str)
        free = [name for name in ready if found[name].refers <= done]
        if not free:
            raise ValueError(f"these tables refer to each other in a circle: {', '.join(ready)}")
        ordered += [found[name] for name in free]
    return ordered


def rows(connection: Connection, shape: Shape) -> Iterator[Sequence[Cells]]:
    """All rows in the order of their key, some at once: numbers as such, the rest as SQLite writes it."""
    is_sqlite = connection.dialect.name == "sqlite"
    quote = connection.dialect.identifier_preparer.quote
    wanted = [
        quote(name) if is_sqlite else _written(quote(name), kind) for name, kind in shape.columns.items()
    ]
    by = [
        quote(name) if is_sqlite or shape.columns[name] != "text" else f'{quote(name)} COLLATE "C"'
        for name in shape.key
    ]
    statement = f"SELECT {', '.join(wanted)} FROM {quote(shape.name)} ORDER BY {', '.join(by)}"
    streaming = connection.execution_options(stream_results=True, max_row_buffer=AT_ONCE)
    result = streaming.exec_driver_sql(statement)
    while some := result.fetchmany(AT_ONCE):
        yield [tuple(each) for each in some]
    result.close()


def count(connection: Connection, beat: Beat) -> dict[str, Counted]:
    """The number and the sum of the rows of each table, the same on both databases for the same rows."""
    found = {}
    for shape in sorted(shapes(connection), key=lambda each: each.name):
        total, digest = 0, hashlib.sha256()
        for some in rows(connection, Shape(shape.name, _sorted(shape.columns), shape.key, shape.refers)):
            total += len(some)
            digest.update(_encode(some)[1:-1].encode() + b"\n")
            beat()
        found[shape.name] = Counted(total, digest.hexdigest())
    return found


def differences(wanted: Mapping[str, Counted], found: Mapping[str, Counted]) -> list[str]:
    """Which tables are not what was backed up, in words."""
    told = []
    for name in sorted(wanted.keys() | found.keys()):
        before, after = wanted.get(name), found.get(name)
        if before == after:
            continue
        had, has = before.rows if before else "no table", after.rows if after else "no table"
        told.append(
            f"{name}: {had} rows were backed up, {has} are there" if had != has else f"{name}: rows differ"
        )
    return told


def moment(text: str) -> str:
    """A moment as PostgreSQL writes it in COPY, as SQLite keeps it: UTC to the microsecond."""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _sorted(columns: Mapping[str, str]) -> dict[str, str]:
    """By name, since a later migration adds a column at different places."""
    return dict(sorted(columns.items()))


def _kind(type_: Any) -> str:
    kinds = ((DateTime, "moment"), (Date, "day"), (Boolean, "flag"), (Integer, "number"))
    return next((kind for known, kind in kinds if isinstance(type_, known)), "text")


def _written(column: str, kind: str) -> str:
    if kind == "moment":
        return MOMENT.format(column)
    if kind == "flag":
        return f"{column}::int"
    return column if kind == "number" else f"{column}::text"
