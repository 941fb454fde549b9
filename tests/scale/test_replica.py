"""Reports are read where nobody writes, never from the distant past; and who writes finds the primary after it moved."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.admin.site import open_site
from tests.cluster import Cluster, binary
from tests.databases import PREFIX, admin, create_database
from tests.world import OPERATOR, build_template
from trade import db
from trade.db import psycopg_url, read, read_reports, run

NAME = "tongqu"
SETTING = "UPDATE setting SET value = value"


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    made = Cluster(folder / "cluster")
    made.create()
    made.start()
    create_database(made, NAME)
    build_template(made.url(NAME))
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Cluster]:
    """A streaming replica of the primary."""
    made = Cluster(primary.folder.with_name("standby"))
    made.folder.mkdir(mode=0o700)
    if os.getuid() == 0:
        shutil.chown(made.folder, "postgres", "postgres")
    source = f"host={primary.folder} user=tongqu application_name=standby"
    command = [
        binary("pg_basebackup"),
        "-D",
        str(made.data),
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
        "-d",
        source,
    ]
    subprocess.run(command, check=True, **made._as_owner())
    made.start()
    yield made
    made.stop()


def note(session, actor, given: None) -> str:
    """Write something, and say on which server."""
    session.execute(text(SETTING))
    return folder_of(session)


def folder_of(session) -> str:
    return str(session.scalar(text("SELECT current_setting('data_directory')")))


def caught_up(primary: Cluster, standby: Cluster) -> None:
    with admin(primary) as source, admin(standby) as target:
        position = source.execute("SELECT pg_current_wal_lsn()").fetchone()[0]
        last_call = time.monotonic() + 10
        while not target.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [position]).fetchone()[0]:
            assert time.monotonic() < last_call
            time.sleep(0.02)


def where() -> str:
    with read_reports() as session:
        return folder_of(session)


@pytest.mark.proof
def test_reports_come_from_the_replica_until_it_is_away_or_behind(primary, standby, monkeypatch):
    site = next(sites := open_site(primary.url(NAME)))
    db.follow(standby.url(NAME))
    try:
        finance = site.browser("finance")
        run(note, OPERATOR, None)
        caught_up(primary, standby)
        assert where() == str(standby.data)
        assert "数据截至" in finance.get("/admin/reports").text
        assert "数据截至" in finance.get("/admin/reports/orders").text
        with pytest.raises(DBAPIError, match="read-only"), read_reports() as session:
            session.execute(text(SETTING))
        with read_reports() as session, pytest.raises(RuntimeError, match="nest"), read():
            pass
        # Too far behind: the primary answers, and the page says no time.
        with monkeypatch.context() as patch:
            patch.setattr(db, "REPLICA_LAG", timedelta(0))
            assert where() == str(primary.data)
            assert "数据截至" not in finance.get("/admin/reports").text
        standby.kill()
        assert where() == str(primary.data)
        assert finance.get("/admin/reports").status_code == 200
        standby.start()
        assert where() == str(primary.data)  # it rests for some seconds
        db._replica.rests_until = float("-inf")
        run(note, OPERATOR, None)
        caught_up(primary, standby)
        assert where() == str(standby.data)
    finally:
        db.follow(None)
        sites.close()


@pytest.mark.proof
def test_who_writes_finds_the_primary_after_it_moved(primary, standby):
    url = (
        f"postgresql://tongqu@/{NAME}?host={primary.folder},{standby.folder}&target_session_attrs=read-write"
    )
    engine = db.connect(url)

    def wrote(session, actor, given):
        return note(session, actor, given), session.info["attempt"]

    try:
        assert run(wrote, OPERATOR, None) == (str(primary.data), 0)
        caught_up(primary, standby)
        with admin(standby) as connection:
            connection.execute("SELECT pg_promote()")
        with admin(primary) as connection:  # what was the primary says no to writers who still hold it
            connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.2)
        assert run(wrote, OPERATOR, None) == (str(standby.data), 1)
        assert run(wrote, OPERATOR, None) == (str(standby.data), 0)
        with pytest.raises(DBAPIError, match="read-only"), read() as session:
            session.execute(text(SETTING))  # a reader who writes is a mistake of ours, not a move
    finally:
        engine.dispose()


def test_an_address_of_several_hosts_reaches_the_driver():
    several = psycopg_url("postgres://me:p%40ss@one:5433,two/shop?target_session_attrs=read-write")
    host = "host=one%2Ctwo&port=5433%2C5432&target_session_attrs=read-write"
    assert several == f"postgresql+psycopg://me:p%40ss@/shop?{host}"
    assert psycopg_url("postgresql://me@one:5433/shop") == "postgresql+psycopg://me@one:5433/shop"
    told = db.engine_options("postgresql://me@one/shop?connect_timeout=9")["connect_args"]
    assert "connect_timeout" not in told and told["tcp_user_timeout"] == 8000
