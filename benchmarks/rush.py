"""B5: eight who order beside eight who read, then 64 who order at once, on SQLite with its one writer."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from benchmarks.catalogue import PAGE, bare_server, root
from benchmarks.data import Cart, Wanted
from benchmarks.figures import Figure, Goal, Workload
from benchmarks.measure import Sample, Turns, at, load
from benchmarks.orders import WARM, check, set_based, submitter
from benchmarks.places import Place
from tests.races.visitor import Visitor
from tests.served import Server

TURNS, FEW, MANY = 3, 8, 64
COUNT = {FEW: 64, MANY: 192}  # orders in a turn
SKUS, LINES = 10_000, 10


def measured(place: Place, writers: int) -> list[Figure]:
    """Ours and the limit in turn; every order is looked for afterwards, and verify must find nothing."""
    count = COUNT.get(writers, 2 * writers)
    url, carts = place.own(Wanted(SKUS, WARM + 1 + TURNS * count, LINES))
    bare_url = place.copy(url)
    ours, bare = (
        Server(url, place.folder / f"rush-{writers}"),
        bare_server(bare_url, place, f"bare-{writers}"),
    )
    readers = writers if writers <= FEW else 0
    orders: list[Sample] = []
    beside: list[Sample] = []
    pages: list[float] = []
    bare_pages: list[float] = []
    ours.start()
    bare.start()
    try:
        submit = submitter(ours, carts[0])
        load([partial(submit, cart) for cart in carts[1 : WARM + 1]], [root(ours)], place.roots)
        for turn in range(TURNS):
            mine = carts[1 + WARM + turn * count :][:count]
            with reading(ours, PAGE, carts[:readers]) as seen:
                deeds = [partial(submit, cart) for cart in mine]
                orders.append(load(deeds, [root(ours)], place.roots, clients=writers))
            pages += seen
            with reading(bare, "/", carts[:readers]) as seen:
                beside.append(set_based(bare_url, mine, place.roots, threads=writers // 2))
            bare_pages += seen
    finally:
        ours.stop()
        bare.stop()
    check(url, WARM + TURNS * count, 1)
    rate = Turns(orders).rate("", 0).median
    facts = f"{rate:.1f} orders a second, 0 failures"
    if not readers:
        return [_part("submit", writers, 0.99, orders, beside, 3000, facts)]
    return [
        _part("submit, beside as many who read", writers, 0.95, orders, beside, 300, facts),
        Figure(
            "read, beside as many who submit",
            writers,
            "p95 ms",
            [at(sorted(pages), 0.95)],
            [at(sorted(bare_pages), 0.95)],
            Goal("most", 300),
            f"{len(pages)} pages",
        ),
    ]


def _part(
    what: str,
    size: int,
    part: float,
    ours: Sequence[Sample],
    limit: Sequence[Sample],
    most: float,
    facts: str,
) -> Figure:
    columns = [[at(sorted(sample.latencies), part) for sample in some] for some in (ours, limit)]
    return Figure(what, size, f"p{100 * part:.0f} ms", *columns, Goal("most", most), facts)


@contextmanager
def reading(server: Server, path: str, carts: Sequence[Cart]) -> Iterator[list[float]]:
    """Each of these people asks for the page again and again; milliseconds of every answer."""
    seen: list[float] = []
    failures: list[BaseException] = []
    is_over = threading.Event()

    def read(cart: Cart) -> None:
        visitor = Visitor(server.base_url, cart.token)
        try:
            while not is_over.is_set():
                began = time.perf_counter()
                answer = visitor.get(path)
                seen.append(1000 * (time.perf_counter() - began))
                if answer.status != 200 or "SKU0" not in answer.body:
                    raise RuntimeError(f"{path} answered {answer.status}")
        except BaseException as error:  # noqa: BLE001 (told by the thread that waits)
            failures.append(error)
        visitor.close()

    threads = [threading.Thread(target=read, args=(cart,)) for cart in carts]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


WORKLOAD = Workload(
    "B5",
    "SQLite with its one writer: eight people submit orders of ten lines while eight read the catalogue, all without a pause;"
    " then 64 submit at once. The limit: the set-based transactions by as many threads beside as many readers of the least page.",
    "0 failures; p95 ≤ 300 ms at 8; p99 ≤ 3 s at 64",
    measured,
    of="people at once",
    sizes=(FEW, MANY),
    databases=("sqlite",),
)
