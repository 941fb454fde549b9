from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.notices import outbox


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, as the worker's round found it."""

    code: str
    count: int = 0
    since: str | None = None  # ISO, UTC


def tell_trouble(session: Session, actor: Actor, finding: Finding) -> None:
    """Tell the administrators what is wrong; the job's key sees that it is once a day."""
    outbox.post(session, f"system.{finding.code}", trouble=True, count=finding.count, since=finding.since)
