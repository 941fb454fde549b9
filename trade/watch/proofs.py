"""Runs of verify as rows: asked for, begun, ended with what they found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.notices import outbox
from trade.watch.models import VerifyRun
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

MOST_KEPT = 200  # breaches that a run keeps in words; the count knows them all
UNDER_WAY = timedelta(hours=1)  # then a run that was asked for is taken as lost
SORTS = {
    "run": Sort(VerifyRun.id, "whole"),
    "breaches": Sort(VerifyRun.breaches, "whole"),
    "took": Sort(VerifyRun.milliseconds, "whole"),
}


@dataclass(frozen=True)
class Verdict:
    """What a run has found: so many promises tested, so many rows that break one, the first of them in words."""

    source: str  # night, page, command
    milliseconds: int
    invariants: int
    breaches: int
    found: Sequence[dict[str, Any]]
    run_id: int | None = None  # of the row that asked for it


def ask(session: Session, actor: Actor, source: str) -> int:
    """Put a run down that a worker is to make."""
    run = VerifyRun(source=source, person_id=actor.person_id)
    session.add(run)
    session.flush()
    return run.id


def find_open(session: Session) -> int | None:
    """The run that is under way."""
    recent = VerifyRun.asked_at > clock.now() - UNDER_WAY
    return session.scalar(select(VerifyRun.id).where(VerifyRun.finished_at.is_(None), recent).limit(1))


def conclude(session: Session, actor: Actor, verdict: Verdict) -> int:
    """Write down what a run has found, and leave a message when the books do not agree."""
    now = clock.now()
    facts: dict[str, Any] = {
        "started_at": now - timedelta(milliseconds=verdict.milliseconds),
        "finished_at": now,
        "milliseconds": verdict.milliseconds,
        "invariants": verdict.invariants,
        "breaches": verdict.breaches,
        "found": list(verdict.found)[:MOST_KEPT],
    }
    run_id = verdict.run_id or ask(session, actor, verdict.source)
    session.execute(update(VerifyRun).where(VerifyRun.id == run_id).values(facts))
    if verdict.breaches:
        outbox.post(session, "system.verify.breached", verify_run_id=run_id, count=verdict.breaches)
    return run_id


def get(session: Session, run_id: int) -> VerifyRun | None:
    return session.scalars(select(VerifyRun).where(VerifyRun.id == run_id)).one_or_none()


def listing(session: Session, window: Window = FIRST) -> Page[VerifyRun]:
    page = page_of(session, select(VerifyRun), window, SORTS, VerifyRun.id, "-run")
    return page.of([run for (run,) in page.rows])


def totals(session: Session) -> Totals:
    return Totals(session.scalar(select(func.count(VerifyRun.id))) or 0)
