"""Whatever dies, what was acknowledged stays, nothing is half, and people get an answer that they understand."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.crashes.conftest import Finding
from tests.crashes.site import Site, when_it_answers
from tests.databases import create_database
from tests.world import build_template
from trade import db

KILLS = [3, pytest.param(25, marks=pytest.mark.proof)]
TIMES = [1, pytest.param(3, marks=pytest.mark.proof)]
TARGETS = ("web server", "one web process", "worker")
SEEN_WELL = {"page", "acknowledged", "refused in words"}


@pytest.mark.parametrize("kills", KILLS)
def test_kill_9_at_random_moments(site, findings, request, kills):
    database = request.node.callspec.params["database_url"]
    site.wait_for_more(1)
    for at in range(kills):
        site.seen_since()
        target = TARGETS[at % len(TARGETS)]
        time.sleep(site.dice.uniform(0.1, 0.8))
        moment = site.kill(target)
        time.sleep(0.2)
        site.restart(target)
        site.wait_for_more(1)
        site.check()
        saw = site.seen_since()
        assert set(saw) <= SEEN_WELL | {"connection error", "503 with Retry-After"}
        findings.append(Finding(database, f"kill -9 of {target}", moment, saw, site.promised()))


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_full_disk(small_disk, tmp_path, findings, database, times):
    with _on_disk(small_disk, tmp_path, database) as site:
        for _ in range(times):
            site.wait_for_more(1)
            site.seen_since()
            ballast = _fill(small_disk)
            time.sleep(2.5)
            full = site.seen_since()
            assert full["503 with Retry-After"] > 0, full
            assert set(full) <= SEEN_WELL | {"503 with Retry-After"}, full
            ballast.unlink()
            site.wait_for_more(2)
            site.check()
            fault = "disk full for 2.5 s, nothing restarted"
            findings.append(Finding(database, fault, "submit, ship, pay", full, site.promised()))


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_the_database_restarts_under_the_server(own_cluster, tmp_path, findings, how, times):
    with _on_cluster(own_cluster, tmp_path / "data", tmp_path) as site:
        for _ in range(times):
            site.wait_for_more(1)
            site.seen_since()
            own_cluster.stop() if how == "stopped" else own_cluster.kill()
            time.sleep(1.5)
            own_cluster.start()
            site.wait_for_more(2)
            when_it_answers(site.check)
            saw = site.seen_since()
            assert saw["503 with Retry-After"] > 0, saw
            assert set(saw) <= SEEN_WELL | {"503 with Retry-After"}, saw
            fault = f"database {how}, started after 1.5 s, server untouched"
            findings.append(Finding("postgresql", fault, "submit, ship, pay", saw, site.promised()))


@contextmanager
def _on_disk(disk: Path, tmp_path: Path, database: str) -> Iterator[Site]:
    """Put database and data folder on the small disk."""
    if database == "postgresql":
        cluster = Cluster(disk / "cluster", is_durable=True)
        cluster.create()
        cluster.start()
        try:
            with _on_cluster(cluster, disk / "data", tmp_path) as site:
                yield site
        finally:
            cluster.stop()
        return
    url = f"sqlite:///{disk}/tongqu.db"
    build_template(url)
    with _open(url, disk / "data", tmp_path) as site:
        yield site


@contextmanager
def _on_cluster(cluster: Cluster, data: Path, journals: Path) -> Iterator[Site]:
    create_database(cluster, "tongqu")
    url = cluster.url("tongqu")
    build_template(url)
    with _open(url, data, journals) as site:
        yield site


@contextmanager
def _open(url: str, data: Path, journals: Path) -> Iterator[Site]:
    engine = db.connect(url)
    site = Site(url, data, journals)
    try:
        site.open()
        yield site
    finally:
        site.close()
        engine.dispose()


def _fill(disk: Path) -> Path:
    """Write until nothing more fits."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(64 * 1024))
            file.flush()
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(512))
    return ballast
