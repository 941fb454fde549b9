"""The cast on a fresh database; after each flow every invariant holds. A proof writes down what it saw of the books."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.cast import Cast
from tests.reused import connected
from tests.verify.after import verified
from trade import clock
from trade.amendments.models import Amendment
from trade.books.models import Application, LedgerEntry
from trade.credit.models import CreditDecision, CreditLimit
from trade.db import Base
from trade.fulfilment.models import Shipment
from trade.invoices.models import Invoice
from trade.orders.models import Order
from trade.receivables.models import Payment
from trade.returns.models import ReturnRequest

PAGE = Path("docs/proof/books.md")
COUNTED: Mapping[str, type[Base]] = {
    "orders": Order,
    "amendments": Amendment,
    "shipments": Shipment,
    "invoices": Invoice,
    "returns": ReturnRequest,
    "payments": Payment,
    "applications": Application,
    "limits": CreditLimit,
    "credit decisions": CreditDecision,
    "entries": LedgerEntry,
}


@dataclass(frozen=True)
class Walked:
    """What a long walk left in a database, and what the seals said of changes behind the program's back."""

    database: str
    steps: int
    sealed: int
    counted: Mapping[str, int]
    named: Mapping[str, Sequence[tuple[int | None, str]]]


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    connected(database_url)
    yield Cast()


@pytest.fixture(scope="session")
def paper(request: pytest.FixtureRequest) -> Iterator[list[Walked]]:
    """Collect the walks; a proof, which runs in one process, writes them down."""
    found: list[Walked] = []
    yield found
    if os.environ.get("TONGQU_PROOF") == "1" and found and not hasattr(request.config, "workerinput"):
        PAGE.write_text(_page(found), "utf-8")


def _page(found: Sequence[Walked]) -> str:
    names = [each.database for each in found]
    lines = [
        "# The books: against the plain model, and against a hand behind the program's back",
        "",
        f"Written by `./test --proof tests/credit` on {clock.today()}. The real flows beside `tests/credit/model.py`, which",
        "keeps nothing and counts every figure from the documents; after each step the parts, `used`, what is earmarked,",
        "limit and block of three accounts and their group are compared, and the entries of each account add up to nothing.",
        "Afterwards `tongqu verify` looks at what the walk left, which rebuilds every kept sum from its documents.",
        "",
        f"| | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
        f"| steps compared | {' | '.join(f'{each.steps:,}' for each in found)} |",
        f"| divergences | {' | '.join('0' for _ in found)} |",
        *(f"| {what} | {' | '.join(f'{each.counted[what]:,}' for each in found)} |" for what in COUNTED),
        f"| breaches by verify | {' | '.join('0' for _ in found)} |",
        f"| entries sealed | {' | '.join(f'{each.sealed:,}' for each in found)} |",
        "",
        "## Tampering",
        "",
        "UPDATE and DELETE (on PostgreSQL TRUNCATE too) of entries, seals and applications are refused by triggers",
        "(`tests/house/test_migrations.py`). With the triggers off, each of these was done to one entry in the middle of the",
        "walk's books and undone again; what the seals say of it (`tongqu verify`, `ledger.sealed`):",
        "",
        f"| deed | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for deed in found[0].named:
        told = (", ".join(f"entry {key} {what} its seal" for key, what in each.named[deed]) for each in found)
        lines.append(f"| {deed} | {' | '.join(told)} |")
    return "\n".join([*lines, ""])


__all__ = ["cast", "verified"]
