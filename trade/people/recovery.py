"""Ten codes for the day on which the phone is gone: shown once, kept as hashes, each good once."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from trade.db import insert_many
from trade.people.models import RecoveryCode

COUNT, LENGTH = 10, 10
MARKS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another; ten of them are 49 bits


@dataclass(frozen=True)
class Made:
    """A set of codes as people write them down, and as they are kept."""

    codes: tuple[str, ...]
    salt: str
    hashes: tuple[str, ...]


def make() -> Made:
    """Make a set; slow on purpose, so call it outside every transaction."""
    plain = ["".join(secrets.choice(MARKS) for _ in range(LENGTH)) for _ in range(COUNT)]
    salt = secrets.token_hex(16)
    written = tuple(f"{code[:5]}-{code[5:]}" for code in plain)
    return Made(written, salt, tuple(hashed(code, salt) for code in plain))


def hashed(code: str, salt: str | None) -> str:
    """Argon2id at OWASP's least, since the codes are random; as slow when the person has none."""
    given = hash_secret_raw(code.encode(), bytes.fromhex(salt or "00" * 16), 2, 19 * 1024, 1, 32, Type.ID)
    return given.hex()


def cleaned(text: str) -> str:
    """A code as it is compared, however it was typed: wide, spaced, with dashes, in capitals."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).lower()


def salt_of(session: Session, person_id: int) -> str | None:
    """The salt of a person's set."""
    return session.scalar(select(RecoveryCode.salt).where(RecoveryCode.person_id == person_id).limit(1))


def take(session: Session, person_id: int, code_hash: str, now: datetime) -> bool:
    """Use a code up; of two who type it at once, one gets in."""
    used = (
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.code_hash == code_hash, *_is_open())
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    return session.scalar(used.execution_options(synchronize_session=False)) is not None


def replace(session: Session, person_id: int, made: Made, now: datetime) -> None:
    """Give a person a new set; the codes of the old one are worth nothing."""
    drop(session, person_id)
    common = {"person_id": person_id, "salt": made.salt, "created_at": now}
    insert_many(session, RecoveryCode, [{**common, "code_hash": each} for each in made.hashes])


def drop(session: Session, person_id: int) -> None:
    """Forget a person's codes."""
    gone = delete(RecoveryCode).where(RecoveryCode.person_id == person_id)
    session.execute(gone.execution_options(synchronize_session=False))


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return (RecoveryCode.used_at.is_(None),)
