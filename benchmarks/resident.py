"""B11: memory of two web processes and the job worker, idle and under load."""

import time
from collections.abc import Iterator
from functools import partial
from itertools import cycle

from benchmarks.catalogue import bare_server, root, taking_turns
from benchmarks.data import Wanted
from benchmarks.figures import Figure, Goal, Workload
from benchmarks.measure import load, memory
from benchmarks.places import Place
from tests.races.visitor import Visitor
from tests.served import Server, Worker

PAGES = (
    "/portal/catalog",
    "/portal/catalog?q=SKU0001",
    "/portal/cart",
    "/portal/orders",
    "/portal/catalog/7",
)
MOST, FLAT = 260, 1.05
AT_A_TIME = 40  # requests between two looks at the clock
REST = 3  # seconds after the start


def measured(place: Place, seconds: int) -> list[Figure]:
    """Megabytes, pages that processes share counted once, of the server and the worker; the worker has no limit beside it."""
    url, carts = place.fill(Wanted(10_000, distributors=5_000))
    tokens = [cart.token for cart in carts]
    folder = place.folder / "resident"
    ours, limit, worker = Server(url, folder), bare_server(url, place, "resident-bare"), Worker(url, folder)
    for each in (ours, limit, worker):
        each.start()
    try:
        time.sleep(REST)
        roots = [root(ours), worker.process.pid if worker.process else 0]
        idle, bare_idle = memory(roots), memory([root(limit)])
        half = _loaded(place, ours, tokens, PAGES, seconds / 2, roots)
        full = _loaded(place, ours, tokens, PAGES, seconds / 2, roots)
        bare = _loaded(place, limit, tokens, ("/",), min(10.0, seconds / 4), [root(limit)])
        of_worker = memory(roots[1:])
    finally:
        for each in (ours, limit, worker):
            each.stop()
    return [
        Figure("idle", 0, "MB", [idle], [bare_idle], Goal("most", MOST)),
        Figure(
            "after load",
            seconds,
            "MB",
            [full],
            [bare],
            Goal("most", MOST),
            f"of it the worker {of_worker:.0f}",
        ),
        Figure("second half of the load by the first", seconds, "×", [full / half], (), Goal("most", FLAT)),
    ]


def _loaded(
    place: Place, server: Server, tokens: list[str], paths: tuple[str, ...], seconds: float, roots: list[int]
) -> float:
    """Eight people open these pages for so long; megabytes at the end."""
    visitors = [Visitor(server.base_url, token) for token in tokens]
    deed = taking_turns(visitors, partial(_open, cycle(paths)))
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        load([deed] * AT_A_TIME, [], [])
    for visitor in visitors:
        visitor.close()
    return memory(roots)


def _open(paths: Iterator[str], visitor: Visitor) -> None:
    path = next(paths)
    answer = visitor.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")


WORKLOAD = Workload(
    "B11",
    "Memory of two web processes of eight threads and the job worker, after the start and after load by eight people, pages that"
    " processes share counted once. The limit: two processes with the least page, no worker. `--full` loads for ten minutes.",
    f"≤ {MOST} MB, flat",
    measured,
    of="seconds",
    sizes=(30,),
    full=(600,),
)
