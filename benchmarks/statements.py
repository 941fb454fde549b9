"""B12: a thousand statements of thirty lines: made by the month's job, and drawn as PDFs by two workers."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.data import OPERATOR, Wanted
from benchmarks.figures import Figure, Goal, Workload
from benchmarks.measure import largest
from benchmarks.places import Place
from ops import statements
from tests.served import Worker
from trade import clock, db
from trade.actor import Actor
from trade.books.models import LedgerEntry, OpenItem
from trade.credit.models import CreditAccount
from trade.db import insert_rows
from trade.distributors.models import LegalEntity
from trade.flows.make_statements import start_statements
from trade.flows.order_papers import Bundle, order_bundle
from trade.jobs.models import Job
from trade.papers.models import PaperRun
from trade.people.models import Person
from trade.statements.rules import month_before

LINES, SECONDS, MOST, PROCESSES = 30, 150, 130, 2
LOOK = 0.5  # seconds between two looks at the processes
PAYMENT_EVERY = 3


@dataclass
class Seen:
    """The run as it goes: when it was over, and the largest process so far."""

    seconds: float = 0.0
    largest: float = 0.0


def measured(place: Place, count: int) -> list[Figure]:
    """Seconds for the month and for its PDFs, and the megabytes of the larger worker."""
    url, _carts = place.own(Wanted(10, distributors=count))
    engine = db.connect(url)
    month = month_before(clock.today())
    db.run(_book, OPERATOR, month)
    began = time.monotonic()
    run_id = db.run(start_statements, OPERATOR, month)
    statements.make_month(OPERATOR, run_id, lambda done, total: None)
    making = time.monotonic() - began
    seen = _drawn(place, url, month)
    engine.dispose()
    return [
        Figure(f"made, {LINES} lines each", count, "s", [making]),
        Figure(
            f"drawn by {PROCESSES} workers",
            count,
            "s",
            [seen.seconds],
            (),
            Goal("most", SECONDS * count / 1000),
            f"{1000 * seen.seconds / count:.0f} ms each",
        ),
        Figure("the largest process", count, "MB", [seen.largest], (), Goal("most", MOST)),
    ]


def _drawn(place: Place, url: str, month: date) -> Seen:
    """Let two workers, who have nothing else to do, draw a month into a folder that they share; look now and then."""
    folder = place.folder / f"drawn-{place.made}"
    workers = [Worker(url, folder) for _each in range(PROCESSES)]
    seen = Seen()
    try:
        for each in workers:
            each.start()
        while _is_busy():
            time.sleep(LOOK)
        db.run(order_bundle, _asker(), Bundle(month, "statements"))
        began = time.monotonic()
        while not _is_over():
            time.sleep(LOOK)
            seen.largest = max(seen.largest, largest(each.process.pid for each in workers if each.process))
        seen.seconds = time.monotonic() - began
    finally:
        for each in workers:
            each.stop()
    return seen


def _asker() -> Actor:
    """Somebody at the brand, who is to have the file."""
    with db.read() as session:
        person_id = session.scalars(select(Person.id).order_by(Person.id)).first()
    return Actor("bench", person_id, None, OPERATOR.scope, OPERATOR.permissions)


def _is_busy() -> bool:
    """Whether workers that have just begun have not yet done what was due; their rounds are due at once."""
    with db.read() as session:
        due = (Job.state == "running") | ((Job.state == "waiting") & (Job.due_at <= clock.now()))
        rounds = select(Job.id).where(Job.key.startswith("every-")).limit(1)
        return (
            session.scalar(select(Job.id).where(due).limit(1)) is not None or session.scalar(rounds) is None
        )


def _is_over() -> bool:
    with db.read() as session:
        return session.scalars(select(PaperRun.state).order_by(PaperRun.id.desc())).first() in (
            "done",
            "failed",
        )


def _book(session: Session, actor: Actor, month: date) -> None:
    """Thirty documents a month on every account: two of three are shipments, the third pays something."""
    entity = session.scalars(select(LegalEntity.id).order_by(LegalEntity.id)).first()
    accounts = session.scalars(
        select(CreditAccount.id).where(CreditAccount.distributor_id.is_not(None)).order_by(CreditAccount.id)
    ).all()
    assert entity is not None
    rows = list(_documents(accounts, month))
    insert_rows(session, LedgerEntry, [entry for entry, _item in rows])
    insert_rows(session, OpenItem, [item for _entry, item in rows])


def _documents(accounts: Any, month: date) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for at, account_id in enumerate(accounts):
        for line in range(LINES):
            key, day = at * LINES + line + 1, month + timedelta(days=line % 28)
            is_payment = line % PAYMENT_EVERY == PAYMENT_EVERY - 1
            kind, amount = ("payment", Decimal(3000)) if is_payment else ("shipment", Decimal("4478.06"))
            entry = {
                "account_id": account_id,
                "source": f"bench-{key}",
                "line_no": 1,
                "kind": kind,
                "debit": "bank" if is_payment else "unbilled",
                "credit": "prepayment" if is_payment else "sales",
                "amount": amount,
                "subject": kind,
                "subject_id": key,
                "order_id": None,
                "day": day,
                "booked_on": day,
                "reverses_id": None,
            }
            item = {
                "account_id": account_id,
                "kind": kind,
                "subject_id": key,
                "number": f"{'RC' if is_payment else 'DN'}{day:%y%m%d}-{key:04d}",
                "is_debt": not is_payment,
                "day": day,
                "due_on": None if is_payment else day + timedelta(days=30),
                "amount": amount,
                "order_id": None,
                "voided_at": None,
            }
            yield entry, item


WORKLOAD = Workload(
    "B12",
    "The statements of a month, thirty lines each: made account by account, then drawn as PDFs by two workers into one file."
    " Nothing else could do less of the same work, so that no limit stands beside it.",
    f"1,000 PDFs in ≤ {SECONDS} s on two cores, ≤ {MOST} MB per process",
    measured,
    of="statements",
    sizes=(100, 1000),
)
