"""What Prometheus reads: requests, use cases, refusals, the pool, and what waits in the database.

With several processes (gunicorn names PROMETHEUS_MULTIPROC_DIR) each counts in files of its own, and whichever is
asked adds them up. What the rows say is asked of the database, once for all.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from trade import clock, db
from trade.db import Ran, read
from trade.errors import Busy, Refused
from trade.watch import queries
from trade.watch.rules import State
from web.access import public
from web.health import may_look
from web.statements import spent
from web.store import store
from web.words import WORDS

bp = Blueprint("metrics", __name__)
disable_created_metrics()  # a second series for each counter, which nobody reads
OWN = CollectorRegistry()
METHODS = {"GET", "POST", "HEAD", "OPTIONS"}
OTHER = "other"  # the one label for whatever strangers make up
BUCKETS = (
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    20,
)  # seconds; the last is the deadline of a use case

REQUESTS = Counter("tongqu_requests", "Requests answered.", ["route", "method", "status"], registry=OWN)
LATENCY = Histogram(
    "tongqu_request_seconds", "How long requests took.", ["route", "method"], buckets=BUCKETS, registry=OWN
)
STATEMENTS = Counter("tongqu_statements", "Statements sent to the database by requests.", registry=OWN)
DATABASE = Counter("tongqu_database_seconds", "Time that requests spent in the database.", registry=OWN)
FLOWS = Counter("tongqu_flows", "Use cases run, by how they ended.", ["flow", "outcome"], registry=OWN)
FLOW_TIME = Counter("tongqu_flow_seconds", "Time spent in use cases.", ["flow"], registry=OWN)
WAITED = Counter("tongqu_writer_wait_seconds", "Time in the line for SQLite's one writer.", registry=OWN)
RETRIES = Counter("tongqu_retries", "Use cases run again after a lost race.", ["flow"], registry=OWN)
REFUSALS = Counter("tongqu_refusals", "Refusals told to people, by code.", ["code"], registry=OWN)
BUSY = Counter("tongqu_busy", "Use cases that the database did not let in before the deadline.", registry=OWN)
POOL_USED = Gauge("tongqu_pool_used", "Connections in use.", registry=OWN, multiprocess_mode="livesum")
POOL_SIZE = Gauge(
    "tongqu_pool_size", "Connections that may be open at once.", registry=OWN, multiprocess_mode="livesum"
)
POOL_FULL = Counter(
    "tongqu_pool_full", "Times a connection was asked for while all the usual ones were in use.", registry=OWN
)


class Rows(Collector):
    """What the database knows by itself; when it is away, that alone."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        try:
            with read() as session:
                state = queries.look(session, clock.now())
        except (Busy, DBAPIError):
            yield GaugeMetricFamily("tongqu_database_up", "Whether the database answers.", 0)
            return
        yield GaugeMetricFamily("tongqu_database_up", "Whether the database answers.", 1)
        yield from _work(state)
        yield from _messages(state)
        yield from _machine(state)


ROWS = CollectorRegistry()
ROWS.register(Rows())


def init_app(app: Flask) -> None:
    """Count from now on; TONGQU_METRICS=off leaves it."""
    if os.environ.get("TONGQU_METRICS") == "off":
        return
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    db.watch(count_flow)
    app.after_request(count_request)
    with app.app_context():
        attach(store.engine)


def attach(engine: Engine) -> None:
    """Follow the pool: what is out, how much may be, and how often it was empty."""
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        return
    usual = pool.size()

    def taken(*_: Any) -> None:
        POOL_USED.inc()
        POOL_SIZE.set(usual)
        if pool.checkedout() > usual:
            POOL_FULL.inc()

    def given_back(*_: Any) -> None:
        POOL_USED.dec()

    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", given_back)


def count_flow(ran: Ran) -> None:
    """Count a use case, and what it refused; other refusals are counted with their request."""
    FLOWS.labels(ran.flow, ran.outcome).inc()
    FLOW_TIME.labels(ran.flow).inc(ran.seconds)
    if ran.attempts > 1:
        RETRIES.labels(ran.flow).inc(ran.attempts - 1)
    if ran.waited > 0.001:
        WAITED.inc(ran.waited)
    if ran.outcome == "busy":
        BUSY.inc()
    if ran.code:
        count_refusal(ran.code)


