"""A worker whose every job counts one up, to be killed by tests.

The broken one books the effect and marks the job done in two transactions, as a worker beside the database would.
"""

import time
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from ops.deeds import Deed
from ops.worker import WORKER, Worker
from trade import db
from trade.actor import Actor
from trade.db import run
from trade.jobs import queue
from trade.jobs.queue import Claim
from trade.numbers import draw

DAY = date(2026, 11, 21)
LEASE = timedelta(seconds=0.5)
SECONDS = 0.015  # that a deed takes


def count(session: Session, actor: Actor, given: None) -> None:
    draw(session, "T", DAY)
    time.sleep(SECONDS)


DEEDS: dict[str, Deed[Any]] = {"count": Deed(count, lambda: None)}


class BrokenWorker(Worker):
    """Two transactions where there must be one."""

    def _do_next(self) -> bool:
        task = run(queue.claim, WORKER, Claim(self.kinds, self.lease))
        if task is None:
            return False
        run(count, WORKER, None)
        time.sleep(4 * SECONDS)
        run(lambda session, actor, given: queue.finish(session, task), WORKER, None)
        return True


def serve(url: str, is_broken: bool) -> None:
    """Be a worker until killed."""
    db.connect(url)
    (BrokenWorker if is_broken else Worker)(DEEDS, lease=LEASE).serve()
