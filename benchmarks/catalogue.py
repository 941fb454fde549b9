"""B1: a catalogue page of 50 rows at own prices with breaks and stock, whole and as a fragment."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.counting import quiet_app, statements
from benchmarks.data import TIERS, Wanted, tier_price
from benchmarks.figures import CPU, Figure, Goal, Growth, Workload
from benchmarks.measure import Sample, Turns, load, memory
from benchmarks.places import Place
from tests.races.visitor import Visitor
from tests.served import Server

PAGE = "/portal/catalog"
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
ROWS = 50
TURNS, COUNT = 3, 96
OSCAR, VENDURE = 19.5, 46.8  # pages a second


def measured(place: Place, skus: int) -> list[Figure]:
    """Ours, its fragment and the limit in turn, by eight clients; half as many distributors as SKUs."""
    url, carts = place.fill(Wanted(skus, distributors=max(50, skus // 2)))
    tokens = [cart.token for cart in carts]
    ours = Server(url, place.folder / f"ours-{skus}")
    limit = bare_server(url, place, f"limit-{skus}")
    ours.start()
    limit.start()
    try:
        page = partial(_round, place, ours, tokens, PAGE, {}, '<article class="sku"', COUNT)
        part = partial(_round, place, ours, tokens, PAGE, FRAGMENT, '<article class="sku"', COUNT)
        bare = partial(_round, place, limit, tokens, "/", {}, '<tr id="sku-', 2 * COUNT)
        sizes = [each(16)[1] for each in (page, part, bare)]  # warm, and looked into
        turns = [[each(None)[0] for each in (page, part, bare)] for _ in range(TURNS)]
        rss = memory([root(ours)])
    finally:
        ours.stop()
        limit.stop()
    pages, parts, beside = (Turns(column) for column in zip(*turns, strict=True))
    app = quiet_app(url)
    found: list[Figure] = []
    for what, each, headers, size in (
        ("whole page", pages, {}, sizes[0]),
        ("fragment", parts, FRAGMENT, sizes[1]),
    ):
        sql = statements(app, tokens[0], PAGE, headers)
        facts = f"{sql} SQL, {size / 1000:.0f} kB before packing, of it database {each.database:.1f} ms, {rss:.0f} MB"
        known = Turns(each.samples, facts)
        fast = Goal("least", max(10 * OSCAR, 4 * VENDURE))
        found.append(known.cpu(what, skus, beside, Goal("times", 5)))
        found.append(known.rate(what, skus, beside, fast if what == "whole page" else None))
        found.append(known.p95(what, skus, beside))
    return found


def bare_server(url: str, place: Place, name: str) -> Server:
    """The limit's page served as ours is: two processes of eight threads."""
    server = Server(url, place.folder / name)
    server.command[-1] = "benchmarks/bare.py"
    return server


def _round(
    place: Place,
    server: Server,
    tokens: Sequence[str],
    path: str,
    headers: dict[str, str],
    mark: str,
    count: int,
    warm: int | None,
) -> tuple[Sample, int]:
    visitors = [Visitor(server.base_url, token) for token in tokens]
    sizes: list[int] = []

    def look(visitor: Visitor) -> None:
        answer = visitor.get(path, headers)
        tier = 1 if path == "/" else visitors.index(visitor) % TIERS + 1
        if answer.status != 200 or answer.body.count(mark) != ROWS or not _is_priced(answer.body, tier):
            raise RuntimeError(f"{path} answered {answer.status} with {answer.body.count(mark)} rows")
        sizes.append(len(answer.body.encode()))

    free = taking_turns(visitors, look)
    sample = load([free] * (warm or count), [root(server)], place.roots)
    for visitor in visitors:
        visitor.close()
    return sample, max(sizes)


def taking_turns(visitors: Sequence[Visitor], look: Callable[[Visitor], None]) -> Callable[[], None]:
    """Hand a free visitor to whoever asks, so that no two threads share a connection."""
    free = list(visitors)

    def deed() -> None:
        visitor = free.pop()
        try:
            look(visitor)
        finally:
            free.append(visitor)

    return deed


def root(server: Server) -> int:
    """The process under which the server's others stand."""
    assert server.process is not None
    return server.process.pid


def _is_priced(body: str, tier: int) -> bool:
    """Whether the first SKU of the page stands there at the price of the tier."""
    code = re.search(r"SKU(\d{6})", body)
    return code is not None and f"{tier_price(int(code[1]), tier):.2f}" in body


WORKLOAD = Workload(
    "B1",
    "A catalogue page of 50 rows, signed in, at own prices with breaks and stock, whole and as a fragment, asked by eight"
    " clients of two server processes. The limit: 50 rows by Flask, the ORM and Jinja, served by as many.",
    f"≥ 10 × django-oscar ({OSCAR}) and ≥ 4 × Vendure on SQLite ({VENDURE}) in pages a second; CPU ≤ 5 × the limit's page;"
    " flat in SKUs, distributors and price rows",
    measured,
    of="SKUs",
    sizes=(1_000, 10_000),
    full=(100_000,),
    growth=(Growth(CPU, "flat"),),
    plotted=("whole page", CPU),
)
