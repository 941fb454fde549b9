"""Every form of the application, filled in as somebody would who may send it, to be filled in worse."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask import Flask, Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import TestResponse

from tests.house import access_world
from tests.house.access_walk import Site, rows
from trade.db import Base
from web import forms

Rows = Mapping[str, list[Any]]
COLUMNS = sorted({column.name for table in Base.metadata.tables.values() for column in table.columns})
# What a page must never take from whoever fills it in on the distributors' side.
THE_BRANDS = {
    *("price", "unit_price", "unit_cost", "net", "gross", "tax", "total", "discount", "rate", "amount"),
    *("tier_id", "tier", "distributor_id", "distributor", "person_id", "buyer_id", "rep_id", "role_id"),
    *("approval_state", "state", "is_active", "is_archived", "permission", "credit_limit", "id"),
}


class Asked(ImmutableMultiDict[str, str]):
    """A form that remembers which names the program asked for: those are its fields, and no others are."""

    names: ClassVar[set[str]] = set()
    values: ClassVar[set[str]] = set()  # of which the value was read, not only whether they are there

    def __getitem__(self, key: str) -> str:
        self.names.add(key)
        self.values.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *rest: Any, **named: Any) -> Any:
        self.names.add(key)
        self.values.add(key)
        return super().get(key, *rest, **named)

    def getlist(self, key: str, *rest: Any, **named: Any) -> list[Any]:
        self.names.add(key)
        self.values.add(key)
        return super().getlist(key, *rest, **named)


class Remembering(Request):
    parameter_storage_class = Asked


def remember(app: Flask) -> None:
    """Let the application's forms tell what they were asked for."""
    app.request_class = Remembering


@dataclass
class Deed:
    """One form as its first allowed person sends it, and what the program reads of it."""

    key: str
    who: str
    path: str
    given: dict[str, Any]
    status: int = 0
    asked: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)  # of which the value counts
    removed: set[str] = field(default_factory=set)  # that a view took out of its form
    figures: set[str] = field(default_factory=set)
    texts: dict[str, int] = field(default_factory=dict)  # name → how much fits

    def send(self, site: Site, **other: Any) -> TestResponse:
        """Send it with some fields changed or added."""
        return site.ask(self.who, "POST", self.path, {**self.given, **other})


def deeds(site: Site, keys: Iterable[str] = ()) -> Iterator[Deed]:
    """Send each form once as it should be, learn its fields, and put everything back."""
    for key, row in rows().items():
        if not key.startswith("POST ") or not row["passes"] or (keys and key not in keys):
            continue
        who = row["passes"][0]
        given = access_world.fields(key, dict(row), who, site.known)
        deed = Deed(key, who, site.path(key, row), given)
        Asked.names.clear()
        Asked.values.clear()
        with fields_seen(deed):
            deed.status = deed.send(site).status_code
        deed.asked |= Asked.names
        deed.read = (Asked.values | deed.read) - deed.removed
        put_back(site)
        yield deed


@contextmanager
def fields_seen(deed: Deed) -> Iterator[None]:
    """Note which fields of forms are read meanwhile, and whether they are figures or words."""
    real, checked, removed = forms.PlainField.process, forms.PlainField.validate, forms.Form.__delitem__

    def process(self: forms.PlainField, formdata: Any, *rest: Any, **named: Any) -> None:
        real(self, formdata, *rest, **named)
        if formdata is None:
            return
        deed.asked.add(self.name)  # also where a view hands the form something that it made of the request
        if type(self) in {forms.TextField, forms.LongTextField}:
            deed.texts[self.name] = self.longest

    def validate(self: forms.PlainField, *rest: Any, **named: Any) -> bool:
        if isinstance(self, forms.FigureField):
            deed.figures.add(self.name)  # not one that the view took out of its form
        return checked(self, *rest, **named)

    def remove(self: forms.Form, name: str) -> None:
        deed.removed.add(name)
        removed(self, name)

    forms.Form.__delitem__ = remove  # type: ignore[method-assign]
    forms.PlainField.process = process  # type: ignore[method-assign]
    forms.PlainField.validate = validate  # type: ignore[method-assign]
    try:
        yield
    finally:
        forms.PlainField.process = real  # type: ignore[method-assign]
        forms.PlainField.validate = checked  # type: ignore[method-assign]
        forms.Form.__delitem__ = removed  # type: ignore[method-assign]


def put_back(site: Site) -> set[str]:
    """Undo whatever was written, and say where; when a browser was seen last is noted whatever it asked."""
    if changed := site.changes():
        site.restore()
    return changed - {"login_session"}


def written(site: Site) -> Rows:
    """The tables that are not as they were, whole; what the audit says is left out."""
    now = site.picture()
    return {
        name: now[name] for name, seen in site.first.items() if now[name] != seen and name != "audit_entry"
    }


def differences(one: Rows, other: Rows) -> set[str]:
    """Columns in which two states differ, as table.column; table.rows when their numbers do."""
    found: set[str] = set()
    for name in {*one, *other}:
        left, right = one.get(name, []), other.get(name, [])
        if len(left) != len(right):
            found.add(f"{name}.rows")
        columns = [column.name for column in Base.metadata.tables[name].columns]
        for mine, theirs in zip(left, right, strict=False):
            pairs = zip(columns, mine, theirs, strict=True)
            found |= {f"{name}.{column}" for column, before, after in pairs if before != after}
    return found
