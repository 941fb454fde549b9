"""Rows of an upload: read cell by cell, judged one by one, each with what it would do."""

import difflib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import String, func, select
from sqlalchemy.orm import Session

from trade.db import among
from trade.distributors.models import Distributor
from trade.imports.merge import chunks
from trade.imports.problems import Bad
from trade.imports.uploads_files import Table
from trade.imports.uploads_shape import Kind

NEW, CHANGED, SAME = "new", "changed", "same"
MOST_GUESSES = 100  # unknown words for which a neighbour is looked for


class Flaw(NamedTuple):
    """What is wrong with a cell, or with the row where `field` is empty; `hint` is what may have been meant."""

    field: str
    code: str
    value: str = ""
    hint: str = ""


class Difference(NamedTuple):
    field: str
    before: str
    after: str


@dataclass(slots=True)
class Line:
    """A row: its values by field, None where the cell is empty, and, once judged, what it would do."""

    number: int
    cells: Sequence[str]
    values: dict[str, Any]
    flaws: tuple[Flaw, ...] = ()
    name: str = ""
    deed: str = ""
    changes: tuple[Difference, ...] = ()
    payload: Any = None  # what its kind prepared to write

    @property
    def is_good(self) -> bool:
        return not self.flaws

    def afresh(self) -> "Line":
        """The row as it was read, to be judged again."""
        return Line(self.number, self.cells, dict(self.values), self.flaws)

    def blame(self, name: str, code: str, value: object = "", hint: str = "") -> None:
        self.flaws = (*self.flaws, Flaw(name, code, str(value)[:60], hint))

    def become(self, deed: str, changes: Iterable[Difference] = ()) -> None:
        self.deed, self.changes = deed, tuple(changes)


def number_of(line: Line) -> object:
    """What groups rows that stand for themselves."""
    return line.number


@dataclass(frozen=True)
class Choices:
    """What is said once for the whole file."""

    price_list_id: int | None = None
    warehouse_id: int | None = None
    as_of: str = ""  # ISO instant of a count
    publish_on: str = ""  # ISO day from which prices hold; empty: they wait in the draft
    reason: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Choices":
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if kept.get(name) is not None})


def read_lines(kind: Kind, table: Table, mapping: Mapping[str, str]) -> list[Line]:
    """Read every row by the mapping; a key that stands twice is blamed on the later row."""
    places = [
        (each, lru_cache(1024)(each.read), table.headings.index(mapping[each.key]))
        for each in kind.fields
        if mapping.get(each.key) in table.headings
    ]
    lines = []
    for number, cells in table.rows:
        line = Line(number, cells, {})
        for each, read, at in places:
            cell = cells[at].strip()
            line.values[each.key] = None
            if not cell:
                if each.is_needed:
                    line.blame(each.key, "cell.empty")
                continue
            try:
                line.values[each.key] = read(cell)
            except Bad as bad:
                line.blame(each.key, bad.code, cell)
        lines.append(line)
    return lines


def blame_repeats(lines: Iterable[Line], key: Callable[[Line], object], name: str) -> None:
    """Blame every row whose key stood in an earlier one."""
    seen: dict[object, int] = {}
    for line in lines:
        wanted = key(line)
        if wanted is None:
            continue
        if wanted in seen:
            line.blame(name, "cell.duplicate", line.values.get(name) or "", str(seen[wanted]))
        else:
            seen[wanted] = line.number


@dataclass
class Names:
    """Words that stand for rows: our code or name, whatever the case; and for others the nearest we know."""

    ids: dict[str, int]
    shown: dict[int, str]
    ambiguous: set[str] = field(default_factory=set)
    _hints: dict[str, str] = field(default_factory=dict)

    def find(self, word: str | None) -> int | None:
        return self.ids.get(word.strip().casefold()) if word else None

    def resolve(self, line: Line, name: str) -> int | None:
        """The row that a cell names; blame the cell when there is none, or more than one."""
        word = line.values.get(name)
        if not word:
            return None
        if word.strip().casefold() in self.ambiguous:
            line.blame(name, "cell.ambiguous", word)
            return None
        found = self.find(word)
        if found is None:
            line.blame(name, "cell.unknown", word, self.near(word))
        return found

    def near(self, word: str) -> str:
        folded = word.strip().casefold()
        if folded not in self._hints and len(self._hints) < MOST_GUESSES:
            cutoff = 0.6 if len(folded) > 3 else 0.5
            close = difflib.get_close_matches(folded, list(self.ids)[:20_000], 1, cutoff)
            self._hints[folded] = self.shown.get(self.ids[close[0]], close[0]) if close else ""
        return self._hints.get(folded, "")


def names_of(session: Session, model: Any, *, by_name: bool = True) -> Names:
    """Every row of a short list that is in use, by code and by name."""
    rows = session.execute(
        select(model.id, model.code, model.name).where(model.archived_at.is_(None)).order_by(model.id)
    ).all()
    return named((row_id, code, name if by_name else "") for row_id, code, name in rows)


def named(rows: Iterable[tuple[int, str, str]]) -> Names:
    """Names out of (id, code, name); codes go first, a name that two share stands for neither."""
    ids: dict[str, int] = {}
    shown: dict[int, str] = {}
    by_name: dict[str, set[int]] = {}
    for row_id, code, name in rows:
        if code:
            ids[code.casefold()] = row_id
        if name:
            by_name.setdefault(name.strip().casefold(), set()).add(row_id)
        shown[row_id] = name or code
    for name, owners in by_name.items():
        if len(owners) == 1:
            ids.setdefault(name, next(iter(owners)))
    doubtful = {name for name, owners in by_name.items() if len(owners) > 1 and name not in ids}
    return Names(ids, shown, doubtful)


def rows_by(session: Session, columns: Sequence[Any], column: Any, wanted: Iterable[Any]) -> list[Any]:
    """Rows whose column has one of the wanted values, piece by piece."""
    values = sorted({each for each in wanted if each is not None})
    return [
        row
        for some in chunks(values)
        for row in session.execute(select(*columns).where(among(session, column, some)))
    ]


def companies_by(session: Session, columns: Sequence[Any], lines: Iterable[Line]) -> dict[str, Any]:
    """The distributors that lines name, by their code in the spelling of `numbers.company`."""
    codes = {line.values.get("distributor") for line in lines}
    found = rows_by(session, columns, func.upper(Distributor.code, type_=String), codes)
    return {row.code.upper(): row for row in found}


def difference(name: str, before: object, after: object) -> Difference:
    return Difference(name, spelled(before), spelled(after))


def spelled(value: object) -> str:
    """A value as plain text; the page turns it into words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def counted(lines: Sequence[Line]) -> dict[str, int]:
    """How many rows would be new, changed, the same; and how many are bad."""
    deeds = Counter(line.deed for line in lines if line.is_good)
    return {
        "read": len(lines),
        "new": deeds[NEW],
        "changed": deeds[CHANGED],
        "same": deeds[SAME],
        "bad": sum(1 for line in lines if line.flaws),
    }


def fingerprint(lines: Iterable[Line]) -> str:
    """What was found, in a word: if it is another at writing, the world has changed since the check."""
    digest = hashlib.sha256()
    for line in lines:
        told = (line.number, line.name, line.deed, [tuple(each) for each in line.changes])
        digest.update(repr((told, [flaw[:2] for flaw in line.flaws])).encode())
    return digest.hexdigest()
