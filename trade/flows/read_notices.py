from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.notices.models import Notice
from trade.notices.queries import mine


@dataclass(frozen=True)
class Reading:
    """One notice, or all up to the newest that the page showed, so that what came meanwhile stays unread."""

    notice_id: int | None = None
    up_to_id: int | None = None


def read_notices(session: Session, actor: Actor, reading: Reading) -> int:
    """Mark the person's own notices as read, and say how many; another's id marks nothing."""
    unread = update(Notice).where(*mine(actor), Notice.read_at.is_(None))
    if reading.notice_id is not None:
        unread = unread.where(Notice.id == reading.notice_id)
    else:
        unread = unread.where(Notice.id <= (reading.up_to_id or 0))
    marked = unread.values(read_at=clock.now()).returning(Notice.id)
    return len(session.scalars(marked.execution_options(synchronize_session=False)).all())
