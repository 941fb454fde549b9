"""Which rows of a long list, in which order: keys instead of counts, so that none is lost or shown twice while others work."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 50
LONGEST_CURSOR = 400
WHOLE = re.compile(r"-?[0-9]{1,18}")
AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?")
Row = TypeVar("Row")
Told = TypeVar("Told")
Expression = ColumnElement[Any] | InstrumentedAttribute[Any]
Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Sort:
    """What rows may be ordered by; text is a sort key or a code. `kind`: text, whole, money, day, instant."""

    expression: Expression
    kind: str = "text"
    is_nullable: bool = False  # rows without a value come last, whichever the direction
    is_latest_first: bool = False  # of equals, whichever the direction


@dataclass(frozen=True)
class Window:
    """What an address asks for: `sort` is a key of the list's sorts, with a minus for the largest first."""

    sort: str = ""
    after: str = ""  # cursor of the row before the first one wanted
    before: str = ""  # or of the row behind the last one
    size: int = PAGE


FIRST = Window()


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    after: str = ""  # cursor of the next page, "" on the last
    before: str = ""  # cursor of the page before, "" on the first
    start: int = 0  # how many rows come before the first one

    def of(self, rows: Sequence[Told]) -> "Page[Told]":
        """The same place in the list with other rows, one for each."""
        return Page(rows, self.after, self.before, self.start)


@dataclass(frozen=True)
class Totals:
    """How many rows match, and by column the sums of all of them: per currency, or ("", sum) of a count."""

    count: int
    sums: Mapping[str, Sequence[tuple[str, Any]]] = field(default_factory=dict)
    is_cut: bool = False  # there are more than `count`, and nobody summed them


@dataclass(frozen=True)
class _Cursor:
    start: int
    key: int
    value: Any


def page_of(
    session: Session,
    query: Query,
    window: Window,
    sorts: Mapping[str, Sort],
    key: InstrumentedAttribute[int],
    default: str,
) -> Page[tuple[Any, ...]]:
    """A page of what the query finds, in one statement; `key` is unique and decides between equals.

    An order that is not among `sorts` and a cursor that makes no sense are as if they had not been said.
    """
    wanted = window.sort if window.sort.removeprefix("-") in sorts else default
    sort, is_down = sorts[wanted.removeprefix("-")], wanted.startswith("-")
    is_back = bool(window.before)
    cursor = _read(window.before if is_back else window.after, sort.kind)
    is_back = is_back and cursor is not None
    query = query.add_columns(sort.expression.label("sorted_by"), key.label("row_key"))
    if cursor is not None:
        query = query.where(_beyond(sort, key, cursor, is_down=is_down != is_back, is_back=is_back))
    query = query.order_by(*_order(sort, key, is_down=is_down != is_back, is_back=is_back))
    found = [tuple(row) for row in session.execute(query.limit(window.size + 1))]
    return _cut(found, window.size, cursor, sort.kind, is_back=is_back)


def all_of(find: Callable[[Window], Page[Row]], sort: str, most: int, size: int = 2000) -> Iterator[Row]:
    """Every row up to `most`, page by page, so that a long list is never in memory as a whole."""
    window, left = Window(sort, size=size), most
    while left > 0:
        page = find(replace(window, size=min(size, left)))
        yield from page.rows
        left -= len(page.rows)
        if not page.after:
            return
        window = replace(window, after=page.after)


def _cut(
    found: list[tuple[Any, ...]], size: int, cursor: _Cursor | None, kind: str, *, is_back: bool
) -> Page[tuple[Any, ...]]:
    has_more, rows = len(found) > size, found[:size]
    start = cursor.start if cursor else 0
    if is_back:
        rows.reverse()
        start = max(start - len(rows), 1) if has_more else 0
    plain = [row[:-2] for row in rows]
    if not rows:
        return Page(plain)
    is_after = is_back or has_more
    is_before = has_more if is_back else cursor is not None
    return Page(
        plain,
        _written(start + len(rows), rows[-1], kind) if is_after else "",
        _written(start, rows[0], kind) if is_before else "",
        start,
    )


def _order(
    sort: Sort, key: InstrumentedAttribute[int], *, is_down: bool, is_back: bool
) -> list[ColumnElement[Any]]:
    by: list[ColumnElement[Any]] = []
    if sort.is_nullable:
        missing = sort.expression.is_(None)
        by.append(missing.desc() if is_back else missing.asc())
    if sort.expression is not key:
        by.append(sort.expression.desc() if is_down else sort.expression.asc())
    is_falling = not is_back if sort.is_latest_first else is_down
    return [*by, key.desc() if is_falling else key.asc()]


def _beyond(
    sort: Sort, key: InstrumentedAttribute[int], cursor: _Cursor, *, is_down: bool, is_back: bool
) -> ColumnElement[bool]:
    """The rows behind the cursor in the direction of reading."""
    column = sort.expression
    is_falling = not is_back if sort.is_latest_first else is_down
    tie = key < cursor.key if is_falling else key > cursor.key
    if column is key:
        return tie
    if cursor.value is None:
        same = and_(column.is_(None), tie)
        return or_(same, column.is_not(None)) if is_back else same
    later = column < cursor.value if is_down else column > cursor.value
    reached = column <= cursor.value if is_down else column >= cursor.value  # an index begins here
    found = and_(reached, or_(later, tie))
    return or_(found, column.is_(None)) if sort.is_nullable and not is_back else found


def _written(start: int, row: tuple[Any, ...], kind: str) -> str:
    value, key = row[-2:]
    if value is None:
        return f"{start}.{key}."
    return f"{start}.{key}.={value.isoformat() if kind in {'day', 'instant'} else value}"


def _read(text: str, kind: str) -> _Cursor | None:
    """What a cursor says, or None for nonsense: an address line is typed by anybody."""
    start, _, rest = text[:LONGEST_CURSOR].partition(".")
    key, _, value = rest.partition(".")
    if not (_is_count(start, 9) and _is_count(key, 18)):
        return None
    if not value:
        return _Cursor(int(start), int(key), None)
    try:
        return _Cursor(int(start), int(key), _value(value.removeprefix("="), kind))
    except ValueError:
        return None


def _is_count(text: str, longest: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= longest


def _value(text: str, kind: str) -> Any:
    if kind == "whole" and WHOLE.fullmatch(text):
        return int(text)
    if kind == "money" and AMOUNT.fullmatch(text):
        return Decimal(text)
    if kind == "day":
        return date.fromisoformat(text)
    if kind == "instant":
        found = datetime.fromisoformat(text)
        if found.tzinfo is None or not 1900 <= found.year <= 2199:
            raise ValueError(text)
        return found.astimezone(UTC)
    if kind == "text" and all(mark.isprintable() for mark in text):
        return text
    raise ValueError(text)
