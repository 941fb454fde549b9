"""Whatever dies, what was acknowledged stays, nothing is half, and people get an answer that they understand."""

import os
import time

import pytest

from tests.crashes.conftest import fill, on_cluster, on_disk
from tests.crashes.site import ALL, FEW, Crew, Site, wait_until, when_it_answers
from tests.crashes.tally import Row

PART = 250  # kills of one brand; the next begin with a new one
FEW_KILLS = 3
KILLS = [
    pytest.param("sqlite", FEW_KILLS, 0, id="sqlite-3"),
    pytest.param("postgresql", FEW_KILLS, 0, id="postgresql-3", marks=pytest.mark.proof),
    *(pytest.param("sqlite", PART, at, id=f"sqlite-250-{at}", marks=pytest.mark.proof) for at in range(4)),
    pytest.param("postgresql", 200, 0, id="postgresql-200", marks=pytest.mark.proof),
]
TARGETS = ("web server", "one web process", "worker")
FULL_LOOK, GLANCE = 25, 5  # kills between two
DISKS = [
    pytest.param("sqlite", 1, id="sqlite-1", marks=pytest.mark.proof),
    *(pytest.param(each, 3, id=f"{each}-3", marks=pytest.mark.proof) for each in ("sqlite", "postgresql")),
]
RESTARTS = [
    pytest.param("killed", 1, id="killed-1"),
    pytest.param("killed", 20, id="killed-20", marks=pytest.mark.proof),
    pytest.param("stopped", 3, id="stopped-3", marks=pytest.mark.proof),
]
SEEN_WELL = {"page", "acknowledged", "refused in words"}
BROKEN_OFF = {"connection error", "503 with Retry-After"}
PEOPLE = "two buyers, a packer, a cashier"
QUIET, BUSY = Crew(FEW, 0.2), Crew(ALL, float(os.environ.get("TONGQU_TEST_BREATH", "0.1")))


@pytest.mark.parametrize(("database_url", "kills", "part"), KILLS, indirect=["database_url"])
def test_kill_9_at_random_moments(open_site, request, tally, kills, part):
    database = request.node.callspec.params["database_url"]
    name = f"kill -9, {database}, part {part} of {kills}"
    come = tally.come(name, kills)
    if come == kills:
        pytest.skip("proven before, says build/crashes.json")
    with open_site(BUSY if kills > FEW_KILLS else Crew(ALL, 0.3)) as site:
        site.wait_for_more(1)
        site.seen_since()
        for at in range(come, kills):
            target = _target(at, kills)
            began, promised, cut = time.monotonic(), site.promised(), site.cut()
            site.kill(target)
            if target == "web server":
                time.sleep(0.1)
            site.restart(target)
            site.wait_for_any(1)
            is_last = at + 1 == kills
            if is_last or (at + 1) % FULL_LOOK == 0:
                site.check()
            else:
                site.check_promises(and_halves=(at + 1) % GLANCE == 0)
            saw = site.seen_since()
            assert set(saw) <= SEEN_WELL | BROKEN_OFF, saw
            row = Row(database, f"kill -9 of {target}", 1, site.cut() - cut, dict(saw))
            row.acknowledged, row.seconds = site.promised() - promised, time.monotonic() - began
            tally.add(name, row)
            if (at + 1) % GLANCE == 0:
                tally.keep()
        site.wait_for_more(1)
        site.send_home()
        site.wait_until_sent()
        assert site.look().is_clean, site.look()


@pytest.mark.parametrize(("database", "times"), DISKS)
def test_a_full_disk(small_disk, tmp_path, tally, database, times):
    with on_disk(small_disk, tmp_path, database, QUIET) as site:
        for _ in range(tally.come(f"disk, {database}, {times}", times), times):
            site.wait_for_more(1)
            began, promised, cut = _begin(site)
            ballast, before = fill(small_disk), _told_later(site)
            wait_until(lambda before=before: _told_later(site) > before)
            time.sleep(2.0)
            full = site.seen_since()
            assert full["503 with Retry-After"] > 0, full
            assert set(full) <= SEEN_WELL | {"503 with Retry-After"}, full
            ballast.unlink()
            site.wait_for_more(1)
            site.check()
            fault = f"disk full for 2 s and more, nothing restarted ({PEOPLE})"
            row = Row(database, fault, 1, site.cut() - cut, dict(full), site.promised() - promised)
            row.seconds = time.monotonic() - began
            tally.add(f"disk, {database}, {times}", row)


@pytest.mark.parametrize(("how", "times"), RESTARTS)
def test_the_database_restarts_under_the_server(own_cluster, tmp_path, tally, how, times):
    name = f"database {how}, {times}"
    with on_cluster(own_cluster, tmp_path / "data", tmp_path, QUIET if times == 1 else BUSY) as site:
        for _ in range(tally.come(name, times), times):
            site.wait_for_more(1)
            began, promised, cut = _begin(site)
            site.wait_for_a_write()
            own_cluster.stop() if how == "stopped" else own_cluster.kill()
            time.sleep(1.0)
            own_cluster.start()
            site.wait_for_more(1)
            when_it_answers(site.check)
            saw = site.seen_since()
            assert saw["503 with Retry-After"] > 10 * saw["connection error"], (
                saw
            )  # a connection idle for long
            assert set(saw) <= SEEN_WELL | BROKEN_OFF, saw
            fault = f"PostgreSQL {how}, started again after 1 s, the application untouched"
            row = Row("postgresql", fault, 1, site.cut() - cut, dict(saw), site.promised() - promised)
            row.seconds = time.monotonic() - began
            tally.add(name, row)
            tally.keep()


def _target(at: int, kills: int) -> str:
    """Mostly one of the web processes, which its master replaces at once; now and then all of them, or the worker."""
    if kills == FEW_KILLS:
        return TARGETS[at]
    return {7: "web server", 3: "worker", 28: "worker"}.get(at % 50, "one web process")


def _begin(site: Site) -> tuple[float, int, int]:
    site.seen_since()
    return time.monotonic(), site.promised(), site.cut()


def _told_later(site: Site) -> int:
    return sum(each.saw["503 with Retry-After"] for each in site.people)
