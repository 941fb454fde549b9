"""One moment of a database as a file, while others write on, and back into an empty one."""

import gzip
import os
import re
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from ops.backup import tables
from ops.backup.archive import CHUNK, POSTGRESQL, SQLITE, Beat, Counted, Damaged
from ops.backup.places import Failed, Place, beating, engine_of

UPLOADS = "stored_as"  # every column that names a file of the uploads
PEOPLE = "person"
LEAVING_SECONDS = 3.0  # in which a server that was stopped has closed its connections
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
NEWEST = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Snapshot:
    """A moment of the database in the scratch folder."""

    path: Path
    member: str
    revision: str
    server: str
    unpacked: int  # bytes
    tables: Mapping[str, Counted]
    named: frozenset[str]  # uploads that rows name


def snapshot(place: Place, folder: Path, beat: Beat) -> Snapshot:
    """Take one consistent moment; writers are not kept waiting."""
    return (_of_sqlite if place.kind == "sqlite" else _of_postgresql)(place, folder, beat)


def _of_sqlite(place: Place, folder: Path, beat: Beat) -> Snapshot:
    if not place.file.exists():
        raise Failed(f"there is no database {place.file.name} in {place.file.parent}")
    copy, packed = folder / "copy.db", folder / SQLITE
    handle = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(handle)

    def vacuum() -> None:
        with closing(sqlite3.connect(place.file, timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", [str(copy)])

    beating(vacuum, beat)
    beating(lambda: check_sqlite(copy), beat)
    engine = engine_of(URL.create("sqlite", database=str(copy)))
    with engine.connect() as connection:
        revision, counted, named = _look(connection, beat)
    with copy.open("rb") as source, private(packed) as raw, gzip.GzipFile("", "wb", 3, raw, 0) as target:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            beat()
    size = copy.stat().st_size
    copy.unlink()
    return Snapshot(packed, SQLITE, revision, sqlite3.sqlite_version, size, counted, named)


def _of_postgresql(place: Place, folder: Path, beat: Beat) -> Snapshot:
    engine = place.engine().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    dump = folder / POSTGRESQL
    with engine.connect() as connection:
        server = str(connection.scalar(text("SHOW server_version")))
        program = client("pg_dump", server)
        moment = connection.scalar(text("SELECT pg_export_snapshot()"))
        size = int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)
        options = ["--format=custom", "--no-owner", "--no-acl", "--schema=public", f"--snapshot={moment}"]
        command = [program, *options, f"--file={dump}", f"--dbname={plain(place.url)}"]
        with private(dump):
            pass
        process = subprocess.Popen(command, env=_environment(place.url), stderr=subprocess.PIPE, text=True)
        try:
            revision, counted, named = _look(connection, beat)
            _, told = beating(process.communicate, beat)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        raise Failed(f"the backup could not be written: {told.strip()[-1000:]}")
    return Snapshot(dump, POSTGRESQL, revision, server, size, counted, named)


def _look(connection: Connection, beat: Beat) -> tuple[str, dict[str, Counted], frozenset[str]]:
    """Revision, counts, and the uploads that rows name."""
    heads = MigrationContext.configure(connection).get_current_heads()
    if not heads:
        raise Failed("the database has no tables of Tongqu")
    quote = connection.dialect.identifier_preparer.quote
    named: set[str] = set()
    for shape in tables.shapes(connection):
        if UPLOADS in shape.columns:
            wanted = f"SELECT {UPLOADS} FROM {quote(shape.name)} WHERE {UPLOADS} IS NOT NULL"
            named |= set(connection.exec_driver_sql(wanted).scalars())
    return ",".join(sorted(heads)), tables.count(connection, beat), frozenset(named)


def unpack_sqlite(packed: Path, target: Path, size: int, beat: Beat) -> None:
    """Unfold a database, no further than the manifest says. Raises Damaged."""
    left = size
    with gzip.open(packed, "rb") as source, private(target) as file:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise Damaged(f"{SQLITE} unfolds to more than the manifest says")
            file.write(chunk)
            beat()
        os.fsync(file.fileno())
    if left:
        raise Damaged(f"{SQLITE} unfolds to less than the manifest says")
    beating(lambda: check_sqlite(target), beat)


def check_sqlite(path: Path) -> None:
    """Let SQLite prove its own pages and references. Raises Failed."""
    with closing(sqlite3.connect(path)) as connection:
        told = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        strays = connection.execute("PRAGMA foreign_key_check").fetchone()
    if told != ["ok"]:
        raise Failed(f"the database itself is damaged: {'; '.join(told)}")
    if strays:
        raise Failed(f"a row of {strays[0]} refers to a {strays[2]} that is not there")


def restore_postgresql(dump: Path, url: URL, beat: Beat) -> None:
    """Fill an empty database from a dump, all or nothing."""
    with engine_of(url).connect() as connection:
        server = str(connection.scalar(text("SHOW server_version")))
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", "--schema=public"]
    command = [client("pg_restore", server), *options, f"--dbname={plain(url)}", str(dump)]
    done = beating(
        lambda: subprocess.run(command, env=_environment(url), capture_output=True, text=True, check=False),
        beat,
    )
    if done.returncode:
        raise Failed(f"pg_restore: {done.stderr.strip()[-1000:]}")


def as_script(dump: Path) -> "subprocess.Popen[str]":
    """The rows of a dump as COPY blocks, for a database of another kind."""
    command = [client("pg_restore", "0"), "--data-only", "--schema=public", "--file=-", str(dump)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def client(name: str, server: str) -> str:
    """Find PostgreSQL's own program, no older than the server, which it would not understand. Raises Failed."""
    wanted = int(server.split(".")[0].split()[0])
    best = (0, "")
    candidates = [str(each / "bin" / name) for each in NEWEST.glob("*")] + [shutil.which(name) or ""]
    for path in filter(os.path.exists, filter(None, candidates)):
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        found = re.search(r"(\d+)", said)
        best = max(best, (int(found[1]) if found else 0, path))
    if not best[1]:
        raise Failed(f"{name} is missing on this machine: apt-get install postgresql-client")
    if best[0] < wanted:
        raise Failed(
            f"{name} {best[0]} is older than the server, which is PostgreSQL {wanted}, and cannot read it:"
            f" apt-get install postgresql-client-{wanted}"
        )
    return best[1]


def plain(url: URL) -> str:
    """The address for libpq, without the password, which a list of processes would show."""
    return url.set(drivername="postgresql")._replace(password=None).render_as_string(hide_password=False)


def _environment(url: URL) -> dict[str, str]:
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    return os.environ | secret


def private(path: Path) -> IO[bytes]:
    """Open a new file that its owner alone can read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb+")


def is_blank(place: Place) -> bool:
    """Whether nobody has worked here: no tables, or those of a bare set-up, which has no people."""
    if place.kind == "sqlite" and not place.file.exists():
        return True
    try:
        with place.engine().connect() as connection:
            names = {each.name for each in tables.shapes(connection)}
            if not names:
                return True
            return PEOPLE in names and not connection.scalar(text(f"SELECT count(*) FROM {PEOPLE}"))
    except DBAPIError as error:
        raise Failed(f"the database cannot be used: {error.orig}") from error


def refuse_use(place: Place) -> None:
    """Stop while somebody works with the database that is to be replaced. Raises Failed."""
    words = "somebody works with this database: stop the server and its workers first"
    if place.kind == "sqlite":
        if not place.file.exists():
            return
        try:
            # Leaving WAL needs the file for oneself, so it fails as long as any process has it open.
            with closing(sqlite3.connect(place.file, timeout=1)) as connection:
                connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise Failed(words) from error
        return
    last_call = time.monotonic() + LEAVING_SECONDS
    with place.engine().execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        while connection.scalar(text(OTHERS)):
            if time.monotonic() > last_call:
                raise Failed(words)
            time.sleep(0.1)
