"""Whether an installation stands as this program left it, told without loading the program: a start is seconds shorter.

A start after the first one would otherwise load everything only to find that nothing is to be done.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

PROGRAM = ("admin", "migrations", "ops", "portal", "press", "trade", "web")
SINGLE_FILES = ("wsgi.py", "uv.lock", "package-lock.json")
PATIENCE_SECONDS = 3


def mark(root: Path, url: str, *, with_demo: bool) -> str | None:
    """One word for program, database and its revision; none when the database cannot be asked or is new."""
    tables = _tables(url)
    if not tables:
        return None
    digest = hashlib.sha256(f"{url} {tables} {with_demo}\n".encode())
    for path in _sources(root):
        status = path.stat()
        digest.update(f"{path.relative_to(root)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    yield from (root / name for name in SINGLE_FILES)
    for room in PROGRAM:
        yield from sorted((root / room).rglob("*.py"))


def _tables(url: str) -> str:
    """Which tables at which revision: a restored or exchanged database is another one. What is wrong, set-up tells."""
    if url.startswith("sqlite:///"):
        return _of_file(Path(url.removeprefix("sqlite:///")).absolute())
    psycopg = import_module("psycopg")  # who uses SQLite need not wait for it
    plain = "postgresql" + url[url.find("://") :]
    try:
        with psycopg.connect(plain, connect_timeout=PATIENCE_SECONDS) as connection:
            found = connection.execute(
                "SELECT 'alembic_version'::regclass::oid, version_num FROM alembic_version"
            ).fetchall()
    except psycopg.Error:
        return ""
    return f"{sorted(found)}" if found else ""


def _of_file(path: Path) -> str:
    try:
        with closing(
            sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)
        ) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return ""
    return f"{path.stat().st_ino} {sorted(found)}" if found else ""
