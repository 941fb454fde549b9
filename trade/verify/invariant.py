"""One promise that the rows can prove, and how a breach of it is told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Breach:
    """A row that breaks a promise: `subject` names the table, `row` the id, `says` what is wrong."""

    subject: str
    row: int | str
    says: str

    def __str__(self) -> str:
        return f"{self.subject} {self.row}: {self.says}"


Find = Callable[[Session], Iterable[Breach]]


@dataclass(frozen=True)
class Invariant:
    """A promise in words and the question that finds its breaches; reads only."""

    name: str
    promise: str
    find: Find


def by_sql(name: str, promise: str, subject: str, statement: str) -> Invariant:
    """An invariant whose statement gives id, what was found, what was expected; both databases understand it."""
    return Invariant(name, promise, _finder(subject, statement, str))


def by_sql_in_money(name: str, promise: str, subject: str, statement: str) -> Invariant:
    """The same where found and expected are amounts: 1/10000 in the database, yuan in the breach."""
    return Invariant(name, promise, _finder(subject, statement, _in_money))


def _finder(subject: str, statement: str, spell: Callable[[object], str]) -> Find:
    def find(session: Session) -> list[Breach]:
        rows = session.execute(text(statement))
        return [
            Breach(subject, row, f"found {spell(found)}, expected {spell(wanted)}")
            for row, found, wanted in rows
        ]

    return find


def _in_money(value: object) -> str:
    return "nothing" if value is None else f"{Decimal(str(value)).scaleb(-4):f}"
