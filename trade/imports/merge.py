"""Bring rows into a table by sets: read what is there, compare, insert what is new, update what differs."""

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade.db import Base, among, insert_rows
from trade.errors import Refused

NOTHING: Mapping[str, Sequence[str]] = {}
AT_ONCE = 5000  # rows that are compared and written in one round, so that memory stays flat
CHUNK = 2000  # values of one IN list
K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
Values = Mapping[str, Any]
Differing = dict[str, tuple[Any, Any]]  # column → before, after


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that the source has changed since, by its code."""

    noun: str
    code: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What an importer did. `absent` rows of the source are missing in this delivery; they stay as they are."""

    noun: str
    read: int
    inserted: int
    updated: int
    unchanged: int
    absent: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Merged(Generic[K]):
    """The outcome in one table: ids of all wanted rows, which are new, and what differed."""

    ids: dict[K, int]
    new: set[K]
    changed: dict[K, Differing]


@dataclass
class Tally:
    """Adds up what one noun's tables say about its rows, so that a row that lives in three tables counts once."""

    noun: str
    read: int
    absent: int = 0
    new: set[str] = field(default_factory=set)
    changed: dict[str, Differing] = field(default_factory=dict)

    def add(self, merged: Merged[K], code_of: Callable[[K], str], *, derived: Iterable[str] = ()) -> None:
        """Count a table's outcome; `derived` columns follow from others and name no change of their own."""
        hidden = set(derived)
        self.new |= {code_of(key) for key in merged.new}
        for key, differing in merged.changed.items():
            shown = {name: pair for name, pair in differing.items() if name not in hidden}
            if shown:
                self.changed.setdefault(code_of(key), {}).update(shown)

    def result(self, labels: Mapping[str, Mapping[int, str]] | None = None) -> Result:
        """Say it in counts and words; `labels` puts codes in the place of ids."""
        changes = tuple(
            Change(self.noun, code, tuple(_fields(differing, labels or {})))
            for code, differing in sorted(self.changed.items())
            if code not in self.new
        )
        unchanged = self.read - len(self.new) - len(changes)
        return Result(self.noun, self.read, len(self.new), len(changes), unchanged, self.absent, changes)


def merge(
    session: Session,
    model: type[Base],
    wanted: Mapping[K, Values],
    known: Mapping[K, Values],
    *,
    opening: Iterable[str] = (),
    follows: Mapping[str, Sequence[str]] = NOTHING,
) -> Merged[K]:
    """Insert wanted rows that are not known, update known ones that differ.

    `opening` columns are never compared; those that follow another column are written when that one differs. The ids
    of new rows are left to the caller, who knows how to find them again.
    """
    kept = set(opening)
    new = {key for key in wanted if key not in known}
    changed: dict[K, Differing] = {}
    for key, values in wanted.items():
        if key in new:
            continue
        before = known[key]
        differing = {
            name: (before[name], value)
            for name, value in values.items()
            if name not in kept and before[name] != value
        }
        if differing:
            changed[key] = differing
    insert_rows(session, model, [wanted[key] for key in wanted if key in new])
    updates = [
        {"id": known[key]["id"]} | {name: wanted[key][name] for name in _written(differing, follows)}
        for key, differing in changed.items()
    ]
    if updates:
        session.execute(update(model), updates)
    return Merged({key: known[key]["id"] for key in wanted if key not in new}, new, changed)


def merge_by_code(
    session: Session,
    model: Any,
    source: str,
    wanted: Mapping[str, Values],
    *,
    opening: Iterable[str] = (),
    follows: Mapping[str, Sequence[str]] = NOTHING,
) -> Merged[str]:
    """Merge rows that carry `source` and `external_code`; our own `code` must not belong to another row.

    Raises Refused("import.code_taken").
    """
    rows = {key: {**values, "source": source, "external_code": key} for key, values in wanted.items()}
    names = {name for values in wanted.values() for name in values} - set(opening)
    known = known_by_code(session, model, source, wanted, names)
    _refuse_taken(session, model, source, wanted, known)
    merged = merge(
        session, model, rows, known, opening={*opening, "source", "external_code"}, follows=follows
    )
    found = known_by_code(session, model, source, merged.new, ())
    merged.ids.update({key: values["id"] for key, values in found.items()})
    return merged


