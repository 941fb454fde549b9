"""What the address of a page asks for; nonsense is as if it had not been said."""

import unicodedata
from collections.abc import Collection
from datetime import date

from flask import request

LONGEST = 60
LONGEST_KEY = 400
LARGEST_ID = 2**31 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2199


def text(name: str, longest: int = LONGEST) -> str:
    """A word to search for, or a code."""
    return plain(request.args.get(name, ""), longest)


def plain(said: str, longest: int) -> str:
    """What was said in a line; control characters and essays are cut."""
    return "".join(mark for mark in said[:longest] if unicodedata.category(mark)[0] != "C").strip()


def key(name: str) -> str:
    """The key at which a page begins."""
    said = request.args.get(name, "")
    return said if len(said) <= LONGEST_KEY and said.isprintable() else ""


def number(name: str) -> int | None:
    """An id; anything else is no filter."""
    return whole(request.args.get(name, ""))


def whole(said: str) -> int | None:
    """A plain number from 1 on that fits an id, from whichever text."""
    known = said.isascii() and said.isdigit() and len(said) < 11
    return int(said) if known and 0 < int(said) <= LARGEST_ID else None


def choice(name: str, known: Collection[str]) -> str:
    """One of the known words, or ""."""
    said = request.args.get(name, "")
    return said if said in known else ""


def flag(name: str) -> bool:
    return request.args.get(name, "") == "yes"


def day(name: str) -> date | None:
    """A day as 2026-11-21 that a calendar of trade may hold; anything else is no filter."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
