"""The worker's eye on the installation itself: the nightly proof of the books, and what stays broken."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.db import read, run
from trade.flows.prove_books import keep_verdict
from trade.jobs import heartbeats, queue
from trade.jobs.schedule import Work
from trade.verify.everything import INVARIANTS
from trade.verify.invariant import Breach, Invariant
from trade.watch import queries
from trade.watch.proofs import Verdict
from trade.watch.rules import TOLD, troubles

PROOF, TROUBLE = "verify.run", "system.tell"


def nightly_proof(session: Session, now: datetime) -> list[Work]:
    """The books are proven once a night, when nobody works."""
    return [Work(PROOF, f"{PROOF}-night-{clock.business_date(now)}", {})]


def lasting_troubles(session: Session, now: datetime) -> list[Work]:
    """What is wrong now, told once per condition and day: the key has both."""
    day = clock.business_date(now)
    found = [each for each in troubles(queries.look(session, now)) if each.code in TOLD]
    return [
        Work(TROUBLE, f"{TROUBLE}-{each.code}-{day}", {"code": each.code, **each.facts}) for each in found
    ]


def prove_books(actor: Actor, run_id: int | None, tell: Any) -> None:
    """Look at every invariant, each in a reading of its own, so that a long proof holds nothing up."""
    began, breaches = time.monotonic(), list[tuple[Invariant, Breach]]()
    for number, each in enumerate(INVARIANTS):
        with read() as session:
            breaches += [(each, breach) for breach in each.find(session)]
        tell(number + 1, len(INVARIANTS))
    source = "night" if run_id is None else "page"
    run(keep_verdict, actor, verdict(source, began, len(INVARIANTS), breaches, run_id))


def verdict(
    source: str,
    began: float,
    invariants: int,
    breaches: Sequence[tuple[Invariant, Breach]],
    run_id: int | None = None,
) -> Verdict:
    """What is kept of a proof that began at this monotonic second."""
    found = [
        {"name": each.name, "subject": breach.subject, "row": breach.row, "says": breach.says}
        for each, breach in breaches
    ]
    return Verdict(source, int(1000 * (time.monotonic() - began)), invariants, len(found), found, run_id)


def begin_work(session: Session, actor: Actor, name: str) -> None:
    """Say that a worker starts; that none ran for a while before it is told, once a day."""
    since = heartbeats.begin(session, actor, name)
    if since is not None:
        found = {"code": "worker.back", "since": since.isoformat()}
        queue.enqueue(session, TROUBLE, f"{TROUBLE}-worker.back-{clock.today()}", found)
