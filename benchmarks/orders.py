"""B3: submitting an order over HTTP by eight clients, beside a hand-written set-based transaction."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial

from sqlalchemy import func, select

from benchmarks.catalogue import root
from benchmarks.counting import counted, quiet_app
from benchmarks.data import Cart, Wanted
from benchmarks.figures import CPU, Figure, Goal, Growth, Workload
from benchmarks.limits import STATEMENTS, THREADS
from benchmarks.measure import Sample, Turns, cpu, load, memory
from benchmarks.places import Place
from tests.races.crowd import breaches
from tests.races.visitor import Visitor
from tests.served import ROOT, Server
from trade import db
from trade.orders.models import Order
from web.access import COOKIE

SUBMISSION = "/portal/cart/submission"
TURNS, WARM = 3, 16
USUAL = 10  # lines
OSCAR = 17.3  # orders a second


def measured(place: Place, lines: int) -> list[Figure]:
    """Ours and the limit in turn; every order is looked for afterwards, and verify must find nothing."""
    count = 96 if lines <= USUAL else 32 if lines <= 50 else 16
    url, carts = place.own(Wanted(10_000, WARM + 1 + TURNS * count, lines))
    bare = "" if place.given else place.copy(url)
    server = Server(url, place.folder / f"orders-{lines}")
    server.start()
    ours: list[Sample] = []
    limit: list[Sample] = []
    try:
        submit = submitter(server, carts[0])
        load([partial(submit, cart) for cart in carts[1 : WARM + 1]], [root(server)], place.roots)
        for turn in range(TURNS):
            mine = carts[1 + WARM + turn * count :][:count]
            ours.append(load([partial(submit, cart) for cart in mine], [root(server)], place.roots))
            if bare:
                limit.append(set_based(bare, mine, place.roots))
        rss = memory([root(server)])
    finally:
        server.stop()
    sql = submission_statements(url, carts[:1])
    check(url, len(carts), 0)
    beside = Turns(limit) if bare else None
    known = Turns(ours)
    facts = (
        f"{sql} SQL (limit {STATEMENTS}), of it database {known.database:.1f} ms, {rss:.0f} MB, 0 failures"
    )
    known, what = Turns(ours, facts), "order"
    if lines != USUAL:
        return [known.cpu(what, lines, beside), known.rate(what, lines, beside), known.p95(what, lines)]
    return [
        known.cpu(what, lines, beside),
        known.rate(what, lines, beside, Goal("part", 15)),
        known.rate("order, beside the peer", lines, None, Goal("least", 10 * OSCAR)),
        known.p95(what, lines),
    ]


def submitter(server: Server, cart: Cart) -> "partial[None]":
    """What submits a cart as its open page would; one look at it finds the token that all forms carry."""
    visitor = Visitor(server.base_url, cart.token)
    visitor.get("/portal/cart")
    visitor.close()
    return partial(_submit, server.base_url, visitor.csrf, dict(visitor.cookies))


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


def set_based(url: str, carts: Sequence[Cart], roots: Sequence[int], threads: int = THREADS) -> Sample:
    """The limit in two processes of some threads; their start is not counted."""
    parts = [carts[0::2], carts[1::2]]
    pairs = [",".join(f"{cart.order_id},{cart.address_id}" for cart in part) for part in parts]
    command = [sys.executable, "-m", "benchmarks.limits", url, str(threads)]
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
    taken: list[float] = []
    for worker in workers:
        assert worker.stdout is not None
        taken += json.loads(worker.stdout.readline() or "[]")
    seconds = time.perf_counter() - began
    used, at_database = cpu(processes) - before, cpu(roots) - database
    for worker in workers:
        worker.communicate(b"end\n")
        if worker.returncode:
            raise RuntimeError("the limit failed")
    return Sample(len(carts), seconds, taken, used, at_database)


def submission_statements(url: str, carts: Sequence[Cart]) -> int:
    """Submit these within this process; statements of the last POST, session included."""
    app = quiet_app(url)
    app.config["WTF_CSRF_ENABLED"] = False
    for cart in carts:
        client = app.test_client()
        client.set_cookie(COOKIE, cart.token)
        with counted() as seen:
            answer = client.post(SUBMISSION, data=_fields(cart))
        assert answer.status_code == 303, answer.status_code
    return len(seen)


def check(url: str, approved: int, draft: int) -> None:
    """Every order is there, approved, what was not sent is a cart, and verify finds nothing."""
    engine = db.connect(url)
    with db.read() as session:
        states = select(Order.approval_state, func.count()).group_by(Order.approval_state)
        found = {state: each for state, each in session.execute(states)}
    wrong = breaches()
    engine.dispose()
    wanted = {state: each for state, each in (("approved", approved), ("draft", draft)) if each}
    if found != wanted or wrong:
        raise RuntimeError(f"orders {found}, wanted {wanted}; breaches {wrong[:3]}")


WORKLOAD = Workload(
    "B3",
    "Submitting an order over HTTP: prices, promotions, credit, stock, ledger, outbox; eight clients, two server processes."
    " The limit: the same rows written by one hand-written set-based transaction each, without HTTP.",
    f"≥ 10 × django-oscar ({OSCAR} orders a second); ≥ 1/15 of the set-based limit; 0 failures; at most linear in lines",
    measured,
    of="lines",
    sizes=(10, 50, 200),
    growth=(Growth(CPU, "linear"),),
    plotted=("order", CPU),
)
