"""Two server processes on a database that the test looks into as well."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.races.faulty import FAULT
from tests.races.rush import Outcome, Place, Size
from tests.served import Server
from trade import clock, db

Open = Callable[..., Place]


IS_PROOF = os.environ.get("TONGQU_PROOF") == "1"
PAGE = Path("docs/proof/races.md")
SMALL, FULL = Size(orders=32, fit=10), Size(orders=320, fit=100)
HUGE = Size(orders=10_000, fit=4_321)  # of the rush for credit alone
FEW, MANY = Size(orders=4, fit=4), Size(orders=40, fit=40)  # of the rushes about approved orders


@dataclass(frozen=True)
class Finding:
    """One rush: where, without which guard, what was answered, and what it came to."""

    database: str
    rush: str
    guard: str
    outcome: Outcome
    verdict: str


@pytest.fixture(scope="session")
def findings(request: pytest.FixtureRequest) -> Iterator[list[Finding]]:
    """Collect how it ended; a proof, which runs in one process, writes it down."""
    found: list[Finding] = []
    yield found
    if IS_PROOF and found and not hasattr(request.config, "workerinput"):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(_page(found), "utf-8")


@pytest.fixture
def serve(database_url: str, tmp_path: Path) -> Iterator[Open]:
    """Start the server, without the guards that are named."""
    servers: list[Server] = []
    engine = db.connect(database_url)

    def start(faults: Sequence[str] = ()) -> Place:
        planted = (
            {FAULT: ",".join(faults), "TONGQU_WSGI": "tests.races.faulty:create_app()"} if faults else {}
        )
        server = Server(database_url, tmp_path / "data", processes=2, environment=planted)
        servers.append(server)
        server.start()
        return Place(server.base_url, engine.dialect.name)

    yield start
    for server in servers:
        server.stop()
    engine.dispose()


def _page(found: Sequence[Finding]) -> str:
    lines = [
        "# Races: exactly as many win as can",
        "",
        f"Written by `./test --proof tests/races` on {clock.today()}. 64 client threads over HTTP against two server",
        f"processes; {FULL.orders} orders of which {FULL.fit} fit (repeats: half as many carts, each submitted twice at",
        "once with something typed; decisions: a quarter, each approved and rejected at once by two people). With a",
        f"guard taken out ({SMALL.orders} orders) the same judgement must fail, and says where.",
        "",
        f"Approved orders ({MANY.orders}; {FEW.orders} without the guard): `change` — half changed at once, half by a",
        "decision, while the warehouse ships all of each; `move` — as many transfers as orders over goods for half of",
        "them; `inbox` — changes and returns, each approved and rejected at once by two people; `return` — half asked",
        "for by two taps on one form (one request, on whose page both end), half taken in by two people at once.",
        "Without the guard of `change` the database itself refuses some; those answer 500, and nothing is written.",
        "",
        "| database | rush | guard | answers | orders afterwards | judgement |",
        "|---|---|---|---|---|---|",
    ]
    for each in found:
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(each.outcome.statuses.items()))
        states = ", ".join(f"{count} {state}" for state, count in sorted(each.outcome.states.items()))
        lines.append(
            f"| {each.database} | {each.rush} | {each.guard} | {answers} | {states} | {each.verdict} |"
        )
    return "\n".join([*lines, ""])
