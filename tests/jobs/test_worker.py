"""The worker as a process: it drains, it stops when told, and kill -9 neither loses nor doubles an effect."""

import os
import random
import time
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from ops.worker import Worker
from tests import served
from tests.jobs import counting_worker
from trade import db
from trade.actor import system
from trade.db import read, run
from trade.jobs import queue
from trade.jobs.models import Job
from trade.notices import outbox
from trade.notices.models import OutboxMessage
from trade.numbers import NumberSeries

ME = system("test")
KILLS = 50 if os.environ.get("TONGQU_PROOF") else 6
JOBS = 6 * KILLS
PATIENCE = 30.0  # seconds


@pytest.fixture(autouse=True)
def bound(database_url: str) -> Iterator[Any]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


def counted() -> int:
    with read() as session:
        return session.scalar(select(NumberSeries.last).where(NumberSeries.prefix == "T")) or 0


def done() -> int:
    with read() as session:
        return session.scalar(select(func.count(Job.id)).where(Job.state == "done", Job.kind == "count")) or 0


def until(is_so: Callable[[], bool]) -> float:
    """Wait until something is so; say how many seconds it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < PATIENCE, "it never came to be so"
        time.sleep(0.01)
    return time.monotonic() - began


def put_down(jobs: int) -> None:
    def put(session: Any, actor: Any, given: None) -> None:
        for number in range(jobs):
            queue.enqueue(session, "count", f"count-{number}", {})

    run(put, ME, None)


def started(engine: Any, url: str, is_broken: bool = False) -> BaseProcess:
    """Begin a worker as a fork, since importing takes seconds; SQLite forbids to fork with a connection open."""
    engine.dispose()
    worker = get_context("fork").Process(target=counting_worker.serve, args=(url, is_broken), daemon=True)
    worker.start()
    return worker


def kill_often(engine: Any, url: str, kills: int, is_broken: bool = False) -> None:
    """Start a worker and kill it at a moment of chance, again and again; the last one may finish."""
    for _ in range(kills):
        before = done()
        worker = started(engine, url, is_broken)
        until(lambda: done() > before or done() == JOBS)  # noqa: B023
        time.sleep(random.uniform(0, 0.08))
        worker.kill()
        worker.join(PATIENCE)
    last = started(engine, url, is_broken)
    try:
        until(lambda: done() == JOBS)
    finally:
        last.kill()
        last.join(PATIENCE)


def test_kill_minus_nine_loses_nothing_and_doubles_nothing(bound: Any, database_url: str) -> None:
    put_down(JOBS)
    kill_often(bound, database_url, KILLS)
    assert (done(), counted()) == (JOBS, JOBS)


def test_a_worker_that_books_and_marks_apart_doubles(bound: Any, database_url: str) -> None:
    """The twin: the same murder finds the fault that it is there to find."""
    put_down(JOBS)
    kill_often(bound, database_url, 6, is_broken=True)
    assert counted() > JOBS


def test_a_killed_workers_job_is_free_after_its_lease(bound: Any, database_url: str) -> None:
    put_down(1)
    assert run(queue.claim, ME, queue.Claim(["count"], counting_worker.LEASE)) is not None
    worker = started(bound, database_url)
    assert until(lambda: done() == 1) > counting_worker.LEASE.total_seconds() / 2
    worker.kill()
    worker.join(PATIENCE)


def test_the_command_wakes_within_a_second_and_stops_when_told(database_url: str, tmp_path: Path) -> None:
    worker = served.Worker(database_url, tmp_path / "data")
    worker.start()
    until(lambda: "worker started" in worker.output())
    until(lambda: not Worker().is_needed())

    def is_sent() -> bool:
        with read() as session:
            return session.scalar(select(func.count()).where(OutboxMessage.sent_at.is_(None))) == 0

    waits = []
    for _each in range(3):
        run(lambda session, actor, given: outbox.post(session, "weather.changed"), ME, None)
        waits.append(until(is_sent))
    assert min(waits) < 1.5, "a second; what a busy machine adds, it does not add each time"
    assert worker.stop() == 0
    assert "worker stopped" in worker.output()


def test_an_idle_worker_asks_once(bound: Any) -> None:
    Worker().once()
    asked: list[str] = []
    event.listen(bound, "before_cursor_execute", lambda c, cu, text, *_: asked.append(text))
    assert not Worker().is_needed()
    assert len([text for text in asked if text.startswith("SELECT")]) == 1
    assert not [text for text in asked if text.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE"))]


def test_a_database_that_is_away_is_waited_for(bound: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    asked = []

    def away() -> bool:
        asked.append(1)
        if len(asked) == 3:
            worker.stopping.set()
        raise db.Busy

    monkeypatch.setattr(worker, "is_needed", away)
    monkeypatch.setattr("ops.worker.PAUSE_SECONDS", 0.01)
    worker.serve()
    assert len(asked) == 3
