"""Requests by eight clients, and what they cost: time, CPU of the server's and the database's processes, memory."""

import os
import queue
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import CPU, P95, RATE, Figure, Goal

CLIENTS = 8
TICK_MILLISECONDS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """One round: seconds from first to last answer, each answer's milliseconds, CPU of both trees."""

    count: int
    seconds: float
    latencies: Sequence[float]
    server_cpu: float
    database_cpu: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu(self) -> float:
        """CPU milliseconds of one request, both trees."""
        return (self.server_cpu + self.database_cpu) / self.count


@dataclass(frozen=True)
class Turns:
    """The rounds of one thing, and what else is known of it."""

    samples: Sequence[Sample]
    facts: str = ""

    def cpu(self, what: str, size: int, limit: "Turns | None" = None, goal: Goal | None = None) -> Figure:
        """CPU of one request, server's and database's; beside it the limit's."""
        return self._figure(what, size, CPU, lambda sample: sample.cpu, limit, goal)

    def rate(self, what: str, size: int, limit: "Turns | None" = None, goal: Goal | None = None) -> Figure:
        """Requests a second."""
        return self._figure(what, size, RATE, lambda sample: sample.rate, limit, goal)

    def p95(self, what: str, size: int, limit: "Turns | None" = None, goal: Goal | None = None) -> Figure:
        """Milliseconds within which 95 of 100 requests were answered."""
        return self._figure(what, size, P95, lambda sample: at(sorted(sample.latencies), 0.95), limit, goal)

    def _figure(
        self,
        what: str,
        size: int,
        unit: str,
        of: Callable[[Sample], float],
        limit: "Turns | None",
        goal: Goal | None,
    ) -> Figure:
        beside = [of(sample) for sample in limit.samples] if limit else []
        ours = [of(sample) for sample in self.samples]
        return Figure(what, size, unit, ours, beside, goal, self.facts if unit == CPU else "")

    @property
    def database(self) -> float:
        """CPU milliseconds of the database for one request."""
        return statistics.median(sample.database_cpu / sample.count for sample in self.samples)


def at(ordered: Sequence[float], part: float) -> float:
    """The value below which this part lies."""
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def load(
    deeds: Sequence[Callable[[], None]],
    server: Iterable[int],
    database: Iterable[int],
    clients: int = CLIENTS,
) -> Sample:
    """Do every deed once, as fast as the clients can."""
    waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    for deed in deeds:
        waiting.put(deed)
    latencies: list[float] = []
    failures: list[BaseException] = []

    def work() -> None:
        while not failures:
            try:
                deed = waiting.get_nowait()
            except queue.Empty:
                return
            began = time.perf_counter()
            try:
                deed()
            except BaseException as error:  # noqa: BLE001 (told by the thread that waits)
                failures.append(error)
            latencies.append(1000 * (time.perf_counter() - began))

    server, database = list(server), list(database)
    before = cpu(server), cpu(database)
    threads = [threading.Thread(target=work) for _ in range(clients)]
    began = time.perf_counter()
    if clients == 1:
        work()  # within this process the CPU of a thread that has ended is known by the tick only
    else:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    seconds = time.perf_counter() - began
    if failures:
        raise failures[0]
    after = cpu(server), cpu(database)
    return Sample(len(deeds), seconds, latencies, after[0] - before[0], after[1] - before[1])


def cpu(roots: Iterable[int]) -> float:
    """CPU milliseconds that these processes and all below them have used, the ended ones included."""
    total = 0.0
    for process in _tree(roots):
        fields = _stat(process)
        if fields:
            own, ended = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
            total += max(own * TICK_MILLISECONDS, _precisely(process)) + ended * TICK_MILLISECONDS
    return total


class Neighbours:
    """What others use of the machine while we measure, in cores: all that is busy but our own processes."""

    def __init__(self) -> None:
        self._began, self._busy, self._own = self._now()

    def cores(self) -> float:
        """Cores that others have used so far, on average."""
        now, busy, own = self._now()
        others = (busy - self._busy) - (own - self._own)
        return max(0.0, others / 1000 / max(now - self._began, 1e-3))

    def _now(self) -> tuple[float, float, float]:
        user, nice, system, _, _, *interrupts = Path("/proc/stat").read_text("utf-8").split()[1:9]
        busy = sum(map(int, (user, nice, system, *interrupts))) * TICK_MILLISECONDS
        return time.monotonic(), busy, cpu([os.getpid()])


def memory(roots: Iterable[int]) -> float:
    """Megabytes of a tree of processes, pages that they share counted once."""
    kilobytes = 0
    for process in _tree(roots):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text("utf-8").splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes / 1000


def largest(roots: Iterable[int]) -> float:
    """Megabytes of the largest process of a tree, its part of what is shared counted."""
    return max((_proportional(process) for process in _tree(roots)), default=0.0)


def _proportional(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _precisely(process: int) -> float:
    """CPU milliseconds of the threads that live, where the kernel counts nanoseconds: a tick is longer than many pages."""
    nanoseconds = 0
    for path in Path(f"/proc/{process}/task").glob("*/schedstat"):
        try:
            nanoseconds += int(path.read_text("utf-8").split()[0])
        except OSError:
            continue
    return nanoseconds / 1_000_000


def _tree(roots: Iterable[int]) -> list[int]:
    found = list(roots)
    for process in found:
        try:
            for path in Path(f"/proc/{process}/task").glob("*/children"):
                found += map(int, path.read_text("utf-8").split())
        except OSError:
            continue
    return found
