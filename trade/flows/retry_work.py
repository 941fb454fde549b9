from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.errors import Refused
from trade.notices import backlog
from trade.notices.models import Dispatch
from trade.watch import letters

Revive = Callable[..., Sequence[tuple[int, str]]]


def retry_job(session: Session, actor: Actor, job_id: int) -> None:
    """Give a job that was laid aside its attempts back, once: the second of two taps is told so."""
    _retry(session, actor, "job", letters.revive_jobs, job_id)


def retry_message(session: Session, actor: Actor, message_id: int) -> None:
    """Give a message that was laid aside its attempts back, once."""
    _retry(session, actor, "message", letters.revive_messages, message_id)


def retry_letter(session: Session, actor: Actor, letter_id: int) -> None:
    """Let a message of a channel that was laid aside go again, once."""
    if not backlog.revive(session, actor, [letter_id]):
        raise Refused("work.not_laid_aside")
    audit.record(session, actor, "message.retried", {}, subject="letter", subject_id=letter_id)


def retry_everything(session: Session, actor: Actor, given: None) -> int:
    """Give everything that was laid aside its attempts back, after the cause was mended; answers how much it was."""
    dead = session.scalars(select(Dispatch.id).where(Dispatch.dead_at.is_not(None))).all()
    count = backlog.revive(session, actor, dead)
    if count:
        audit.record(session, actor, "message.retried", {"count": count}, subject="letter")
    return count + sum(
        _write_down(session, actor, noun, revive(session))
        for noun, revive in (("job", letters.revive_jobs), ("message", letters.revive_messages))
    )


def _retry(session: Session, actor: Actor, noun: str, revive: Revive, row_id: int) -> None:
    if not _write_down(session, actor, noun, revive(session, row_id)):
        raise Refused("work.not_laid_aside")


def _write_down(session: Session, actor: Actor, noun: str, revived: Sequence[tuple[int, str]]) -> int:
    facts = {row_id: {"name": name} for row_id, name in revived}
    audit.record_each(session, actor, f"{noun}.retried", noun, facts)
    return len(revived)
