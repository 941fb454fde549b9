"""Requests by eight clients, and what they cost: time, CPU of the server's and the database's processes, memory."""

import os
import queue
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

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
class Row:
    """A line of the table."""

    name: str
    samples: Sequence[Sample]
    statements: str = ""
    size: str = ""
    memory: str = ""

    @property
    def rate(self) -> float:
        return statistics.median(sample.rate for sample in self.samples)

    @property
    def cpu(self) -> float:
        return statistics.median(sample.cpu for sample in self.samples)

    def cells(self) -> list[str]:
        """What the table says."""
        rates = sorted(sample.rate for sample in self.samples)
        all_of_them = sorted(each for sample in self.samples for each in sample.latencies)
        database = statistics.median(sample.database_cpu / sample.count for sample in self.samples)
        times = [f"{at(all_of_them, part):.1f}" for part in (0.5, 0.95)] if all_of_them else ["", ""]
        return [
            self.name,
            f"{rates[0]:.1f} / {self.rate:.1f} / {rates[-1]:.1f}",
            *times,
            f"{self.cpu:.2f}",
            f"{database:.2f}",
            self.statements,
            self.size,
            self.memory,
        ]


HEAD = [
    "what",
    "per second: min / median / max",
    "p50 ms",
    "p95 ms",
    "CPU ms each",
    "of it database",
    "SQL",
    "bytes",
    "memory MB",
]


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
    total = 0
    for process in _tree(roots):
        fields = _stat(process)
        total += sum(map(int, fields[11:15])) if fields else 0
    return total * TICK_MILLISECONDS


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


def table(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def _tree(roots: Iterable[int]) -> list[int]:
    found = list(roots)
    for process in found:
        try:
            found += map(int, Path(f"/proc/{process}/task/{process}/children").read_text("utf-8").split())
        except OSError:
            continue
    return found
