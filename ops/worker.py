"""The worker: sends what deeds left to be sent and does what they left to be done, also after kill -9.

An effect in our database and the mark "done" are one transaction, so a worker that dies leaves either both or
neither; its lease runs out and another does the work. What leaves the building goes out between transactions,
at least once, with the message's id for the receiver to tell repeats by.
"""

import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from types import FrameType
from typing import Any, Protocol

import click
import structlog
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import exists, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from structlog.contextvars import bound_contextvars

from ops import schema, watching
from ops.backup import keeping
from ops.backup.commands import plain_words
from ops.deeds import DEEDS, ERRANDS, Deed, Errand, rounds
from trade import audit, clock
from trade.actor import Actor, system
from trade.db import read, run
from trade.errors import Busy, Refused
from trade.jobs import heartbeats, queue, schedule
from trade.jobs.heartbeats import Beat
from trade.jobs.leases import ASTRAY, LEASE, LONGEST_LEASE
from trade.jobs.models import Job
from trade.jobs.queue import Claim, LeaseLost, Task
from trade.notices import delivery, outbox
from trade.notices.models import OutboxMessage
from trade.notices.outbox import Letter
from web import logs
from web.statements import spent

PAUSE_SECONDS = 1.0
WORKER = system("worker")
log = structlog.get_logger("worker")


@dataclass
class Tally:
    """What a worker has done since it started."""

    sent: int = 0
    done: int = 0
    failed: int = 0


class Postman(Protocol):
    """What ops.channels.postman does; only the worker's own process loads it, since it weighs much."""

    def is_needed(self) -> bool: ...

    def step(self) -> bool: ...

    def finish(self) -> None: ...


@dataclass
class Worker:
    """One of any number of workers; `senders` take a message out of the building before people are told."""

    deeds: dict[str, Deed[Any]] = field(default_factory=lambda: DEEDS)
    errands: dict[str, Errand[Any]] = field(default_factory=lambda: ERRANDS)
    senders: Sequence[Callable[[Letter], None]] = ()
    postman: Postman | None = None  # carries what goes out by mail and other channels
    lease: timedelta = LEASE
    stopping: threading.Event = field(default_factory=threading.Event)
    tally: Tally = field(default_factory=Tally)
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}")
    beaten_at: float = float("-inf")

    def __post_init__(self) -> None:
        self.rounds = rounds({*self.deeds, *self.errands})
        self.kinds = (*self.deeds, *self.errands, *self.rounds)

    def serve(self) -> None:
        """Work until told to stop; while the database is away, wait for it."""
        is_planted, seen = False, clock.now()
        while not self.stopping.is_set():
            seen, before = clock.now(), seen
            try:
                if is_planted and seen < before - ASTRAY:
                    run(schedule.plant, WORKER, list(self.rounds.values()))
                if not is_planted:
                    run(schedule.plant, WORKER, list(self.rounds.values()))
                    self.begin()
                    is_planted = True
                self.beat()
                if self.is_needed():
                    self.drain()
            except (Busy, DBAPIError) as error:
                log.warning("database is away", error=type(error).__name__)
            self.stopping.wait(PAUSE_SECONDS)
        if is_planted:
            self.beat(is_last=True)

    def begin(self) -> None:
        """Say that this worker starts."""
        run(watching.begin_work, WORKER, self.name)

    def beat(self, *, is_last: bool = False) -> None:
        """Say that this worker lives, twice a minute; whoever hears nothing for minutes tells somebody."""
        if not is_last and time.monotonic() - self.beaten_at < heartbeats.BEAT.total_seconds():
            return
        done = Beat(self.name, self.tally.done, self.tally.sent, self.tally.failed, is_last)
        try:
            run(heartbeats.beat, WORKER, done)
            self.beaten_at = time.monotonic()
        except (Busy, DBAPIError) as error:
            log.warning("no heartbeat could be written", error=type(error).__name__)

    def once(self) -> Tally:
        """Call every round in, do everything that is due, and stop."""
        run(heartbeats.begin, WORKER, self.name)
        run(schedule.call_in, WORKER, list(self.rounds.values()))
        self.drain()
        self.beat(is_last=True)
        return self.tally

    def is_needed(self) -> bool:
        """Whether anything is due: the one statement of an idle second."""
        now = clock.now()
        with read() as session:
            if session.scalar(select(or_(_exists(outbox.waiting(now)), self._job_is_due(now)))):
                return True
        return self.postman is not None and self.postman.is_needed()

    def drain(self) -> None:
        """Do what is due, one after the other, until there is none or a signal says stop."""
        while not self.stopping.is_set():
            self.beat()
            has_sent, has_done = self._send_next(), self._do_next()
            has_posted = self.postman is not None and self.postman.step()
            if not has_sent and not has_done and not has_posted:
                return
        if self.postman is not None:
            self.postman.finish()

    def _job_is_due(self, now: datetime) -> Any:
        return select(Job.id).where(queue.due(now, self.kinds)).exists()

    def _send_next(self) -> bool:
        letter = run(outbox.claim, WORKER, self.lease)
        if letter is None:
            return False
        try:
            for send in self.senders:
                send(letter)
            run(_deliver, WORKER, letter)
            self.tally.sent += 1
        except Exception as error:  # noqa: BLE001 - whatever went wrong is written to the message
            self.tally.failed += 1
            is_dead = run(outbox.fail, WORKER, outbox.Failure(letter, _words(error)))
            _tell("message", is_dead, error, topic=letter.topic, message_id=letter.id)
        return True

    def _do_next(self) -> bool:
        task = run(queue.claim, WORKER, Claim(self.kinds, self.lease))
        if task is None:
            return False
        with bound_contextvars(job_id=task.id, job=task.kind):
            self._do(task)
        return True

    def _do(self, task: Task) -> None:
        """Do one job, and write one line about it; rounds that went well keep quiet."""
        began, failed = time.monotonic(), self.tally.failed
        spent.forget()
        self._try(task)
        if queue.is_periodic(task.key) and self.tally.failed == failed:
            return
        log.info(
            "job",
            key=task.key,
            attempts=task.attempts,
            milliseconds=round(1000 * (time.monotonic() - began), 1),
            statements=spent.statements,
            database_milliseconds=round(1000 * spent.seconds, 1),
        )

    def _try(self, task: Task) -> None:
        try:
            if task.kind in self.errands:
                self._run_errand(task)
            else:
                run(self._carry_out, WORKER, task)
            self.tally.done += 1
        except LeaseLost:
            log.warning("another worker took the job over", key=task.key)
        except Refused as refusal:
            run(_settle, WORKER, (task, refusal))
            self.tally.done += 1
        except Exception as error:  # noqa: BLE001 - whatever went wrong is written to the job
            self._give_back(task, error)

    def _run_errand(self, task: Task) -> None:
        """Do long work outside a transaction; what was told last keeps the lease."""
        held = task

        def tell(done: int, total: int) -> None:
            nonlocal held
            held = run(queue.keep, WORKER, queue.Step(held, done, total, self.lease))
            self.beat()

        errand = self.errands[task.kind]
        errand.work(WORKER, errand.given(**task.payload), tell)
        run(_finish, WORKER, held)

    def _carry_out(self, session: Session, actor: Actor, task: Task) -> None:
        if task.key in self.rounds:
            schedule.walk(session, clock.now(), task, self.rounds[task.key])
            return
        deed = self.deeds[task.kind]
        deed.flow(session, actor, deed.given(**task.payload))
        session.flush()
        queue.finish(session, task)

    def _give_back(self, task: Task, error: Exception) -> None:
        self.tally.failed += 1
        failure = queue.Failure(task, _words(error), may_die=not queue.is_periodic(task.key))
        try:
            is_dead = run(queue.fail, WORKER, failure)
        except LeaseLost:
            is_dead = False
        _tell("job", is_dead, error, key=task.key)


