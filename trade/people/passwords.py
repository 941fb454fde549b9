"""Argon2id, and the few rules that keep a password from being guessed."""

import re
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trade import text
from trade.errors import Refused

SHORTEST, LONGEST = 10, 128
# Ten times what zxcvbn counts for any three pieces in a row, so a known word with "123" and "!" stays below it; ten
# letters at random or a sentence of ten Chinese characters come to 10^10.
FEWEST_GUESSES = 10**9
# zxcvbn tries every way in which marks stand for letters: 72 of them took eight seconds.
JUDGED, MARKS = 48, 3
OURS = ("tongqu", "通渠", "woaini", "1314", "5201314", "mima")  # said here, and in none of its English lists
DATE = re.compile(r"(?<=[0-9])[年月日号]")
_hasher = PasswordHasher()
_judging = Lock()  # zxcvbn keeps the names of whom it judges for in one place


def hashed(password: str) -> str:
    """Hash a new password; slow on purpose, so call it outside every transaction."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the right one; takes the same time when there is nobody to compare with."""
    try:
        _hasher.verify(password_hash or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def renewed(password_hash: str, password: str) -> str | None:
    """The right password hashed as we do it today, if it was kept in a weaker way."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(password_hash) else None


def refuse_weak(password: str, *names: str | None) -> None:
    """Refuse what others guess first: short ones, the well-known, walks over the keys, dates, one's own names.

    Takes up to a tenth of a second, so call it outside every transaction.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused("password.length", shortest=SHORTEST, longest=LONGEST, field="password")
    plain = text.folded(password)
    known = [text.folded(name) for name in names if name]
    if any(len(name) > 2 and name in plain for name in known) or _guesses(plain, known) < FEWEST_GUESSES:
        raise Refused("password.guessable", field="password")


def _guesses(plain: str, names: list[str]) -> int:
    """How many tries somebody needs who knows the names, also as they are said, and what people choose."""
    said = [each for name in names for each in text.search_text(name).split("\n")]
    dated = DATE.sub("-", plain)[:JUDGED]
    marks = dict.fromkeys(each for each in dated if not (each.isalnum() or each.isspace()))
    few = dated.translate({ord(each): " " for each in list(marks)[MARKS:]})
    with _judging:
        return int(_judge().zxcvbn(few, user_inputs=[*said, *OURS])["guesses"])


@cache
def _judge() -> Any:
    """The lists of what people choose, once per process and only where a password is chosen: they weigh 14 MB."""
    return import_module("zxcvbn")


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
