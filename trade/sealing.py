"""Secrets at rest: what the program must be able to read again, such as a channel's password, is kept sealed."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_secrets: list[str] = []


class Unsealable(Exception):
    """What was kept was sealed under another TONGQU_SECRET_KEY, or was changed since."""


def use(secret: str) -> None:
    """Seal by keys made from the installation's secret from now on; told once, where the application is made."""
    _secrets[:] = [secret]


def seal(words: str, purpose: str) -> str:
    """Encrypt and sign, by a key of its own for each purpose: what is sealed for one opens for no other."""
    return _box(_secret(), purpose).encrypt(words.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Read what was sealed for the same purpose. Raises Unsealable for anything else."""
    try:
        return _box(_secret(), purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unsealable(purpose) from error


def _secret() -> str:
    if not _secrets:
        raise RuntimeError("sealing.use() was not told the installation's secret")
    return _secrets[0]


@lru_cache(32)
def _box(secret: str, purpose: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=b"tongqu.sealing", info=purpose.encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
