"""Databases to measure on: a file, a PostgreSQL of our own that writes through, or the one whose address is given."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

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

    def fill(self, wanted: Wanted) -> tuple[str, list[Cart]]:
        """A database with so much in it, and its buyers."""
        url = self._new(f"bench_{len(self.filled)}")
        carts = fill(url, wanted)
        self.filled[wanted] = (url, carts)
        return url, carts

    def copy(self, url: str) -> str:
        """The same database once more, for the limit to write into; none of a database that was given."""
        if self.cluster is not None:
            source = url.rpartition("/")[2].partition("?")[0]
            with admin(self.cluster) as connection:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                connection.execute(others, [source])
            create_database(self.cluster, f"{source}_limit", template=source)
            return self.cluster.url(f"{source}_limit")
        source = url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(source)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(source, f"{source}.limit")
        return f"sqlite:///{source}.limit"

    def _new(self, name: str) -> str:
        if self.given:
            return self.given
        if self.cluster is None:
            return f"sqlite:///{self.folder}/{name}.db"
        create_database(self.cluster, name)
        return self.cluster.url(name)


@contextlib.contextmanager
def open_place(name: str) -> Iterator[Place]:
    """`sqlite`, `postgresql`, or the address of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    try:
        if name == "postgresql":
            with _cluster(folder) as place:
                yield place
        elif name == "sqlite":
            yield Place(name, folder)
        else:
            yield Place(name.partition(":")[0], folder, given=name)
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
