from sqlalchemy import delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from trade.db import Base, insert_once


class IdempotencyKey(Base):
    """One deed, done once."""

    __tablename__ = "idempotency_key"
    key: Mapped[str] = mapped_column(unique=True)


def is_first(session: Session, key: str) -> bool:
    """Claim the key in the caller's transaction: a repeat waits for the first, a refusal frees the key again."""
    return insert_once(session, IdempotencyKey, key=key)


def free(session: Session, key: str) -> None:
    """Let a deed that was taken back be done anew."""
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.key == key))
