"""A brand at work: server, worker, people, and the proof that nothing promised was lost and nothing is half."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cluster import is_alive
from tests.crashes import clerks, halves, roles
from tests.crashes.halves import Promised
from tests.crashes.people import Belt, Browser, Person
from tests.races import crowd
from tests.races.crowd import Company, Goods, Staff
from tests.served import Server, Worker
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.errors import Busy
from trade.inventory.models import Warehouse
from trade.notices import outbox
from trade.notices.models import OutboxMessage
from trade.returns.models import ReturnReason
from trade.settings import Setting

PATIENCE_SECONDS = 90.0
LEASE_SECONDS = 5  # of this worker, so that the work of a dead one is soon another's
DATA = "TONGQU_DATA_DIR"
ALL = ("submit", "approve", "change", "ship", "pay", "return", "move", "attach", "import", "match", "invoice")
FEW = ("submit", "ship", "pay")


@dataclass(frozen=True)
class Crew:
    """Who works, how long a breath they take between two deeds (seconds), and with what the processes are started."""

    deeds: tuple[str, ...] = FEW
    breath: float = 0.2
    environment: Mapping[str, str] = field(default_factory=dict)
    has_worker: bool = True
    lease: int = LEASE_SECONDS
    program: tuple[str, ...] = ()  # what the worker is started by, when not by `tongqu`


@dataclass(frozen=True)
class Verdict:
    """What a look at the books found; all three are empty when every promise was kept."""

    lost: list[str]
    half: list[str]
    breaches: list[str]

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.half or self.breaches)


class Site:
    """Starts everything on a database that holds the world; `data` is where the server keeps its files."""

    def __init__(self, url: str, data: Path, journals: Path, crew: Crew = Crew()):
        given = dict(crew.environment)
        self.server = Server(url, data, processes=2, threads=4, environment=given)
        options = ("--lease", str(crew.lease))
        self.worker = Worker(url, data, options=options, program=crew.program, environment=given)
        self.crew = crew
        self.data = data
        self.dice = random.Random(str(journals))
        self.people = [each for each in self._hired(journals) if each.deed in crew.deeds]
        self._before: str | None = None
        self._told: Counter[str] = Counter()
        self._looked: Counter[Path] = Counter()

    def open(self) -> None:
        """Start server and worker, and let the people in."""
        self._before, os.environ[DATA] = os.environ.get(DATA), str(self.data)
        self.server.start()
        if self.crew.has_worker:
            self.worker.start()
        for person in self.people:
            person.thread.start()

    def close(self) -> None:
        """Send everybody home and stop."""
        self.send_home()
        self.worker.stop()
        self.server.stop()
        if self._before is None:
            os.environ.pop(DATA, None)
        else:
            os.environ[DATA] = self._before

    def send_home(self) -> None:
        """Let everybody end what they are at, and stop."""
        for person in self.people:
            person.stopping.set()
        for person in self.people:
            if person.thread.is_alive():
                person.thread.join(PATIENCE_SECONDS)

    def kill(self, target: str) -> str:
        """End one of the processes as kill -9 does, while something is written; answers what people were at."""
        self.wait_for_a_write()
        moment = ", ".join(sorted({person.deed for person in self.people if person.is_busy})) or "between"
        if target == "worker":
            self.worker.kill()
        elif target == "web server":
            self.server.kill()
        else:
            os.kill(self.dice.choice(self._processes()), signal.SIGKILL)
        return moment

    def restart(self, target: str) -> None:
        """Start again what was killed; gunicorn replaces one of its own processes by itself."""
        if target == "worker":
            self.worker.start()
        elif target == "web server":
            self.server.start()

    def wait_for_a_write(self) -> None:
        """Wait until somebody has sent something, and a moment more, so that kills fall into every part of it."""
        last_call = time.monotonic() + 2.0
        while not any(person.is_busy for person in self.people) and time.monotonic() < last_call:
            time.sleep(0.001)
        time.sleep(self.dice.uniform(0.0, 0.04))

    def promised(self) -> int:
        """How many deeds were acknowledged so far."""
        return sum(person.journal.count for person in self.people)

    def wait_for_more(self, count: int, deeds: tuple[str, ...] = FEW) -> None:
        """Wait until so many further deeds are acknowledged by each of these kinds of people."""
        before = {person: person.journal.count for person in self.people if person.deed in deeds}
        wait_until(
            lambda: self._refuse_wrong() or all(p.journal.count >= n + count for p, n in before.items())
        )

    def wait_for_any(self, count: int) -> None:
        """Wait until so many further deeds are acknowledged by anybody."""
        before = self.promised()
        wait_until(lambda: self._refuse_wrong() or self.promised() >= before + count)

    def wait_until_sent(self) -> None:
        """Wait until every message that deeds left has been sent."""

        def is_empty() -> bool:
            with db.read() as session:
                left = select(OutboxMessage.id).where(
                    outbox.waiting(clock.now()) | OutboxMessage.leased_until.is_not(None)
                )
                return session.scalar(left.limit(1)) is None

        wait_until(is_empty)

    def seen_since(self) -> Counter[str]:
        """What people saw since this was asked last."""
        total = sum((Counter(dict(person.saw)) for person in self.people), Counter())
        fresh, self._told = total - self._told, total
        return fresh

    def look(self) -> Verdict:
        """Search for everything promised and for every half, and prove every invariant."""
        promised = self._promised()
        with db.read() as session:
            found = halves.lost(session, promised), halves.half_written(session)
        return Verdict(*found, crowd.breaches())

    def check(self) -> None:
        """Everything promised is there once, nothing is half, and nobody saw what they should not."""
        self._refuse_gone()
        found = self.look()
        assert found.is_clean, found

    def check_promises(self, *, and_halves: bool) -> None:
        """The same for what was promised since the last time, without the invariants."""
        self._refuse_gone()
        fresh: dict[str, list[str]] = {}
        for person in self.people:
            names = person.journal.names()
            fresh.setdefault(person.deed, []).extend(names[self._looked[person.journal.path] :])
            self._looked[person.journal.path] = len(names)
        with db.read() as session:
            found = halves.lost(session, {**fresh}), halves.half_written(session) if and_halves else []
        assert found == ([], []), found

    def cut(self) -> int:
        """How many writes lost their connection so far."""
        return sum(person.cut for person in self.people)

    def _refuse_gone(self) -> None:
        self._refuse_wrong()
        dead = [person.deed for person in self.people if not person.thread.is_alive()]
        assert not dead, f"gave up: {dead}"

    def _promised(self) -> Promised:
        found: dict[str, list[str]] = {}
        for person in self.people:
            found.setdefault(person.deed, []).extend(person.journal.names())
        return {**found}

    def _refuse_wrong(self) -> bool:
        wrong = [each for person in self.people for each in person.wrong]
        assert not wrong, "\n".join(wrong[:3])
        return False

    def _hired(self, journals: Path) -> list[Person]:
        """The distributor's people and the brand's, signed in, each with a journal."""
        company = db.run(crowd.make_company, OPERATOR, Company("CRASH", Decimal(10_000_000)))
        codes = [f"CRASH-{at}" for at in range(3)]
        sku_ids = db.run(crowd.make_goods, OPERATOR, Goods([*codes, "CRASH-MOVED"], 10**6))
        staff = Staff(["crash-1", "crash-2", "crash-3"], company)
        buyers = [each.token for each in db.run(crowd.hire, OPERATOR, staff)]
        names = [
            "rep",
            "rep",
            "warehouse",
            "finance",
            "rep",
            "warehouse",
            "warehouse",
            "rep",
            "administrator",
            "finance",
            "finance",
        ]
        tokens = [db.run(crowd.sign_in, OPERATOR, Staff([name]))[0] for name in names]
        far, reason = db.run(_set_up, OPERATOR, None)
        belt, breath = Belt(), self.crew.breath
        is_long = "approve" in self.crew.deeds
        places = iter(range(100))

        def at(token: str) -> tuple[Browser, Path, float]:
            return Browser(self.server.base_url, token), journals / f"journal-{next(places)}", breath

        three = tuple(Browser(self.server.base_url, each) for each in (buyers[2], tokens[4], tokens[5]))
        return [
            *(roles.Buyer(*at(each), sku_ids[:3], belt, is_simple=not is_long) for each in buyers[:2]),
            roles.Approver(*at(tokens[0]), belt),
            roles.Changer(*at(tokens[1]), belt),
            roles.Packer(*at(tokens[2]), belt),
            roles.Cashier(*at(tokens[3]), company),
            roles.Returner(three, journals / "journal-returns", breath, belt, reason),
            roles.Storekeeper(*at(tokens[6]), "CRASH-MOVED", far),
            roles.Filer(*at(tokens[7]), belt),
            roles.Importer(*at(tokens[8])),
            clerks.Teller(*at(tokens[9]), "CRASH"),
            clerks.Biller(*at(tokens[10])),
        ]

    def _processes(self) -> list[int]:
        assert self.server.process is not None
        master = self.server.process.pid
        wait_until(lambda: len(_children(master)) == 2)
        return _children(master)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for something that will happen."""
    last_call = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < last_call, "waited in vain"
        time.sleep(0.02)


def when_it_answers(look: Callable[[], None]) -> None:
    """Look as soon as the database is back."""
    last_call = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return look()
        except Busy:
            if time.monotonic() > last_call:
                raise
            time.sleep(0.1)


def _set_up(session: Session, actor: Actor, given: None) -> tuple[int, int]:
    """Large orders wait for a yes, and there is a second warehouse; answers it and the reason of returns."""
    session.add(Setting(key="order.approve_above", value="200.00"))
    far = Warehouse(code="FAR", name="二号仓")
    session.add(far)
    session.flush()
    reason = session.scalars(select(ReturnReason.id).where(ReturnReason.code == "unsold")).one()
    return far.id, reason


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()
    return [int(each) for each in listed if is_alive(int(each))]
