"""Databases to measure on: a file, a PostgreSQL of our own that writes through, or the one whose address is given."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.data import Cart, Wanted, fill
from tests.cluster import Cluster
from tests.databases import PREFIX, admin, create_database


@dataclass
class Place:
    """Where databases are made; `roots` are the processes whose CPU is the database's."""

    name: str
    folder: Path
    roots: list[int] = field(default_factory=list)
    cluster: Cluster | None = None
    given: str = ""
    filled: dict[Wanted, tuple[str, list[Cart]]] = field(default_factory=dict)
    made: int = 0

    def fill(self, wanted: Wanted) -> tuple[str, list[Cart]]:
        """A database with so much in it, and its buyers: to be read only, since the next who wants as much gets it too."""
        if wanted not in self.filled or self.given:
            url = self._new()
            self.filled[wanted] = url, fill(url, wanted)
        return self.filled[wanted]

    def own(self, wanted: Wanted) -> tuple[str, list[Cart]]:
        """The same to be written into."""
        url, carts = self.fill(wanted)
        return url if self.given else self.copy(url), carts

    def copy(self, url: str) -> str:
        """The same database once more; none of a database that was given."""
        self.made += 1
        if self.cluster is not None:
            source = url.rpartition("/")[2].partition("?")[0]
            with admin(self.cluster) as connection:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                connection.execute(others, [source])
            create_database(self.cluster, f"copy_{self.made}", template=source)
            return self.cluster.url(f"copy_{self.made}")
        source = url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(source)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(source, f"{self.folder}/copy_{self.made}.db")
        return f"sqlite:///{self.folder}/copy_{self.made}.db"

    def _new(self) -> str:
        self.made += 1
        name = f"bench_{self.made}"
        if self.given:
            _empty(self.given)
            return self.given
        if self.cluster is None:
            return f"sqlite:///{self.folder}/{name}.db"
        create_database(self.cluster, name)
        return self.cluster.url(name)


@contextlib.contextmanager
def open_place(name: str) -> Iterator[Place]:
    """`sqlite`, `postgresql`, or the address of an empty PostgreSQL database, which is emptied as often as is needed."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    try:
        if name == "postgresql":
            with _cluster(folder) as place:
                yield place
        elif name == "sqlite":
            yield Place(name, folder)
        else:
            _refuse_tables(name)
            yield Place("postgresql", folder, given=name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _cluster(folder: Path) -> Iterator[Place]:
    cluster = Cluster(folder / "cluster", is_durable=True)
    cluster.create()
    cluster.start()
    try:
        process = int((cluster.data / "postmaster.pid").read_text("utf-8").splitlines()[0])
        yield Place("postgresql", folder, [process], cluster)
    finally:
        cluster.stop()


def _refuse_tables(url: str) -> None:
    """Nobody's data is to be emptied for a measurement."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        if not url.startswith("postgresql") or connection.execute(tables).fetchone() != (0,):
            raise SystemExit("the database must be an empty PostgreSQL: it is emptied between workloads")


def _empty(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
