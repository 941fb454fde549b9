"""What the address of a page asks for; nonsense is as if it had not been said."""

import unicodedata

from flask import request

LARGEST_ID = 2**31 - 1


def text(name: str, longest: int = 60) -> str:
    """A word of the address, without what no database would take."""
    said = request.args.get(name, "")[:longest]
    return "".join(mark for mark in said if unicodedata.category(mark)[0] != "C").strip()


def number(name: str, largest: int = LARGEST_ID) -> int | None:
    """A plain number of the address, from 1 on."""
    said = request.args.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) <= 10):
        return None
    value = int(said)
    return value if 1 <= value <= largest else None


def choice(name: str, known: tuple[str, ...]) -> str:
    """One of the known words, or ""."""
    said = request.args.get(name, "")
    return said if said in known else ""
