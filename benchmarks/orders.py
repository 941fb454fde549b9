"""B3: submitting an order of 10 lines over HTTP by eight clients, beside a hand-written set-based transaction."""

import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial

from sqlalchemy import func, select

from benchmarks.counting import counted
from benchmarks.data import Cart, Wanted
from benchmarks.measure import Row, Sample, cpu, load, memory
from benchmarks.places import Place
from tests.races.crowd import breaches
from tests.races.visitor import Visitor
from tests.served import ROOT, Server
from trade import db
from trade.orders.models import Order
from web.access import COOKIE
from wsgi import create_app

SUBMISSION = "/portal/cart/submission"
TURNS, WARM = 3, 16
LINES, GROWTH = 10, (10, 50, 200)


def run(place: Place) -> list[Row]:
    """Ours and the limit in turn."""
    return _measured(place, Wanted(10_000, WARM + 1 + TURNS * 160, LINES), with_limit=not place.given)


def grow(place: Place) -> list[Row]:
    """Orders of more lines."""
    found = []
    for lines in GROWTH:
        row = _measured(place, Wanted(10_000, WARM + 1 + TURNS * 40, lines), with_limit=False)[0]
        found.append(Row(f"order of {lines} lines", row.samples, row.statements, row.size, row.memory))
    return found


def _measured(place: Place, wanted: Wanted, *, with_limit: bool) -> list[Row]:
    url, carts = place.fill(wanted)
    bare = place.copy(url) if with_limit else ""
    count = (len(carts) - WARM - 1) // TURNS
    server = Server(url, place.folder / f"ours-{wanted.lines}")
    server.start()
    ours: list[Sample] = []
    limit: list[Sample] = []
    try:
        visitor = Visitor(server.base_url, carts[0].token)
        visitor.get("/portal/cart")
        submit = partial(_submit, server.base_url, visitor.csrf, dict(visitor.cookies))
        root = server.process.pid if server.process else 0
        load([partial(submit, cart) for cart in carts[1 : WARM + 1]], [root], place.roots)
        for turn in range(TURNS):
            mine = carts[1 + WARM + turn * count :][:count]
            ours.append(load([partial(submit, cart) for cart in mine], [root], place.roots))
            if with_limit:
                limit.append(_bare(bare, mine, place.roots))
        rss = f"{memory([root]):.0f}"
    finally:
        server.stop()
    sql = _statements(url, carts[0])
    _check(url, {"approved": len(carts)})
    rows = [Row(f"order of {wanted.lines} lines over HTTP", ours, str(sql), "", rss)]
    return [*rows, Row("limit: set-based transaction, no HTTP", limit, "10")] if with_limit else rows


def _submit(base_url: str, csrf: str, cookies: dict[str, str], cart: Cart) -> None:
    """Tap on submit, as the open page would send it; only the order's own page is a success."""
    visitor = Visitor(base_url, None)
    visitor.csrf, visitor.cookies = csrf, cookies | {COOKIE: cart.token}
    answer = visitor.post(SUBMISSION, _fields(cart))
    visitor.close()
    if answer.status != 303 or answer.location != f"/portal/orders/{cart.order_id}":
        raise RuntimeError(f"submitting answered {answer.status} {answer.location} {answer.body[:2000]}")


def _fields(cart: Cart) -> dict[str, str]:
    typed = {"address": str(cart.address_id), "wanted_date": "", "remark": ""}
    return {"order": str(cart.order_id), "version": "2", "seen_gross": str(cart.gross), **typed}


def _bare(url: str, carts: Sequence[Cart], roots: Sequence[int]) -> Sample:
    """The limit in two processes of four threads; their start is not counted."""
    parts = [carts[0::2], carts[1::2]]
    pairs = [",".join(f"{cart.order_id},{cart.address_id}" for cart in part) for part in parts]
    command = [sys.executable, "-m", "benchmarks.limits", url]
    workers = [
        subprocess.Popen([*command, each], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for each in pairs
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    processes = [worker.pid for worker in workers]
    before, database, began = cpu(processes), cpu(roots), time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"go\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    seconds = time.perf_counter() - began
    used, at_database = cpu(processes) - before, cpu(roots) - database
    for worker in workers:
        worker.communicate(b"end\n")
        if worker.returncode:
            raise RuntimeError("the limit failed")
    return Sample(len(carts), seconds, [], used, at_database)


def _statements(url: str, cart: Cart) -> int:
    """Of the one POST that submits, session and CSRF included."""
    app = create_app(url, "benchmark-" + cart.token)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.set_cookie(COOKIE, cart.token)
    with counted() as seen:
        answer = client.post(SUBMISSION, data=_fields(cart))
    assert answer.status_code == 303, answer.status_code
    return len(seen)


def _check(url: str, wanted: dict[str, int]) -> None:
    """Every order is there, approved, and verify finds nothing."""
    engine = db.connect(url)
    with db.read() as session:
        states = select(Order.approval_state, func.count()).group_by(Order.approval_state)
        found = {state: each for state, each in session.execute(states)}
    wrong = breaches()
    engine.dispose()
    if found != wanted or wrong:
        raise RuntimeError(f"orders {found}, wanted {wanted}; breaches {wrong[:3]}")
