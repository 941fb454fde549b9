"""What costs much has a ceiling that is told in words; Redis counts for all hosts, and nobody waits for it when it is away."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from tests.portal.visitor import TOKEN, Visitor
from tests.reused import SECRET
from tests.served import free_port
from tests.world import build_template
from web import limits
from wsgi import create_app

MUST_HAVE = (
    "/export",
    "/paper",
    "/price",
    "/attachments",
    "/pictures",
    "/password-reset",
    "/sign-in",
    "/imports",
)


@pytest.fixture
def prepare():
    return build_template


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ceilings of three a minute, so that a test reaches them."""
    monkeypatch.delenv("TONGQU_LIMITS")
    lowered = [
        limits.Ceiling(each.name, each.method, each.routes, "3 per minute", each.asked)
        for each in limits.CEILINGS
        if each.name != "sign-in"
    ]
    monkeypatch.setattr(limits, "CEILINGS", lowered)


def statuses(visitor: Visitor, url: str, count: int) -> list[int]:
    return [visitor.get(url).status_code for _ in range(count)]


def test_what_costs_much_has_one_ceiling(sqlite_url: str) -> None:
    app = create_app(sqlite_url, SECRET)
    found = {ceiling.name: limits.covered(app, ceiling) for ceiling in limits.CEILINGS}
    assert all(found.values()), found
    routes = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in {"GET", "POST"} & (rule.methods or set())
        if rule.rule.endswith(MUST_HAVE)
    }
    bare = {
        (rule, method)
        for rule, method in routes
        if not any(each.method == method and each.routes.fullmatch(rule) for each in limits.CEILINGS)
    }
    assert {each for each in bare if each[1] == "POST" or each[0].endswith(("/paper", "/price"))} == set()
    orders = {"portal.cart.submission", "portal.cart.line", "portal.catalog.quantity"}
    assert not orders & {each for views in found.values() for each in views}


@pytest.mark.usefixtures("low")
def test_too_often_is_told_in_words_with_a_time_to_come_back(sqlite_url: str) -> None:
    app = create_app(sqlite_url, SECRET)
    buyer, other = Visitor(app, "buyer"), Visitor(app, "owner")
    assert statuses(buyer, "/portal/catalog?q=a", 4) == [200, 200, 200, 429]
    page = buyer.get("/portal/catalog?q=a")
    assert 1 <= int(page.headers["Retry-After"]) <= 60
    assert "操作过于频繁" in page.text and "<html" in page.text
    part = buyer.get("/portal/catalog?q=a", partial=True)
    assert part.status_code == 429 and "<html" not in part.text and part.headers["HX-Retarget"] == "#problem"
    buyer.post("/language", locale="en", next="/")
    assert "very often in a short time" in buyer.get("/portal/catalog?q=a").text
    # Who only reads goes on, so does everybody else, and each ceiling counts for itself.
    assert statuses(buyer, "/portal/catalog", 5) == [200] * 5
    assert statuses(other, "/portal/catalog?q=a", 2) == [200] * 2
    assert buyer.post("/portal/orders/export").status_code == 200
    # From one address nobody known asks without end; IPv6 counts by network.
    nobody = app.test_client()
    found = TOKEN.search(nobody.get("/password-reset/code").text)
    assert found
    form = {"csrf_token": found[1], "name": "x"}
    assert [nobody.post("/password-reset/code", data=form).status_code for _ in range(4)] == [422] * 3 + [429]
    assert limits.neighbourhood("2001:db8:1:2::7") == limits.neighbourhood("2001:db8:1:2:9::1")
    assert limits.neighbourhood("10.0.0.1") == "10.0.0.1"


@contextmanager
def redis_at(port: int, folder: Path) -> Iterator[None]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    last_call = time.monotonic() + 10
    while (
        subprocess.run(["redis-cli", "-p", str(port), "ping"], check=False, capture_output=True).stdout
        != b"PONG\n"
    ):
        assert time.monotonic() < last_call
        time.sleep(0.02)
    try:
        yield
    finally:
        server.kill()
        server.wait()


@pytest.mark.usefixtures("low")
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server here")
def test_redis_counts_for_two_hosts_and_nobody_waits_when_it_is_gone(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("TONGQU_REDIS_URL", f"redis://127.0.0.1:{port}/0")
    one, two = [app_and_visitor(sqlite_url) for _ in range(2)]
    search = "/portal/catalog?q=a"
    with redis_at(port, tmp_path):
        assert statuses(one, search, 2) + statuses(two, search, 2) == [200, 200, 200, 429]
    began = time.monotonic()
    assert statuses(one, search, 4) == [200, 200, 200, 429]  # each counts for itself
    assert statuses(two, "/portal/catalog", 3) == [200] * 3
    assert time.monotonic() - began < 3.0
    with redis_at(port, tmp_path):
        time.sleep(1.1)
        last_call = time.monotonic() + 10
        while one.get(search).status_code == 429:  # an empty Redis has counted nothing: it is asked again
            assert time.monotonic() < last_call
            time.sleep(0.3)


def app_and_visitor(url: str) -> Visitor:
    app: Flask = create_app(url, SECRET)
    return Visitor(app, "buyer")