def _deliver(session: Session, actor: Actor, letter: Letter) -> None:
    delivery.deliver(session, letter)


def _finish(session: Session, actor: Actor, task: Task) -> None:
    queue.finish(session, task)


def _settle(session: Session, actor: Actor, given: tuple[Task, Refused]) -> None:
    """A rule said no, as it does when somebody was faster: that is an answer, not a failure to be repeated."""
    task, refusal = given
    if refusal.keep is not None:
        audit.keep(session, actor, refusal)
    queue.finish(session, task, note=f"refused: {refusal.code}")


def _exists(condition: Any) -> Any:
    return exists().where(condition).select_from(OutboxMessage)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _tell(what: str, is_dead: bool, error: Exception, **names: object) -> None:
    if is_dead:
        log.error(f"{what} laid aside", error=_words(error), **names)
    else:
        log.warning(f"{what} failed, is tried again", error=_words(error), **names)


@click.command("worker")
@click.option("--once", is_flag=True, help="Do everything that is due and end; exit 1 when something failed.")
@click.option(
    "--lease",
    type=click.FloatRange(1, LONGEST_LEASE.total_seconds()),
    default=LEASE.total_seconds(),
    help="Seconds until the work of a dead worker is free.",
)
@with_appcontext
def worker_command(once: bool, lease: float) -> None:
    """Send messages, do jobs, and look after what time alone makes due."""
    logs.speak_json()
    schema.stand_ready()
    with plain_words():
        keeping.plan()  # a schedule that cannot be read is said now, not in the night
    postman = import_module("ops.channels.postman").for_app(current_app._get_current_object())
    worker = Worker(lease=timedelta(seconds=lease), postman=postman)
    if once:
        tally = worker.once()
        click.echo(f"sent {tally.sent}, done {tally.done}, failed {tally.failed}")
        sys.exit(1 if tally.failed else 0)

    def stop(_: int, __: FrameType | None) -> None:
        worker.stopping.set()

    for each in signal.SIGTERM, signal.SIGINT:
        signal.signal(each, stop)
    log.info("worker started", worker=worker.name)
    worker.serve()
    log.info("worker stopped", sent=worker.tally.sent, done=worker.tally.done, failed=worker.tally.failed)


COMMANDS = [worker_command]
