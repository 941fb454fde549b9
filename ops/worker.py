"""The worker: sends what deeds left to be sent and does what they left to be done, also after kill -9.

An effect in our database and the mark "done" are one transaction, so a worker that dies leaves either both or
neither; its lease runs out and another does the work. What leaves the building goes out between transactions,
at least once, with the message's id for the receiver to tell repeats by.
"""

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

import click
import structlog
from flask.cli import with_appcontext
from sqlalchemy import exists, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops import schema
from ops.deeds import DEEDS, ERRANDS, Deed, Errand, rounds
from trade import audit, clock
from trade.actor import Actor, system
from trade.db import read, run
from trade.errors import Busy, Refused
from trade.jobs import queue, schedule
from trade.jobs.leases import LEASE
from trade.jobs.models import Job
from trade.jobs.queue import Claim, LeaseLost, Task
from trade.notices import delivery, outbox
from trade.notices.models import OutboxMessage
from trade.notices.outbox import Letter

PAUSE_SECONDS = 1.0
WORKER = system("worker")
log = structlog.get_logger("worker")


@dataclass
class Tally:
    """What a worker has done since it started."""

    sent: int = 0
    done: int = 0
    failed: int = 0


@dataclass
class Worker:
    """One of any number of workers; `senders` take a message out of the building before people are told."""

    deeds: dict[str, Deed[Any]] = field(default_factory=lambda: DEEDS)
    errands: dict[str, Errand[Any]] = field(default_factory=lambda: ERRANDS)
    senders: Sequence[Callable[[Letter], None]] = ()
    lease: timedelta = LEASE
    stopping: threading.Event = field(default_factory=threading.Event)
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.rounds = rounds(self.deeds)
        self.kinds = (*self.deeds, *self.errands, *self.rounds)

    def serve(self) -> None:
        """Work until told to stop; while the database is away, wait for it."""
        is_planted = False
        while not self.stopping.is_set():
            try:
                if not is_planted:
                    run(schedule.plant, WORKER, list(self.rounds.values()))
                    is_planted = True
                if self.is_needed():
                    self.drain()
            except (Busy, DBAPIError) as error:
                log.warning("database is away", error=type(error).__name__)
            self.stopping.wait(PAUSE_SECONDS)

    def once(self) -> Tally:
        """Call every round in, do everything that is due, and stop."""
        run(schedule.call_in, WORKER, list(self.rounds.values()))
        self.drain()
        return self.tally

    def is_needed(self) -> bool:
        """Whether anything is due: the one statement of an idle second."""
        now = clock.now()
        with read() as session:
            return bool(session.scalar(select(or_(_exists(outbox.waiting(now)), self._job_is_due(now)))))

    def drain(self) -> None:
        """Do what is due, one after the other, until there is none or a signal says stop."""
        while not self.stopping.is_set():
            has_sent, has_done = self._send_next(), self._do_next()
            if not has_sent and not has_done:
                return

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
        return True

    def _run_errand(self, task: Task) -> None:
        """Do long work outside a transaction; what was told last keeps the lease."""
        held = task

        def tell(done: int, total: int) -> None:
            nonlocal held
            held = run(queue.keep, WORKER, queue.Step(held, done, total, self.lease))

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
    "--lease", default=LEASE.total_seconds(), help="Seconds until the work of a dead worker is free."
)
@with_appcontext
def worker_command(once: bool, lease: float) -> None:
    """Send messages, do jobs, and look after what time alone makes due."""
    schema.stand_ready()
    worker = Worker(lease=timedelta(seconds=lease))
    if once:
        tally = worker.once()
        click.echo(f"sent {tally.sent}, done {tally.done}, failed {tally.failed}")
        sys.exit(1 if tally.failed else 0)

    def stop(_: int, __: FrameType | None) -> None:
        worker.stopping.set()

    for each in signal.SIGTERM, signal.SIGINT:
        signal.signal(each, stop)
    log.info("worker started")
    worker.serve()
    log.info("worker stopped", sent=worker.tally.sent, done=worker.tally.done, failed=worker.tally.failed)


COMMANDS = [worker_command]
