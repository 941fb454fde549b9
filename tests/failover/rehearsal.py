"""The failover rehearsal: every fault that docs/scale-out.md speaks of, with people ordering all the while.

As root, with PostgreSQL, etcd, HAProxy, Redis and Patroni installed: `python -m tests.failover.rehearsal`; it writes
docs/proof/failover.md and ends with 1 when an acknowledged order is missing or stands twice.
"""

import itertools
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from tests.cluster import binary
from tests.crashes.site import when_it_answers
from tests.failover.buyers import Buyer
from tests.failover.hosts import Host, signal_one, wait_until
from tests.failover.site import PATRONI, Brand
from tests.races import crowd
from tests.races.crowd import Company, Goods, Staff
from tests.world import OPERATOR, build_template
from trade import clock, db

BUYERS = 4
TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 3
ONLY = sys.argv[2] if len(sys.argv) > 2 else ""  # faults with these words, and nothing is written
Deeds = tuple[Callable[[], None], Callable[[], None]]
PAGE = Path("docs/proof/failover.md")


@dataclass(frozen=True)
class Seen:
    """One fault: how long nobody's order was acknowledged, until all was whole again, and what people saw."""

    fault: str
    gap: float
    whole: float
    saw: Counter[str]
    promised: int


class Rehearsal:
    def __init__(self, brand: Brand):
        self.brand, self.found = brand, list[Seen]()
        folder = brand.folder
        engine = db.connect(brand.url)
        build_template(brand.url)
        db.bind(engine)
        company = db.run(crowd.make_company, OPERATOR, Company("FAIL", Decimal(10_000_000)))
        skus = db.run(crowd.make_goods, OPERATOR, Goods([f"FAIL-{at}" for at in range(3)], 10**6))
        buyers = db.run(crowd.hire, OPERATOR, Staff([f"fail-{at}" for at in range(BUYERS)], company))
        url = brand.base_url
        self.people = [
            Buyer(url, each.token, folder / f"journal-{at}", skus) for at, each in enumerate(buyers)
        ]

    def saw(self) -> Counter[str]:
        return sum((person.saw for person in self.people), Counter())

    def acknowledged(self) -> list[float]:
        return sorted(at for person in self.people for at in list(person.times))

    def go_on(self, count: int = 8) -> None:
        """Until so many further orders are acknowledged."""
        before = len(self.acknowledged())
        wait_until(lambda: len(self.acknowledged()) >= before + count, 120, "orders")

    def suffer(self, fault: str, strike: Callable[[], None], mend: Callable[[], None]) -> None:
        """Let one thing happen, see people through it, make all whole, and look into the books."""
        self.go_on()
        before, began = self.saw(), time.monotonic()
        strike()
        self.go_on()
        mend()
        self.brand.wait_for_two()
        wait_until(lambda: all(answers(host) for host in self.brand.webs), 60, "both web hosts")
        whole = time.monotonic() - began
        self.go_on()
        told = self.acknowledged()
        around = [at for at in told if at > began - 2]
        gap = max(later - sooner for sooner, later in itertools.pairwise(around))
        when_it_answers(self.check)
        seen = Seen(fault, gap, whole, self.saw() - before, len(told))
        self.found.append(seen)
        print(
            f"{fault}: gap {gap:.1f} s, whole after {whole:.1f} s, {dict(seen.saw)}, {len(told)}", flush=True
        )

    def check(self) -> None:
        """Everything acknowledged is there once, and verify finds nothing."""
        wrong = [each for person in self.people for each in person.wrong]
        assert not wrong, "\n".join(wrong[:3])
        assert all(person.thread.is_alive() for person in self.people)
        for person in self.people:
            assert person.missing_or_twice() == {}
        assert crowd.breaches() == []

    def close(self) -> None:
        for person in self.people:
            person.stopping.set()
        for person in self.people:
            if person.thread.is_alive():
                person.thread.join(70)


def lose_host(brand: Brand) -> Deeds:
    """The primary's host loses its link and its power in one moment; mended, it comes back as a standby."""
    lost: list[Host] = []

    def strike() -> None:
        lost.append(brand.primary())
        lost[0].unplug()
        lost[0].die()

    def mend() -> None:
        lost[0].plug()
        brand.start_database(lost[0])

    return strike, mend


def lose_link(brand: Brand) -> Deeds:
    """The primary is cut off and lives on, believing for a while that it leads."""
    lost: list[Host] = []

    def strike() -> None:
        lost.append(brand.primary())
        lost[0].unplug()

    return strike, lambda: lost[0].plug()


def kill_postgres(brand: Brand) -> Deeds:
    """kill -9 of the primary's PostgreSQL alone; its Patroni sees to it."""

    def strike() -> None:
        host = brand.primary()
        process = int((host.folder / "data/postmaster.pid").read_text("utf-8").splitlines()[0])
        signal_one(process, signal.SIGKILL)

    return strike, lambda: None


