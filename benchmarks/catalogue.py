"""B1: a catalogue page of 50 rows at own prices with breaks and stock, whole and as a fragment, beside a minimal page."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.counting import statements
from benchmarks.data import TIERS, Wanted, tier_price
from benchmarks.measure import Row, Sample, load, memory
from benchmarks.places import Place
from tests.races.visitor import Visitor
from tests.served import Server

PAGE = "/portal/catalog"
FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial"}
ROWS = 50
TURNS = 3
SKUS, GROWTH = 10_000, (1_000, 10_000, 100_000)


def run(place: Place) -> list[Row]:
    """Ours and the limit in turn, on 10,000 SKUs."""
    return _measured(place, SKUS, 240)


def grow(place: Place) -> list[Row]:
    """The whole page on ten times and a hundred times as many SKUs."""
    return [
        Row(f"page, {skus} SKUs", row.samples, row.statements, row.size, row.memory)
        for skus in GROWTH
        for row in _measured(place, skus, 120)[:1]
    ]


def _measured(place: Place, skus: int, count: int) -> list[Row]:
    url, carts = place.fill(Wanted(skus))
    tokens = [cart.token for cart in carts]
    ours = Server(url, place.folder / f"ours-{skus}")
    limit = Server(url, place.folder / f"limit-{skus}")
    limit.command[-1] = "benchmarks/bare.py"
    ours.start()
    limit.start()
    try:
        page = partial(_round, place, ours, tokens, PAGE, {}, '<article class="sku"', count)
        part = partial(_round, place, ours, tokens, PAGE, FRAGMENT, '<article class="sku"', count)
        bare = partial(_round, place, limit, tokens, "/", {}, '<tr id="sku-', 2 * count)
        sizes = [each(8)[1] for each in (page, part, bare)]  # warm, and looked into
        turns = [[each(None)[0] for each in (page, part, bare)] for _ in range(TURNS)]
        rss = [f"{memory([_root(each)]):.0f}" for each in (ours, ours, limit)]
    finally:
        ours.stop()
        limit.stop()
    counts = [str(statements(url, tokens[0], PAGE, headers)) for headers in ({}, FRAGMENT)]
    names = ("page", "fragment", "limit: Flask + ORM + Jinja, 50 rows")
    columns: Sequence[Sequence[Sample]] = list(zip(*turns, strict=True))
    return [Row(*each) for each in zip(names, columns, [*counts, "1"], map(str, sizes), rss, strict=True)]


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

    free = _taking_turns(visitors, look)
    sample = load([free] * (warm or count), [_root(server)], place.roots)
    for visitor in visitors:
        visitor.close()
    return sample, max(sizes)


def _taking_turns(visitors: Sequence[Visitor], look: Callable[[Visitor], None]) -> Callable[[], None]:
    """Hand a free visitor to whoever asks, so that no two threads share a connection."""
    free = list(visitors)

    def deed() -> None:
        visitor = free.pop()
        try:
            look(visitor)
        finally:
            free.append(visitor)

    return deed


def _is_priced(body: str, tier: int) -> bool:
    """Whether the first SKU of the page stands there at the price of the tier."""
    code = re.search(r"SKU(\d{6})", body)
    return code is not None and f"{tier_price(int(code[1]), tier):.2f}" in body


def _root(server: Server) -> int:
    assert server.process is not None
    return server.process.pid
