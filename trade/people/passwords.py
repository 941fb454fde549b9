"""Argon2id, and the few rules that keep a password from being guessed."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trade.errors import Refused

SHORTEST, LONGEST = 10, 128
COMMON = frozenset(
    {
        *(
            "1234567890",
            "0123456789",
            "12345678910",
            "1234567890a",
            "a1234567890",
            "qwertyuiop",
            "1q2w3e4r5t",
        ),
        *("1qaz2wsx3edc", "qwer1234asdf", "password123", "password1234", "passw0rd123", "abcd123456"),
        *("abc1234567", "woaini1314", "woaini5201314", "iloveyou123", "admin12345", "administrator"),
        *("tongqu123456", "letmein12345"),
    }
)
_hasher = PasswordHasher()


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
    """Refuse what others guess first: short ones, one character repeated, the well-known, one's own name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refused("password.length", shortest=SHORTEST, longest=LONGEST, field="password")
    plain = password.lower()
    if len(set(plain)) < 4 or plain in COMMON or any(name and name.lower() in plain for name in names):
        raise Refused("password.guessable", field="password")


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")
