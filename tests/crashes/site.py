"""A brand at work: server, worker, people, and the proof that nothing promised was lost and nothing is half."""

import os
import queue
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from tests.cluster import is_alive
from tests.crashes.people import Buyer, Cashier, Packer, Person
from tests.races import crowd
from tests.races.crowd import Company, Goods, Staff
from tests.served import Server, Worker
from tests.world import OPERATOR
from trade import db
from trade.errors import Busy
from trade.fulfilment.models import Shipment
from trade.orders.models import Order
from trade.receivables.models import Payment

PATIENCE_SECONDS = 40.0


class Site:
    """Starts everything on a database that holds the world; `data` is where the server keeps its files."""

    def __init__(self, url: str, data: Path, journals: Path):
        self.server = Server(url, data, processes=2, threads=4)
        self.worker = Worker(url, data)
        self.dice = random.Random(str(journals))
        company = db.run(crowd.make_company, OPERATOR, Company("CRASH", Decimal(10_000_000)))
        sku_ids = db.run(crowd.make_goods, OPERATOR, Goods([f"CRASH-{at}" for at in range(3)], 10**6))
        buyers = db.run(crowd.hire, OPERATOR, Staff(["crash-1", "crash-2"], company))
        packer, cashier = db.run(crowd.sign_in, OPERATOR, Staff(["warehouse", "finance"]))
        orders: queue.Queue[str] = queue.Queue()
        url = self.server.base_url
        self.people: list[Person] = [
            *(Buyer(url, each.token, journals / each.token[:6], sku_ids, orders) for each in buyers),
            Packer(url, packer, journals / "parcels", orders),
            Cashier(url, cashier, journals / "payments", company),
        ]
        self._told: Counter[str] = Counter()

    def open(self) -> None:
        """Start server and worker, and let the people in."""
        self.server.start()
        self.worker.start()
        for person in self.people:
            person.thread.start()

    def close(self) -> None:
        """Send everybody home and stop."""
        for person in self.people:
            person.stopping.set()
        for person in self.people:
            if person.thread.is_alive():
                person.thread.join(PATIENCE_SECONDS)
        self.worker.stop()
        self.server.stop()

    def kill(self, target: str) -> str:
        """End one of the processes as kill -9 does; answers what people were doing."""
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

    def promised(self) -> int:
        """How many orders, parcels and payments were acknowledged so far."""
        return sum(len(person.journal.names()) for person in self.people)

    def wait_for_more(self, count: int) -> None:
        """Wait until so many further deeds are acknowledged by each kind of person."""
        before = {person: len(person.journal.names()) for person in self.people}
        wait_until(lambda: all(len(each.journal.names()) >= before[each] + count for each in self.people))

    def seen_since(self) -> Counter[str]:
        """What people saw since this was asked last."""
        total = sum((person.saw for person in self.people), Counter())
        fresh, self._told = total - self._told, total
        return fresh

    def check(self) -> None:
        """Everything promised is there once, verify finds nothing, and nobody saw what they should not."""
        wrong = [each for person in self.people for each in person.wrong]
        assert not wrong, "\n".join(wrong[:3])
        dead = [person.deed for person in self.people if not person.thread.is_alive()]
        assert not dead, f"gave up: {dead}"
        columns: dict[type[Person], InstrumentedAttribute[object]] = {
            Buyer: Order.id,
            Packer: Shipment.tracking_number,
            Cashier: Payment.reference,
        }
        for person in self.people:
            found = _count(columns[type(person)], person.journal.names())
            assert set(found.values()) <= {1}, f"{person.deed}: {found}"
        assert crowd.breaches() == []

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
        time.sleep(0.05)


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


def _count(column: "InstrumentedAttribute[object]", names: Sequence[str]) -> dict[str, int]:
    """By name that was promised, how many rows there are."""
    found = {name: 0 for name in names}
    is_number = column is Order.id
    wanted = [int(name) for name in found] if is_number else list(found)
    with db.read() as session:
        for at in range(0, len(wanted), 500):
            rows = select(column, func.count()).where(column.in_(wanted[at : at + 500])).group_by(column)
            if is_number:
                rows = rows.where(Order.number.is_not(None))
            for name, count in session.execute(rows):
                found[str(name)] = count
    return found


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split()
    return [int(each) for each in listed if is_alive(int(each))]
