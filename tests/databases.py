"""Fresh databases for tests: a copied file for SQLite, a copied template for PostgreSQL."""

import contextlib
import fcntl
import hashlib
import importlib
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.cluster import Cluster, is_alive

Prepare = Callable[[str], object]
PREFIX = "tongqu-test-"
SHARED = "TONGQU_TEST_CLUSTER"
IN_MEMORY = Path("/dev/shm")
ROOM = 3 * 1024**3  # bytes that the databases of a whole run may need at a time, several times over


class Templates:
    """Databases prepared once per run and function, whichever process asks first, to be copied for each test."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def copy_sqlite(self, prepare: Prepare, target: Path) -> str:
        """Copy the file that `prepare` filled, and return the copy's address."""

        def fill(mark: str) -> None:
            source = self.folder / f"{mark}.db"
            for half in self.folder.glob(f"{mark}.db*"):
                half.unlink()
            prepare(f"sqlite:///{source}")
            with contextlib.closing(sqlite3.connect(source)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        mark = self._once("sqlite", prepare, fill)
        shutil.copyfile(self.folder / f"{mark}.db", target)
        return f"sqlite:///{target}"

    def copy_postgresql(self, prepare: Prepare, cluster: Cluster, name: str = "") -> str:
        """Copy the database that `prepare` filled, over another if it is named, and return the copy's name."""

        def fill(mark: str) -> None:
            drop_database(cluster, mark)
            create_database(cluster, mark)
            prepare(cluster.url(mark))
            with admin(cluster) as connection:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                connection.execute(others, [mark])

        mark = self._once("postgresql", prepare, fill)
        if name:
            drop_database(cluster, name)
        name = name or f"test_{uuid.uuid4().hex[:12]}"
        create_database(cluster, name, template=mark)
        return name

    def _once(self, kind: str, prepare: Prepare, fill: Callable[[str], None]) -> str:
        """Fill what this function's databases are copied from, unless that is done; answers its name."""
        named = f"{kind} {prepare.__module__} {prepare.__qualname__}"
        if "<" in named:  # a function made by another one is only itself
            named += f" {os.getpid()} {id(prepare)}"
        mark = f"template_{hashlib.sha256(named.encode()).hexdigest()[:12]}"
        with (self.folder / f"{mark}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.folder / f"{mark}.done"
            if not done.exists():
                fill(mark)
                done.touch()
        return mark


def begin_with(prepare: Prepare, url: str) -> None:
    """Let an empty database begin as what `prepare` makes: a copy of what it made for this run, where there is a run."""
    asked, folder = make_url(url), os.environ.get(SHARED)
    cluster = Cluster(Path(folder or "") / "cluster")
    if folder and asked.drivername == "sqlite":
        Templates(Path(folder) / "templates").copy_sqlite(prepare, Path(str(asked.database)))
    elif folder and asked.query.get("host") == str(cluster.folder):
        Templates(Path(folder) / "templates").copy_postgresql(prepare, cluster, str(asked.database))
    else:
        prepare(url)


@contextlib.contextmanager
def admin(cluster: Cluster) -> Iterator[psycopg.Connection]:
    """Connect beside the test's databases, outside any transaction."""
    with psycopg.connect(cluster.connection_info("postgres"), autocommit=True) as connection:
        yield connection


def create_database(cluster: Cluster, name: str, template: str = "template0") -> None:
    """Create a database, file by file since nothing waits for the disk here; our own names need no quoting."""
    with admin(cluster) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")


def drop_database(cluster: Cluster, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    with admin(cluster) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def prepare() -> Prepare:
    """Fill an empty database; a test module that needs another start overrides this with its own function."""
    world = importlib.import_module("tests.world")
    chosen: Prepare = getattr(world, "build_template", None) or world.make_schema
    return chosen


@pytest.fixture(scope="session")
def templates() -> Templates:
    """Keep prepared databases for the length of the run."""
    return Templates(Path(os.environ[SHARED]) / "templates")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Where files lie that a prepared database names: it is prepared once and copied for many tests."""
    folder = Path(os.environ[SHARED]) / "data"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """Join the PostgreSQL that the whole run shares, or start it if this process is the first to ask."""
    folder = Path(os.environ[SHARED])
    shared = Cluster(folder / "cluster")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.is_running():
            shared.create()
            shared.start()
    return shared


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """Start a PostgreSQL for this test alone, which writes through to the disk and may be killed."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    own = Cluster(folder / "cluster", is_durable=True)
    own.create()
    own.start()
    yield own
    own.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(templates: Templates, prepare: Prepare, tmp_path: Path) -> str:
    """Copy the prepared SQLite file for this test."""
    return templates.copy_sqlite(prepare, tmp_path / "tongqu.db")


@pytest.fixture
def postgresql_url(templates: Templates, prepare: Prepare, cluster: Cluster) -> Iterator[str]:
    """Copy the prepared PostgreSQL database for this test and drop it afterwards."""
    name = templates.copy_postgresql(prepare, cluster)
    yield cluster.url(name)
    drop_database(cluster, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Run the test once on each database."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Name a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/empty.db"


@pytest.fixture
def empty_postgresql_url(cluster: Cluster) -> Iterator[str]:
    """Create a PostgreSQL database without tables."""
    name = f"empty_{uuid.uuid4().hex[:12]}"
    create_database(cluster, name)
    yield cluster.url(name)
    drop_database(cluster, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """Run the test once on each database, without tables, as migrations find it."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder of the shared cluster before workers start, so that they inherit its name."""
    if hasattr(config, "workerinput"):
        return
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_place()))
    folder.chmod(0o755)
    os.environ[SHARED] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the shared cluster once every worker has ended."""
    if hasattr(config, "workerinput") or SHARED not in os.environ:
        return
    discard(Path(os.environ.pop(SHARED)))


def _place() -> Path:
    """Memory where there is plenty: a database is two thousand files, which a disk takes a second to copy."""
    plain = Path(tempfile.gettempdir())
    is_roomy = os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    return IN_MEMORY if is_roomy else plain


def sweep() -> None:
    """Discard what runs that were killed have left behind; the folder's name says whose it was."""
    for place in {Path(tempfile.gettempdir()), IN_MEMORY}:
        for folder in place.glob(f"{PREFIX}*-*"):
            owner = folder.name.removeprefix(PREFIX).split("-")[0]
            if owner.isdigit() and not is_alive(int(owner)) and os.access(folder, os.W_OK):
                discard(folder)


def discard(folder: Path) -> None:
    """Stop the cluster in a folder and delete both."""
    Cluster(folder / "cluster").stop()
    shutil.rmtree(folder, ignore_errors=True)
