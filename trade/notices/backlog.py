"""What has not left the building yet, for whoever looks after the installation: how much, how old, and what died."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.notices.models import Dispatch, NoticeChannel, OutboxMessage

APP = "app"  # messages that become notices in the program itself


@dataclass(frozen=True)
class Depth:
    """How much waits in one channel; `oldest` is when the first of it was written."""

    kind: str
    channel_id: int | None
    name: str
    waiting: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True)
class Dead:
    """A message that was laid aside, with the last words of the other side."""

    id: int
    channel_id: int
    channel: str
    kind: str
    topic: str
    at: datetime
    dead_at: datetime
    attempts: int
    last_answer: str


def depths(session: Session) -> list[Depth]:
    """Per channel what waits and what died, the program's own messages first; two statements."""
    sent, dead = OutboxMessage.sent_at.is_(None), OutboxMessage.dead_at
    own = session.execute(
        select(
            func.count(OutboxMessage.id).filter(sent, dead.is_(None)),
            func.min(OutboxMessage.at).filter(sent, dead.is_(None)),
            func.count(dead),
        ).where(sent)
    ).one()
    is_waiting = Dispatch.dead_at.is_(None) & (Dispatch.due_at <= clock.now())
    rows = session.execute(
        select(
            NoticeChannel.kind,
            NoticeChannel.id,
            NoticeChannel.name,
            func.count(Dispatch.id).filter(is_waiting),
            func.min(Dispatch.at).filter(is_waiting),
            func.count(Dispatch.dead_at),
        )
        .outerjoin(Dispatch, (Dispatch.channel_id == NoticeChannel.id) & Dispatch.sent_at.is_(None))
        .group_by(NoticeChannel.id)
        .order_by(NoticeChannel.id)
    ).all()
    return [Depth(APP, None, "", *own), *(Depth(*row) for row in rows)]


def dead(
    session: Session, channel_id: int | None = None, limit: int = 100, *, beginnings: Collection[str] = ()
) -> list[Dead]:
    """Messages that were laid aside, the latest first; `beginnings` are of their topics."""
    found = (
        select(
            Dispatch.id,
            NoticeChannel.id,
            NoticeChannel.name,
            NoticeChannel.kind,
            Dispatch.topic,
            Dispatch.at,
            Dispatch.dead_at,
            Dispatch.attempts,
            func.coalesce(Dispatch.last_answer, ""),
        )
        .join(NoticeChannel, NoticeChannel.id == Dispatch.channel_id)
        .where(Dispatch.dead_at.is_not(None))
        .order_by(Dispatch.id.desc())
        .limit(limit)
    )
    if channel_id is not None:
        found = found.where(Dispatch.channel_id == channel_id)
    if beginnings:
        found = found.where(or_(*(Dispatch.topic.startswith(f"{each}.") for each in beginnings)))
    return [Dead(*row) for row in session.execute(found)]  # type: ignore[arg-type]


def revive(session: Session, actor: Actor, ids: Collection[int]) -> int:
    """Let dead messages of channels go again with all their attempts, after the cause was mended; says how many."""
    again = update(Dispatch).where(Dispatch.id.in_(ids), Dispatch.dead_at.is_not(None))
    again = again.values(dead_at=None, attempts=0, due_at=clock.now(), leased_until=None)
    revived = session.execute(
        again.returning(Dispatch.channel_id).execution_options(synchronize_session=False)
    ).scalars()
    touched = list(revived)
    free = update(NoticeChannel).where(NoticeChannel.id.in_(set(touched))).values(held_until=None, failures=0)
    session.execute(free.execution_options(synchronize_session=False))
    return len(touched)


def revive_messages(session: Session, actor: Actor, ids: Collection[int]) -> int:
    """The same for the program's own messages, which become notices."""
    again = update(OutboxMessage).where(OutboxMessage.id.in_(ids), OutboxMessage.dead_at.is_not(None))
    again = again.values(dead_at=None, attempts=0, due_at=clock.now(), leased_until=None)
    return len(
        session.scalars(again.returning(OutboxMessage.id).execution_options(synchronize_session=False)).all()
    )
