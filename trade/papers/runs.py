"""Runs of many papers: asked for by one person, made by a job, fetched by the same person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor, Permission
from trade.errors import Refused
from trade.papers.models import PaperRun

PAGE = 30
SEES = "sees"  # of what a run is given: which of these its person may read on a paper
GUARDED = (Permission.PAYMENT_READ, Permission.PHONE_READ)  # banks' references; whom to call
MOST = 200  # documents of one run


def get_for(session: Session, actor: Actor, run_id: int) -> PaperRun:
    """The run, if this person asked for it; anybody else's does not exist."""
    wanted = select(PaperRun).where(PaperRun.id == run_id, PaperRun.person_id == actor.person_id)
    found = session.scalar(wanted)
    if found is None:
        raise Refused("paper.not_found")
    return found


def listing(session: Session, actor: Actor) -> Sequence[PaperRun]:
    """The latest runs of this person."""
    wanted = select(PaperRun).where(PaperRun.person_id == actor.person_id)
    return session.scalars(wanted.order_by(PaperRun.id.desc()).limit(PAGE)).all()


def reader(actor: Actor, given: Mapping[str, Any]) -> Actor:
    """Who draws a run for somebody: reads as much of what is guarded as that person, and no more."""
    unseen = {each for each in GUARDED if each.value not in given.get(SEES, ())}
    return replace(actor, permissions=actor.permissions - unseen)


def find_waiting(session: Session, run_id: int) -> PaperRun | None:
    """A run that is still to be made; a job that comes twice finds nothing to do."""
    return session.scalar(
        select(PaperRun).where(PaperRun.id == run_id, PaperRun.state.in_(("waiting", "running")))
    )


def step(session: Session, actor: Actor, given: tuple[int, int, int]) -> None:
    """Show on the page how far a run has come: id, done, total."""
    run_id, done, total = given
    _change(session, run_id, state="running", done=done, total=total)


def finish(session: Session, actor: Actor, given: tuple[int, str, int]) -> None:
    """Hand the file over: id, name in the store, bytes."""
    run_id, stored_as, size = given
    _change(session, run_id, state="done", stored_as=stored_as, size=size, finished_at=clock.now())


def fail(session: Session, actor: Actor, given: tuple[int, str]) -> None:
    """Say that a run cannot be made, and why."""
    run_id, error = given
    _change(session, run_id, state="failed", last_error=error, finished_at=clock.now())


def _change(session: Session, run_id: int, **values: object) -> None:
    session.execute(update(PaperRun).where(PaperRun.id == run_id).values(**values))