def switch_over(brand: Brand) -> Deeds:
    """patronictl switchover, as before maintenance."""

    def strike() -> None:
        config = brand.databases[0].folder / "patroni.yml"
        command = [str(Path(PATRONI).parent / "patronictl"), "-c", str(config), "switchover", "tongqu"]
        told = ["--leader", brand.primary().name, "--force"]
        subprocess.run([*command, *told], check=True, stdout=subprocess.DEVNULL)

    return strike, lambda: None


def lose_web(brand: Brand, at: int) -> Deeds:
    """One web host with its worker is gone at once."""

    def strike() -> None:
        brand.webs[at].unplug()
        brand.webs[at].die()

    def mend() -> None:
        brand.webs[at].plug()
        brand.start_web(brand.webs[at])

    return strike, mend


def drain_web(brand: Brand) -> Deeds:
    """SIGTERM to the web server of one host, as an upgrade does."""

    def strike() -> None:
        arbiter = brand.webs[0].processes["web"].pid
        signal_one(arbiter, signal.SIGTERM)
        brand.webs[0].processes["web"].wait(40)

    def mend() -> None:
        brand.webs[0].die()
        brand.start_web(brand.webs[0])

    return strike, mend


def without(brand: Brand, name: str, start: Callable[[], None]) -> Deeds:
    """etcd or Redis is away for twelve seconds."""

    def strike() -> None:
        brand.stop(name)
        time.sleep(12)

    return strike, start


def faults(brand: Brand) -> list[tuple[str, Deeds]]:
    """What happens, in this order: how it strikes and how it is mended."""
    lost = [(f"primary's host lost (link and power), {at + 1}", lose_host(brand)) for at in range(TIMES)]
    return [
        *lost,
        ("primary cut off, living on", lose_link(brand)),
        ("kill -9 of the primary's PostgreSQL", kill_postgres(brand)),
        ("patronictl switchover", switch_over(brand)),
        ("a web host lost", lose_web(brand, 1)),
        ("SIGTERM to a web host", drain_web(brand)),
        ("etcd away for 12 s", without(brand, "etcd", brand.start_etcd)),
        ("Redis away for 12 s", without(brand, "redis", brand.start_redis)),
    ]


def rehearse(brand: Brand) -> list[Seen]:
    brand.open()
    rehearsal = Rehearsal(brand)
    for host in brand.webs:
        brand.start_web(host)
    wait_until(lambda: all(answers(host) for host in brand.webs), 60, "both web hosts")
    for person in rehearsal.people:
        person.thread.start()
    try:
        for fault, deeds in faults(brand):
            if ONLY in fault:
                rehearsal.suffer(fault, *deeds)
    finally:
        rehearsal.close()
        for person in rehearsal.people:
            for each in person.wrong[:2]:
                print("WRONG", each[:600], flush=True)
    return rehearsal.found


def answers(host: Host) -> bool:
    """Whether a web host says that it is ready."""
    told = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://{host.address}:8000/readyz"],
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout == "200"


def page(found: list[Seen]) -> str:
    """The table, with what was measured on."""
    version = subprocess.run([binary("postgres"), "--version"], capture_output=True, text=True, check=True)
    lines = [
        "# Failover: how long nobody could order, and what was lost",
        "",
        f"Written by `python -m tests.failover.rehearsal` on {clock.today()}: two web hosts with a worker each, two",
        f"databases ({version.stdout.strip()}) under Patroni with one synchronous standby, etcd, Redis and HAProxy, each",
        "host a network namespace of one machine with two cores, the configuration of `deploy/ha/`. Four buyers order",
        "over HTTP without pause; each writes down what was acknowledged (fsync) before going on. After each fault every",
        "acknowledged order was looked up and stood once, and `tongqu verify` found nothing.",
        "",
        "| fault | gap in s | whole again after s | people saw | acknowledged so far |",
        "|---|---|---|---|---|",
    ]
    for each in found:
        saw = ", ".join(f"{count} × {what}" for what, count in sorted(each.saw.items()))
        lines.append(f"| {each.fault} | {each.gap:.1f} | {each.whole:.1f} | {saw} | {each.promised} |")
    more = [
        "",
        "*Gap*: the longest time around the fault in which no order of anybody was acknowledged. *Whole again*: until",
        "there are a primary and a synchronous standby again, the time it took to bring the host back included.",
        "",
    ]
    return "\n".join([*lines, *more])


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="tongqu-failover-"))
    folder.chmod(0o755)
    brand = Brand(folder)
    found: list[Seen] = []
    try:
        found = rehearse(brand)
    finally:
        brand.close()
    if not ONLY:
        PAGE.write_text(page(found), "utf-8")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
