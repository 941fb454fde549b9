"""Make a backup: the database first, then the uploads, so that every file that a row names is in it."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from ops.backup import archive, databases
from ops.backup.archive import SECRET, UPLOAD, Beat, Manifest, Writer
from ops.backup.places import Failed, Place, scratch, settle
from ops.backup.sealing import Lock, locked

LARGEST_SECRET = 64 * 1024
UNFINISHED = ".part"


@dataclass(frozen=True)
class Made:
    """A backup that lies whole under its name."""

    path: Path
    size: int  # bytes
    manifest: Manifest


def make(place: Place, path: Path, lock: Lock, beat: Beat = lambda: None, *, replaces: bool = False) -> Made:
    """Write the whole installation into one file; the name appears when all of it is on the disk. Raises Failed."""
    if path.exists() and not replaces:
        raise Failed(f"{path} exists already")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with scratch(place.data) as folder:
            taken = databases.snapshot(place, folder, beat)
            with _whole(path) as file:
                manifest = _write(place, taken, file, lock, beat)
        return Made(path, path.stat().st_size, manifest)
    except OSError as error:
        raise Failed(f"the backup could not be written: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise Failed(f"the backup could not be written: {error}") from error


def _write(place: Place, taken: databases.Snapshot, file: BinaryIO, lock: Lock, beat: Beat) -> Manifest:
    if not lock:
        return _fill(place, taken, file, beat)
    with locked(file, lock, beat) as stream:
        return _fill(place, taken, stream, beat)


def _fill(place: Place, taken: databases.Snapshot, stream: BinaryIO, beat: Beat) -> Manifest:
    writer = Writer(stream)
    with taken.path.open("rb") as source:
        writer.add(taken.member, source, taken.path.stat().st_size, beat)
    if secret := _secret(place):
        writer.add_bytes(SECRET, secret)
    present = set()
    for name, upload in _uploads(place.uploads):
        writer.add(f"uploads/{name[:2]}/{name}", upload, os.fstat(upload.fileno()).st_size, beat)
        present.add(name)
    manifest = Manifest(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        program=version("tongqu"),
        revision=taken.revision,
        kind=place.kind,
        server=taken.server,
        database_bytes=taken.unpacked,
        tables=taken.tables,
        lacking=tuple(sorted(taken.named - present)),
    )
    members = {name: each for name, each in writer.members.items() if name != archive.FIRST}
    manifest = replace(manifest, members=members)
    writer.close(manifest)
    return manifest


def _secret(place: Place) -> bytes:
    """The key in use: the environment's goes before that of the data folder, as when the program starts."""
    if given := os.environ.get("TONGQU_SECRET_KEY"):
        return given.encode()
    return place.secret.read_bytes()[:LARGEST_SECRET] if place.secret.exists() else b""


def _uploads(folder: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Every whole file of the store, in order; what is being written has another name until it is whole."""
    for shelf in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        for path in sorted(shelf.iterdir()):
            if not UPLOAD.fullmatch(f"uploads/{shelf.name}/{path.name}") or path.is_symlink():
                continue
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue
            with file:
                yield path.name, file


@contextmanager
def _whole(path: Path) -> Iterator[BinaryIO]:
    """Write beside the name, and take the name last: a full disk or a kill leaves no half backup under it."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with databases.private(unfinished) as file:
            yield file  # type: ignore[misc]
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        settle(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def named_after(moment: datetime, kind: str) -> str:
    """A file name that sorts by time."""
    return f"tongqu-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{kind}.tar"
