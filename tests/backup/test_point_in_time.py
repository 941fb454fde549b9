"""What docs/backup.md says of WAL archiving and of Litestream, rehearsed: the last moment before a disaster comes back."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from ops.backup.places import Place
from tests.backup.test_restore import counted
from tests.cluster import Cluster, binary
from tests.databases import create_database
from tests.verify import sound

pytestmark = pytest.mark.proof
NAME = "tongqu"
LITESTREAM = os.environ.get("TONGQU_LITESTREAM") or shutil.which("litestream")


def as_owner(command: list[str], folder: Path) -> None:
    """Run as the user to whom the server's files belong."""
    who: dict[str, Any] = {"user": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    subprocess.run(command, check=True, cwd=folder, capture_output=True, **who)


def append(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(("", *lines, "")))


@pytest.fixture
def archiving(own_cluster: Cluster) -> Iterator[Cluster]:
    """A server that hands every finished piece of its log to a folder, as docs/backup.md says."""
    own_cluster.stop()
    kept = own_cluster.folder / "wal"
    as_owner(["mkdir", "-m", "700", str(kept)], own_cluster.folder)
    append(
        own_cluster.data / "postgresql.conf",
        "archive_mode = on",
        "archive_timeout = 60",
        f"archive_command = 'test ! -f {kept}/%f && cp %p {kept}/%f.part && sync {kept}/%f.part && mv {kept}/%f.part {kept}/%f'",
    )
    own_cluster.start()
    yield own_cluster
    own_cluster.stop()


def test_postgresql_goes_back_to_the_moment_before(archiving: Cluster, tmp_path: Path) -> None:
    folder, kept = archiving.folder, archiving.folder / "wal"
    create_database(archiving, NAME)
    sound.build(archiving.url(NAME))
    base = folder / "base"
    command = [binary("pg_basebackup"), "-h", str(folder), "-U", "tongqu", "-D", str(base)]
    as_owner([*command, "--checkpoint=fast", "--wal-method=stream"], folder)
    as_owner([binary("pg_verifybackup"), str(base)], folder)
    with psycopg.connect(archiving.connection_info(NAME), autocommit=True) as connection:
        connection.execute("INSERT INTO setting (key, value) VALUES ('after.base', '1')")
        moment = connection.execute("SELECT now()::text").fetchone()
        before = counted(Place(make_url(archiving.url(NAME)), tmp_path))
        time.sleep(0.1)
        connection.execute("DELETE FROM setting")
        connection.execute("DELETE FROM notice")
        last = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        waited = time.monotonic() + 30
        is_archived = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
        while connection.execute(is_archived, last).fetchone() != (True,):
            assert time.monotonic() < waited
            time.sleep(0.1)
    archiving.kill()
    begun = time.monotonic()
    as_owner(["rm", "-rf", str(archiving.data)], folder)
    as_owner(["mv", str(base), str(archiving.data)], folder)
    assert moment is not None
    append(
        archiving.data / "postgresql.auto.conf",
        f"restore_command = 'cp {kept}/%f %p'",
        f"recovery_target_time = '{moment[0]}'",
        "recovery_target_action = 'promote'",
    )
    as_owner(["touch", str(archiving.data / "recovery.signal")], folder)
    archiving.start()
    with psycopg.connect(archiving.connection_info(NAME), autocommit=True) as connection:
        while connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
            time.sleep(0.05)
    print(f"point in time recovery: {time.monotonic() - begun:.1f} s")
    assert counted(Place(make_url(archiving.url(NAME)), tmp_path)) == before


@pytest.mark.skipif(LITESTREAM is None, reason="litestream is not installed")
def test_litestream_brings_back_all_but_the_last_second(tmp_path: Path) -> None:
    file, back = tmp_path / "tongqu.db", tmp_path / "back.db"
    sound.build(f"sqlite:///{file}")
    config = tmp_path / "litestream.yml"
    config.write_text(
        f"dbs:\n  - path: {file}\n    replica:\n      type: file\n      path: {tmp_path}/replica\n      sync-interval: 1s\n",
        "utf-8",
    )
    log = (tmp_path / "log").open("wb")
    server = subprocess.Popen([str(LITESTREAM), "replicate", "-config", str(config)], stdout=log, stderr=log)
    try:
        time.sleep(2)
        moments: dict[int, float] = {}
        with sqlite3.connect(file, timeout=15) as connection:
            connection.execute("PRAGMA synchronous=FULL")
            ends, number = time.monotonic() + 8, 0
            while time.monotonic() < ends:
                number += 1
                connection.execute("INSERT INTO setting (key, value) VALUES (?, '1')", [f"k{number}"])
                connection.commit()
                moments[number] = time.monotonic()
                time.sleep(0.005)
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    died = time.monotonic()
    file.unlink()
    command = [str(LITESTREAM), "restore", "-config", str(config), "-o", str(back), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    took = time.monotonic() - died
    with sqlite3.connect(back) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        last = connection.execute("SELECT count(*) FROM setting WHERE key LIKE 'k%'").fetchone()[0]
    lost = died - moments[last]
    print(
        f"litestream: {len(moments)} acknowledged, {len(moments) - last} lost, the last {lost:.1f} s; back in {took:.1f} s"
    )
    assert lost < 3
