"""One of more rows than a page can list: typed by code or name, suggested meanwhile, kept in the address by its id."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from flask import Flask, g, request
from flask_babel import gettext
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Permission
from trade.distributors.lookup import MOST, Match
from web import asked

TYPED = "-typed"  # the field beside the id `distributor` is `distributor-typed`
MOST_DRAWN = 100  # a longer list of people is typed into
NOBODY = -1  # what is asked for is not known here: no row has this id

Choices = Sequence[tuple[str, Any]]
_spelled = lru_cache(maxsize=20_000)(text.search_text)


@dataclass(frozen=True)
class Suggestions:
    """Where they come from; without the permission the field is typed into all the same."""

    url: Callable[[], str]
    permission: Permission


@dataclass(frozen=True)
class Finder(Suggestions):
    """How one of many is found; every part asks only within the reader's reach."""

    named: Callable[[Session, int], str | None]
    meant: Callable[[Session, str], Sequence[Match]]


@dataclass(frozen=True)
class Found:
    """What one such question says: whose rows, what stands in the field, and what is wrong with it."""

    id: int | None = None  # None: nobody is asked for; NOBODY: somebody who is not known here
    typed: str = ""
    wrong: str = ""
    others: Sequence[Match] = ()  # who may be meant, where several are


def among(known: Choices, typed: str) -> list[tuple[str, str]]:
    """Who of a list is meant: whoever is called exactly so, else those whose name or its pinyin has every word typed."""
    said = typed.strip()
    exact = [each for each in known if each[1] == said]
    words = text.folded(said).split()
    if exact or not words:
        return exact
    found = (each for each in known if all(word in _spelled(str(each[1])) for word in words))
    return list(islice(found, MOST))


def finder_of(known: Choices, suggestions: Suggestions) -> Finder:
    """How one of a list is found that is too long to be drawn."""
    names = {key: str(told) for key, told in known}
    return Finder(
        suggestions.url,
        suggestions.permission,
        named=lambda _session, key: names.get(str(key)),
        meant=lambda _session, typed: [Match(int(key), "", told) for key, told in among(known, typed)],
    )


def find(session: Session, key: str, finder: Finder) -> Found:
    """Read the id and what was typed; a text that is not the name of the id is looked up, and several are told."""
    known, typed = asked.number(key), asked.text(key + TYPED, longest=120)
    if key + TYPED in request.args and not typed:
        return Found()
    name = finder.named(session, known) if known else None
    if known and name and typed in ("", name):
        return Found(known, name)
    if not typed:
        return Found(NOBODY, wrong=gettext("This one is not known here")) if known else Found()
    meant = finder.meant(session, typed)
    if len(meant) == 1:
        return Found(meant[0].id, meant[0].name)
    if meant:
        return Found(NOBODY, typed, several(len(meant)), meant)
    return Found(NOBODY, typed, nobody())


def plain(args: Mapping[str, str], found: Mapping[str, Found]) -> dict[str, str]:
    """The arguments of an address with ids in place of what was typed; what means nobody stays as it was typed."""
    kept = dict(args)
    for key, each in found.items():
        kept.pop(key + TYPED, None)
        if each.id is not None and each.id != NOBODY:
            kept[key] = str(each.id)
        elif each.typed:
            kept.pop(key, None)
            kept[key + TYPED] = each.typed
        elif each.id is None:
            kept.pop(key, None)
    return kept


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(suggesting=suggesting)


def suggesting(url: str, field: str, into: str, permission: str) -> dict[str, Any]:
    """What an input of this name has so that its datalist `into` follows what is typed."""
    if not g.actor.may(Permission(permission)):
        return {}
    return {
        "list": into,
        "autocomplete": "off",
        "hx-get": f"{url}{'&' if '?' in url else '?'}of={field}",
        "hx-trigger": "input changed delay:250ms",
        "hx-target": f"#{into}",
        "hx-swap": "innerHTML",
        "hx-sync": "this:replace",
    }


def typed() -> str:
    """What the field that asks for suggestions has."""
    return asked.text(asked.text("of") or "q", longest=120)


def several(count: int) -> str:
    if count == MOST:
        return gettext("%(count)s or more are called so; please choose one, or type more", count=count)
    return gettext("%(count)s are called so; please choose one", count=count)


def nobody() -> str:
    return gettext("Nobody here has this code or name")