def known_by_code(
    session: Session, model: Any, source: str, codes: Iterable[str], names: Iterable[str]
) -> dict[str, Values]:
    """By external code, the id and the named columns of the rows that this source brought earlier."""
    columns = [model.external_code, model.id, *(getattr(model, name) for name in sorted(set(names) - {"id"}))]
    known: dict[str, Values] = {}
    for some in chunks(codes):
        query = select(*columns).where(model.source == source, among(session, model.external_code, some))
        known.update({row.external_code: named(row) for row in session.execute(query)})
    return known


def count_absent(session: Session, model: Any, source: str, named: int) -> int:
    """How many rows the source brought earlier and does not name any more; they stay."""
    total = session.scalar(select(func.count()).select_from(model).where(model.source == source)) or 0
    return int(total) - named


def ids_by(session: Session, model: Any, column: Any, wanted: Iterable[str], noun: str) -> dict[str, int]:
    """Ids by our code. Raises Refused("import.unknown") when one does not exist."""
    codes = set(wanted)
    found: dict[str, int] = {}
    for some in chunks(codes):
        found.update(
            {
                code: row_id
                for code, row_id in session.execute(
                    select(column, model.id).where(among(session, column, some))
                )
            }
        )
    if missing := codes - set(found):
        raise Refused("import.unknown", noun=noun, codes=sorted(missing)[:20])
    return found


def named(row: Any) -> Values:
    """A row by the names of its columns."""
    return cast(Values, row._mapping)


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Pieces that fit a statement's parameters."""
    everything = list(values)
    for at in range(0, len(everything), size):
        yield everything[at : at + size]


def facts_text(facts: Mapping[str, object]) -> str | None:
    """Facts as JSON whose keys are sorted, so that equal facts are equal text; None for none."""
    if not facts:
        return None
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _written(differing: Differing, follows: Mapping[str, Sequence[str]]) -> set[str]:
    return {*differing, *(name for column in differing for name in follows.get(column, ()))}


def _refuse_taken(
    session: Session, model: Any, source: str, wanted: Mapping[str, Values], known: Mapping[str, Values]
) -> None:
    name = "code" if hasattr(model, "code") else "number" if hasattr(model, "number") else None
    if name is None:
        return
    owners = {
        values[name]: key
        for key, values in wanted.items()
        if key not in known or known[key].get(name, values[name]) != values[name]
    }
    column = getattr(model, name)
    for some in chunks(owners):
        query = select(column, model.source, model.external_code).where(among(session, column, some))
        taken = [code for code, *owner in session.execute(query) if owner != [source, owners[code]]]
        if taken:
            raise Refused("import.code_taken", noun=model.__tablename__, codes=sorted(taken)[:20])


def _fields(differing: Differing, labels: Mapping[str, Mapping[int, str]]) -> Iterator[FieldChange]:
    for name, (before, after) in sorted(differing.items()):
        if name == "source_facts":
            yield from _fact_fields(before, after)
        elif name in labels:
            label = labels[name]
            yield FieldChange(name.removesuffix("_id"), label.get(before), label.get(after))
        else:
            yield FieldChange(name, _plain(before), _plain(after))


def _fact_fields(before: str | None, after: str | None) -> Iterator[FieldChange]:
    old, new = _flat(json.loads(before or "{}")), _flat(json.loads(after or "{}"))
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield FieldChange(name, old.get(name), new.get(name))


def _flat(facts: Mapping[str, Any], prefix: str = "") -> dict[str, str | None]:
    flat: dict[str, str | None] = {}
    for name, value in facts.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = _plain(value)
    return flat


def _plain(value: object) -> str | None:
    if value is None:
        return None
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
