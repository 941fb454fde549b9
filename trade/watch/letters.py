"""Messages and jobs that were laid aside: found, listed, and given their attempts back."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.jobs.models import Job
from trade.notices.models import OutboxMessage
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of


@dataclass(frozen=True)
class JobFilter:
    state: str = ""
    kind: str = ""


@dataclass(frozen=True)
class MessageFilter:
    state: str = ""  # waiting, dead, sent
    beginnings: tuple[str, ...] = ()  # of the topics


JOB_SORTS = {
    "job": Sort(Job.id, "whole"),
    "due": Sort(Job.due_at, "instant"),
    "attempts": Sort(Job.attempts, "whole"),
}
MESSAGE_SORTS = {
    "message": Sort(OutboxMessage.id, "whole"),
    "attempts": Sort(OutboxMessage.attempts, "whole"),
}


def jobs(session: Session, wanted: JobFilter, window: Window = FIRST) -> Page[Job]:
    page = page_of(session, _jobs(wanted), window, JOB_SORTS, Job.id, "-job")
    return page.of([job for (job,) in page.rows])


def job_totals(session: Session, wanted: JobFilter) -> Totals:
    return Totals(session.scalar(_jobs(wanted).with_only_columns(func.count(Job.id))) or 0)


def job_kinds(session: Session) -> list[str]:
    return list(session.scalars(select(Job.kind).distinct().order_by(Job.kind)))


def messages(session: Session, wanted: MessageFilter, window: Window = FIRST) -> Page[OutboxMessage]:
    page = page_of(session, _messages(wanted), window, MESSAGE_SORTS, OutboxMessage.id, "-message")
    return page.of([message for (message,) in page.rows])


def message_totals(session: Session, wanted: MessageFilter) -> Totals:
    counted = _messages(wanted).with_only_columns(func.count(OutboxMessage.id))
    return Totals(session.scalar(counted) or 0)


def revive_jobs(session: Session, *only: int) -> list[tuple[int, str]]:
    """Give dead jobs their attempts back, all or these; answers id and key of those that were dead until now."""
    again = update(Job).where(Job.state == "dead", *((Job.id.in_(only),) if only else ()))
    again = again.values(state="waiting", attempts=0, due_at=clock.now(), finished_at=None)
    rows = session.execute(again.execution_options(synchronize_session=False).returning(Job.id, Job.key))
    return sorted((row[0], row[1]) for row in rows)


def revive_messages(session: Session, *only: int) -> list[tuple[int, str]]:
    """The same for messages; answers id and topic."""
    is_dead: tuple[Any, ...] = (OutboxMessage.dead_at.is_not(None), OutboxMessage.sent_at.is_(None))
    again = update(OutboxMessage).where(*is_dead, *((OutboxMessage.id.in_(only),) if only else ()))
    again = again.values(dead_at=None, attempts=0, due_at=clock.now(), leased_until=None)
    rows = session.execute(
        again.execution_options(synchronize_session=False).returning(OutboxMessage.id, OutboxMessage.topic)
    )
    return sorted((row[0], row[1]) for row in rows)


def _jobs(wanted: JobFilter) -> Select[Job]:
    query = select(Job)
    if wanted.state:
        query = query.where(Job.state == wanted.state)
    if wanted.kind:
        query = query.where(Job.kind == wanted.kind)
    return query


def _messages(wanted: MessageFilter) -> Select[OutboxMessage]:
    query, is_open = select(OutboxMessage), OutboxMessage.sent_at.is_(None)
    if wanted.beginnings:
        query = query.where(or_(*(OutboxMessage.topic.startswith(f"{each}.") for each in wanted.beginnings)))
    if wanted.state == "waiting":
        query = query.where(is_open, OutboxMessage.dead_at.is_(None))
    elif wanted.state == "dead":
        query = query.where(is_open, OutboxMessage.dead_at.is_not(None))
    elif wanted.state == "sent":
        query = query.where(~is_open)
    return query
