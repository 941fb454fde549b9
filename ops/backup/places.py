"""Where an installation lives: its database, its data folder and its secret, as the environment says."""

import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url

from ops.backup.archive import Beat
from trade.db import psycopg_url

DEFAULT = Path(__file__).resolve().parents[2] / "data"
SCRATCH = re.compile(r"\.scratch-(\d+)-[0-9a-f]{8}")
PATIENT = "-c lock_timeout=30s -c statement_timeout=0 -c TimeZone=UTC"
Answer = TypeVar("Answer")


class Failed(Exception):
    """What the operator asked for was not done, and nothing that was there before is gone; says why."""


@dataclass(frozen=True)
class Place:
    """One installation."""

    url: URL
    data: Path

    @classmethod
    def of_environment(cls, database: str | None = None, data: str | None = None) -> "Place":
        """The installation that `tongqu` and `./run` speak of."""
        folder = Path(data or os.environ.get("TONGQU_DATA_DIR") or DEFAULT).resolve()
        url = database or os.environ.get("TONGQU_DATABASE_URL") or f"sqlite:///{folder}/tongqu.db"
        return cls(make_url(psycopg_url(url)), folder)

    @property
    def kind(self) -> str:
        return "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"

    @property
    def file(self) -> Path:
        """The SQLite database."""
        if not self.url.database or self.url.database == ":memory:":
            raise Failed("a database in memory cannot be backed up")
        return Path(self.url.database).resolve()

    @property
    def uploads(self) -> Path:
        return self.data / "uploads"

    @property
    def secret(self) -> Path:
        return self.data / "secret_key"

    def engine(self) -> Engine:
        """A connection of our own beside run() and read(), with time for long work."""
        return engine_of(self.url)


def engine_of(url: URL) -> Engine:
    """Connect as an operator does: no limit of time, and on PostgreSQL moments in UTC."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool, connect_args={"options": PATIENT}, hide_parameters=True)
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=15000"))
    return engine


@contextmanager
def scratch(data: Path) -> Iterator[Path]:
    """A private folder for the length of the work, on the disk that holds the uploads anyway."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(data)
    folder = data / f".scratch-{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(data: Path) -> None:
    """Remove what a killed process left."""
    for folder in data.glob(".scratch-*"):
        found = SCRATCH.fullmatch(folder.name)
        if found and not _is_alive(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def settle(path: Path) -> None:
    """See that a file or the names in a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def beating(work: Callable[[], Answer], beat: Beat) -> Answer:
    """Do long work in a thread, and give a sign of life every few seconds meanwhile."""
    answers: list[Answer] = []
    failures: list[BaseException] = []

    def do() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    thread = threading.Thread(target=do)
    thread.start()
    while thread.is_alive():
        thread.join(1.0)
        beat()
    if failures:
        raise failures[0]
    return answers[0]
