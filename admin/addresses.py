"""What an address line of a list says: filters that are strict, and silent about nonsense."""

from datetime import date

from flask import request

LONGEST = 60
LARGEST_ID = 2**31 - 1
FIRST_YEAR, LAST_YEAR = 1900, 2199


def text(name: str) -> str:
    """A word to search for, or a code; control characters and essays are cut."""
    given = request.args.get(name, "")[:LONGEST]
    return "".join(mark for mark in given if mark.isprintable()).strip()


def key(name: str) -> str:
    """The key after which a page begins."""
    given = request.args.get(name, "")
    return given if len(given) < 200 and given.isprintable() else ""


def number(name: str) -> int | None:
    """An id; anything else is no filter."""
    given = request.args.get(name, "")
    known = given.isascii() and given.isdigit() and len(given) < 11
    return int(given) if known and 0 < int(given) <= LARGEST_ID else None


def day(name: str) -> date | None:
    """A day as 2026-11-21 that a calendar of trade may hold; anything else is no filter."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
