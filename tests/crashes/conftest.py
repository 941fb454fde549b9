"""A brand at work on either database, a disk that fills up, and the table of what was seen."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.crashes.halves import HALVES
from tests.crashes.site import Crew, Site
from tests.crashes.tally import PAGE, Tally
from tests.databases import PREFIX, begin_with, create_database
from tests.world import build_template
from trade import db

IS_PROOF = os.environ.get("TONGQU_PROOF") == "1"
DISK = "160m"
Open = Callable[..., AbstractContextManager[Site]]


@pytest.fixture(scope="session")
def tally(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tally]:
    """Collect what was seen; a proof, which runs in one process, keeps it and writes it down."""
    if not IS_PROOF or hasattr(request.config, "workerinput"):
        yield Tally(tmp_path_factory.mktemp("tally") / "crashes.json")
        return
    found = Tally()
    yield found
    found.keep()
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(found.page(len(HALVES)), "utf-8")


@pytest.fixture
def open_site(database_url: str, tmp_path: Path) -> Open:
    """Let people work on the database of the test."""

    def open_it(crew: Crew) -> AbstractContextManager[Site]:
        return at_work(database_url, tmp_path / "data", tmp_path, crew)

    return open_it


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Mount a disk in memory that is soon full; mounting needs root, as in the container of the gate."""
    folder = Path(
        tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    )  # a place that PostgreSQL's user reaches
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def at_work(url: str, data: Path, journals: Path, crew: Crew) -> Iterator[Site]:
    """Open the brand for as long as the test looks."""
    engine = db.connect(url)
    site = Site(url, data, journals, crew)
    try:
        site.open()
        yield site
    finally:
        site.close()
        engine.dispose()


@contextmanager
def on_cluster(cluster: Cluster, data: Path, journals: Path, crew: Crew) -> Iterator[Site]:
    """The same on a cluster of the test's own."""
    create_database(cluster, "tongqu")
    url = cluster.url("tongqu")
    begin_with(build_template, url)
    with at_work(url, data, journals, crew) as site:
        yield site


@contextmanager
def on_disk(disk: Path, journals: Path, database: str, crew: Crew) -> Iterator[Site]:
    """The same with database and data folder on a small disk."""
    if database == "postgresql":
        cluster = Cluster(disk / "cluster", is_durable=True)
        cluster.create()
        cluster.start()
        try:
            with on_cluster(cluster, disk / "data", journals, crew) as site:
                yield site
        finally:
            cluster.stop()
        return
    url = f"sqlite:///{disk}/tongqu.db"
    begin_with(build_template, url)
    with at_work(url, disk / "data", journals, crew) as site:
        yield site


def fill(disk: Path, room: int = 0) -> Path:
    """Write until nothing more fits; then leave so many bytes free."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(64 * 1024))
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(512))
    os.truncate(ballast, ballast.stat().st_size - room)
    return ballast
