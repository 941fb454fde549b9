"""What System status has to act on: a job, a message and a letter that were laid aside, and a proof of the books."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.jobs.models import Job
from trade.notices.models import Dispatch, NoticeChannel, OutboxMessage
from trade.watch.models import VerifyRun

KEY = "order.retest-laid-aside"


def plant(session: Session, actor: Actor, given: None) -> None:
    now = clock.now()
    broken = {"attempts": 8, "last_error": "no answer"}
    session.add(Job(kind="order.retest", key=KEY, payload={}, state="dead", finished_at=now, **broken))
    session.add(OutboxMessage(topic="order.shipped", payload={}, dead_at=now, **broken))
    channel = session.scalars(select(NoticeChannel).order_by(NoticeChannel.id)).first()
    assert channel is not None
    letter = Dispatch(
        key="laid-aside",
        channel_id=channel.id,
        face="admin",
        topic="order.shipped",
        facts={},
        attempts=8,
        last_answer="no answer",
        dead_at=now,
    )
    found = [{"name": "credit.used", "subject": "credit_account", "row": 1, "says": "found 2, expected 1"}]
    proof = VerifyRun(source="page", started_at=now, finished_at=now, invariants=60, breaches=1, found=found)
    session.add_all([letter, proof])


def objects(session: Session) -> dict[str, int]:
    """Ids by name."""
    dead = OutboxMessage.dead_at.is_not(None)
    return {
        "dead job": session.scalars(select(Job.id).where(Job.key == KEY)).one(),
        "dead message": session.scalars(select(OutboxMessage.id).where(dead)).one(),
        "dead letter": session.scalars(select(Dispatch.id).where(Dispatch.key == "laid-aside")).one(),
        "proof": session.scalars(select(VerifyRun.id).where(VerifyRun.breaches == 1)).one(),
    }
