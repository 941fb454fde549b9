from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from trade.db import Base, insert_once


class IdempotencyKey(Base):
    """One deed, done once; `answer` is what it said the first time."""

    __tablename__ = "idempotency_key"
    key: Mapped[str] = mapped_column(unique=True)
    answer: Mapped[str | None]


def is_first(session: Session, key: str) -> bool:
    """Claim the key in the caller's transaction: a repeat waits for the first, a refusal frees the key again."""
    return insert_once(session, IdempotencyKey, key=key)


def remember(session: Session, key: str, answer: str) -> None:
    """Keep the answer under the key that this transaction claimed."""
    session.execute(update(IdempotencyKey).where(IdempotencyKey.key == key).values(answer=answer))


def answer_of(session: Session, key: str) -> str | None:
    """What the first one answered."""
    return session.scalar(select(IdempotencyKey.answer).where(IdempotencyKey.key == key))