def count_refusal(code: str) -> None:
    REFUSALS.labels(code if code in WORDS else OTHER).inc()


def refusals_counted() -> dict[str, int]:
    """Refusals by code since this server started, the commonest first."""
    found: dict[str, int] = {}
    for family in _counted().collect():
        if family.name == "tongqu_refusals":
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    found[sample.labels["code"]] = int(sample.value)
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def count_request(response: Response) -> Response:
    """Count a request under its route as the map knows it, never under what somebody typed."""
    rule = request.url_rule.rule if request.url_rule else OTHER
    method = request.method if request.method in METHODS else OTHER
    REQUESTS.labels(rule, method, str(response.status_code)).inc()
    LATENCY.labels(rule, method).observe(time.monotonic() - g.get("started", time.monotonic()))
    if code := g.get("told_off"):
        count_refusal(code)
    STATEMENTS.inc(spent.statements)
    DATABASE.inc(spent.seconds)
    return response


@bp.get("/metrics")
@public
def index() -> Response:
    """Tell the figures to who holds TONGQU_METRICS_TOKEN or sits on this machine; for others there is no such page."""
    if not may_look() or os.environ.get("TONGQU_METRICS") == "off":
        raise Refused("metrics.not_found")
    body = generate_latest(_counted()) + generate_latest(ROWS)
    return Response(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _counted() -> CollectorRegistry:
    """What this process has counted, or all processes of this server together."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return OWN
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def _work(state: State) -> Iterable[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("tongqu_jobs", "Jobs that are not done.", labels=["kind", "state"])
    ages = GaugeMetricFamily("tongqu_job_age_seconds", "How late the oldest due job is.", labels=["kind"])
    for pile in state.piles:
        jobs.add_metric([pile.kind, pile.state], pile.count)
        if pile.state == "waiting":
            ages.add_metric([pile.kind], _age(state, pile.oldest))
    yield from (jobs, ages)


def _messages(state: State) -> Iterable[GaugeMetricFamily]:
    depth = GaugeMetricFamily("tongqu_outbox", "Messages by channel.", labels=["channel", "state"])
    ages = GaugeMetricFamily("tongqu_outbox_age_seconds", "Age of the oldest unsent.", labels=["channel"])
    for queue in state.queues:
        depth.add_metric([queue.channel, "waiting"], queue.waiting)
        depth.add_metric([queue.channel, "dead"], queue.dead)
        ages.add_metric([queue.channel], _age(state, queue.oldest))
    yield from (depth, ages)


def _machine(state: State) -> Iterable[GaugeMetricFamily]:
    yield GaugeMetricFamily("tongqu_workers", "Workers seen lately.", len(state.living))
    if state.signs:
        seen = max(sign.seen_at for sign in state.signs)
        yield GaugeMetricFamily(
            "tongqu_worker_age_seconds", "Since a worker was last seen.", _age(state, seen)
        )
    if state.disk:
        yield GaugeMetricFamily("tongqu_disk_free_ratio", "Free part of the disk.", state.disk.percent / 100)
    if state.database:
        difference, size = state.database.clock_seconds, state.database.size
        yield GaugeMetricFamily("tongqu_clock_difference_seconds", "Database less process.", difference)
        yield GaugeMetricFamily("tongqu_database_bytes", "Size of the database.", size)
    if state.proof and state.proof.finished_at:
        yield GaugeMetricFamily(
            "tongqu_verify_breaches", "Breaches that the last verify found.", state.proof.breaches
        )
        yield GaugeMetricFamily(
            "tongqu_verify_age_seconds", "Since the last verify.", _age(state, state.proof.finished_at)
        )
    if state.backup and state.backup.good_at:
        yield GaugeMetricFamily(
            "tongqu_backup_age_seconds", "Since the last whole backup.", _age(state, state.backup.good_at)
        )


def _age(state: State, since: Any) -> float:
    """Seconds from a moment until now; 0 for what lies ahead or is not there."""
    return max(0.0, (state.now - since).total_seconds()) if since else 0.0
