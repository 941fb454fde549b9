"""The database's own guards: they stand, and what they guard is so."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import (
    String,
    Table,
    TextClause,
    UniqueConstraint,
    cast,
    func,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from trade import schema
from trade.verify.invariant import Breach, Invariant

APPEND_ONLY = (
    "ledger_entry",
    "ledger_seal",
    "application",
    "stock_movement",
    "order_event",
    "audit_entry",
    "approval_decision",
    "credit_decision",
    "return_event",
    "statement_line",
    "statement_event",
    "dispute_remark",
    "broadcast_recipient",
    "broadcast_read",
    "broadcast_acknowledgement",
    "broadcast_reminder",
    "broadcast_event",
    "library_file",
    "library_download",
    "registration_event",
    "registration_decision",
    "registration_follow_up",
    "opportunity_event",
    "quotation",
    "quotation_line",
    "quotation_order",
)
ON_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
ON_POSTGRESQL = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"


def _unguarded(session: Session) -> Iterator[Breach]:
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    standing = set(session.scalars(text(ON_SQLITE if on_sqlite else ON_POSTGRESQL)))
    deeds = ("update", "delete") if on_sqlite else ("update", "delete", "truncate")
    for table in APPEND_ONLY:
        for deed in deeds:
            if f"{table}_refuses_{deed}" not in standing:
                yield Breach(table, f"{table}_refuses_{deed}", "the trigger is missing or switched off")


def _doubled(session: Session) -> Iterator[Breach]:
    """Count every natural key that the models call unique, whatever the database's index says."""
    for table, question in _questions(_twice):
        for row_id, count, columns in session.execute(question):
            yield Breach(table, row_id, f"one of {count} with the same {columns}")


def _dangling(session: Session) -> Iterator[Breach]:
    """Follow every reference; foreign keys can be switched off by whoever restores a backup."""
    for table, question in _questions(_lost):
        for row_id, value, column, target in session.execute(question):
            yield Breach(table, row_id, f"{column} {value} is no {target}")


@cache
def _questions(ask: Callable[[Table], list[Any]]) -> list[tuple[str, TextClause]]:
    """What is asked of each table, in one statement for all of its columns; there are hundreds, so they are kept."""
    asked = ((table.name, ask(table)) for table in schema.metadata.sorted_tables)
    return [(name, text(str(union_all(*parts).order_by(text("1"))))) for name, parts in asked if parts]


def _twice(table: Table) -> list[Any]:
    return [
        select(func.max(table.c.id), func.count(), literal_column(f"'{', '.join(columns)}'"))
        .where(*(table.c[name].is_not(None) for name in columns))
        .group_by(*(table.c[name] for name in columns))
        .having(func.count() > literal_column("1"))
        for columns in _keys(table)
    ]


def _lost(table: Table) -> list[Any]:
    found: list[Any] = []
    for column in table.c:
        for key in column.foreign_keys:
            target = key.column.table.alias()
            names = [f"'{column.name}'", f"'{key.column.table.name}'"]
            found.append(
                select(table.c.id, cast(column, String), *map(literal_column, names))
                .outerjoin(target, target.c[key.column.name] == column)
                .where(column.is_not(None), target.c.id.is_(None))
            )
    return found


def _keys(table: Table) -> list[tuple[str, ...]]:
    return sorted(
        tuple(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    )


INVARIANTS = (
    Invariant(
        "table.append_only",
        "triggers refuse to change or delete rows of " + ", ".join(APPEND_ONLY),
        _unguarded,
    ),
    Invariant("table.unique", "no two rows share what is unique", _doubled),
    Invariant("table.references", "no row refers to one that is not there", _dangling),
)
