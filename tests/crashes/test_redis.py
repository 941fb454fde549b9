"""Redis goes while people order: orders go on, and each process keeps its own ceilings until it is back."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crashes.people import Browser
from tests.crashes.site import FEW, Crew, Site, wait_until
from tests.crashes.tally import Row
from tests.races import crowd
from tests.races.crowd import Staff
from tests.served import free_port
from tests.world import OPERATOR
from trade import db

CEILING = 10  # sheets of papers a minute, see web/limits.py
PROCESSES = 2
HOW = {signal.SIGKILL: "killed", signal.SIGSTOP: "frozen"}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a Redis that keeps nothing, on a loopback port."""
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    ask = ["redis-cli", "-p", str(port), "ping"]
    wait_until(lambda: subprocess.run(ask, check=False, capture_output=True).stdout == b"PONG\n")
    yield server, f"redis://127.0.0.1:{port}/0"
    server.kill()
    server.wait()


@pytest.mark.proof  # tests/house/test_limits.py shows the same within one process each time
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server here")
@pytest.mark.parametrize(
    ("database_url", "how"),
    [
        ("sqlite", signal.SIGKILL),
        ("sqlite", signal.SIGSTOP),
        ("postgresql", signal.SIGKILL),
    ],
    indirect=["database_url"],
)
def test_redis_goes_under_load(open_site, request, tally, redis, how):
    server, url = redis
    database = request.node.callspec.params["database_url"]
    with open_site(Crew(FEW, 0.2, {"TONGQU_REDIS_URL": url, "TONGQU_LIMITS": "on"})) as site:
        site.wait_for_more(1)
        assert CEILING // 2 <= _passed(site, "marketing") <= CEILING  # both processes count together
        began, promised = time.monotonic(), site.promised()
        site.seen_since()
        server.send_signal(how)
        site.wait_for_more(2)
        assert CEILING // 2 <= _passed(site, "manager") <= PROCESSES * CEILING + PROCESSES
        site.check()
        saw = site.seen_since()
        assert set(saw) <= {"page", "acknowledged", "refused in words"}, saw
        row = Row(
            database, f"Redis {HOW[how]} under load", 1, site.cut(), dict(saw), site.promised() - promised
        )
        row.seconds = time.monotonic() - began
        tally.add(f"redis {HOW[how]}, {database}", row)


def _passed(site: Site, name: str) -> int:
    """How often somebody asks for papers until it is too often."""
    (token,) = db.run(crowd.sign_in, OPERATOR, Staff([name]))
    visitor = Browser(site.server.base_url, token)
    visitor.get("/admin/orders")
    for passed in range(3 * PROCESSES * CEILING):
        if visitor.post("/admin/papers", {}).status == 429:
            return passed
    raise AssertionError(f"{name} was never told to wait")
