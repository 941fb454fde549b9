"""Put a backup back, or prove that it could be: everything is checked before anything is replaced."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops import schema
from ops.backup import across, databases, tables
from ops.backup.archive import (
    LARGEST_TEXT,
    MANIFEST,
    NAMES,
    POSTGRESQL,
    SECRET,
    SQLITE,
    Beat,
    Damaged,
    Manifest,
    Reader,
    is_expected,
    prove,
)
from ops.backup.making import Made, make, named_after
from ops.backup.places import Failed, Place, engine_of, scratch, settle
from ops.backup.sealing import Key, Lock, unlocked
from trade.verify.everything import INVARIANTS

OF_FILES = "attachment.file"  # proven here against the backup's own sums
Switch = Callable[[], None]  # takes the old database's place


@dataclass(frozen=True)
class Restored:
    """What came back."""

    manifest: Manifest
    rows: int
    uploads: int
    upgraded_from: str | None
    safety: Made | None
    breaches: tuple[str, ...]
    has_secret: bool


def check(path: Path, key: Key, beat: Beat = lambda: None) -> Manifest:
    """Read the whole file and prove every byte. Raises Damaged, Locked."""
    return _read(path, key, None, beat)


def restore(
    path: Path,
    place: Place,
    key: Key,
    beat: Beat = lambda: None,
    *,
    replaces: bool = False,
    lock: Lock | None = None,
) -> Restored:
    """Bring an installation back from a file; an older one is brought up to date. Raises Damaged, Locked, Failed."""
    is_blank = databases.is_blank(place) and not any(place.uploads.glob("*/*"))
    if not is_blank and not replaces:
        raise Failed(
            "there is an installation already: restore into an empty database and data folder, or say --replace,"
            " which makes a backup of what is there first"
        )
    databases.refuse_use(place)
    with scratch(place.data) as folder:
        manifest = _read(path, key, folder, beat)
        _refuse_newer(manifest)
        safety = None if databases.is_blank(place) else _safety(place, lock or Lock(), beat)
        with _prepared(manifest, folder, place, beat) as (url, switch):
            breaches = _prove(manifest, url, beat)
            uploads = _bring_uploads(folder, place)
            switch()
        has_secret = _bring_secret(folder, place)
    upgraded_from = manifest.revision if {manifest.revision} != schema.wanted() else None
    rows = sum(each.rows for each in manifest.tables.values())
    return Restored(manifest, rows, uploads, upgraded_from, safety, tuple(breaches), has_secret)


def rehearse(path: Path, place: Place, key: Key, beat: Beat = lambda: None) -> Manifest:
    """Restore into a scratch place, compare every row, run verify, and throw it away. Raises Damaged, Locked, Failed."""
    with scratch(place.data) as folder:
        manifest = _read(path, key, folder, beat, with_uploads=False)
        _refuse_newer(manifest)
        with (
            _somewhere(manifest, folder, place) as where,
            _prepared(manifest, folder, where, beat) as (url, switch),
        ):
            breaches = _prove(manifest, url, beat)
            switch()
    if breaches:
        raise Failed(f"the backup is whole, but its rows are not sound: {'; '.join(breaches[:5])}")
    return manifest


def _read(path: Path, key: Key, folder: Path | None, beat: Beat, *, with_uploads: bool = True) -> Manifest:
    """Go through the file once, unpack what is wanted into the folder, and prove all of it."""
    if not path.is_file():
        raise Failed(f"there is no file {path}")
    text = bytearray()
    with unlocked(path, key, beat) as stream:
        reader = Reader(stream, is_expected)
        for name, size, content in reader:
            if name == MANIFEST:
                if size > LARGEST_TEXT:
                    raise Damaged(MANIFEST)
                text += b"".join(content)
            elif folder and (name in NAMES or (with_uploads and name.startswith("uploads/"))):
                _unpack(folder / name, content, beat)
            else:
                for _ in content:
                    beat()
    manifest = None
    try:
        manifest = Manifest.of_json(bytes(text))
    finally:
        prove(reader, manifest)
    return manifest


def _unpack(target: Path, content: Iterator[bytes], beat: Beat) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with databases.private(target) as file:
        for chunk in content:
            file.write(chunk)
            beat()


def _refuse_newer(manifest: Manifest) -> None:
    if manifest.revision not in schema.known():
        raise Failed(
            f"the backup is from a newer Tongqu ({manifest.program}, tables at {manifest.revision}):"
            " restore it with that version"
        )


def _safety(place: Place, lock: Lock, beat: Beat) -> Made:
    """What is about to be replaced, kept."""
    folder = place.data / "backups"
    return make(place, folder / f"before-restore-{named_after(datetime.now(UTC), place.kind)}", lock, beat)


@contextmanager
def _prepared(manifest: Manifest, folder: Path, place: Place, beat: Beat) -> Iterator[tuple[URL, Switch]]:
    """The rows in their database, compared and up to date; they take the old one's place at the switch."""
    if place.kind == "sqlite":
        yield from _prepared_sqlite(manifest, folder, place, beat)
    else:
        yield from _prepared_postgresql(manifest, folder, place, beat)


def _prepared_sqlite(
    manifest: Manifest, folder: Path, place: Place, beat: Beat
) -> Iterator[tuple[URL, Switch]]:
    place.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place.file.with_name(f".{place.file.name}.{secrets.token_hex(4)}.part")
    url = URL.create("sqlite", database=str(fresh))
    try:
        if manifest.kind == "sqlite":
            databases.unpack_sqlite(folder / SQLITE, fresh, manifest.database_bytes, beat)
        else:
            with databases.private(fresh):
                pass
            across.into_sqlite(folder / POSTGRESQL, manifest.revision, fresh, beat)
            databases.check_sqlite(fresh)
        _compare(manifest, url, beat)
        schema.upgrade(engine_of(url))

        def switch() -> None:
            settle(fresh)
            for ending in "-wal", "-shm":
                place.file.with_name(place.file.name + ending).unlink(missing_ok=True)
            fresh.replace(place.file)
            settle(place.file.parent)

        yield url, switch
    finally:
        for each in fresh.parent.glob(f"{fresh.name}*"):
            each.unlink(missing_ok=True)


def _prepared_postgresql(
    manifest: Manifest, folder: Path, place: Place, beat: Beat
) -> Iterator[tuple[URL, Switch]]:
    """The old tables step aside under another name, and step back unless the switch is reached."""
    engine = place.engine()
    aside = f"before_restore_{secrets.token_hex(4)}"
    _say(place, f"ALTER SCHEMA public RENAME TO {aside}", "CREATE SCHEMA public")
    is_done = False
    try:
        if manifest.kind == "postgresql":
            databases.restore_postgresql(folder / POSTGRESQL, place.url, beat)
        else:
            copy = folder / "copy.db"
            databases.unpack_sqlite(folder / SQLITE, copy, manifest.database_bytes, beat)
            across.into_postgresql(copy, manifest.revision, place.url, beat)
        _compare(manifest, place.url, beat)
        schema.upgrade(engine)

        def switch() -> None:
            nonlocal is_done
            _say(place, f"DROP SCHEMA {aside} CASCADE", "ANALYZE")
            is_done = True

        yield place.url, switch
    finally:
        if not is_done:
            _say(place, "DROP SCHEMA public CASCADE", f"ALTER SCHEMA {aside} RENAME TO public")


def _say(place: Place, *statements: str) -> None:
    try:
        with place.engine().begin() as connection:
            for each in statements:
                connection.execute(text(each))
    except DBAPIError as error:
        raise Failed(f"the database refuses: {error.orig}") from error


@contextmanager
def _somewhere(manifest: Manifest, folder: Path, place: Place) -> Iterator[Place]:
    """A scratch database of the backup's own kind; without a server that lets us, SQLite, into which all can go."""
    if manifest.kind == "sqlite" or place.kind == "sqlite":
        yield Place(URL.create("sqlite", database=str(folder / "rehearsal.db")), folder)
        return
    name = f"tongqu_rehearsal_{secrets.token_hex(6)}"
    alone = place.engine().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with alone.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    except DBAPIError:  # the role has no CREATEDB
        yield Place(URL.create("sqlite", database=str(folder / "rehearsal.db")), folder)
        return
    try:
        yield Place(place.url.set(database=name), folder)
    finally:
        with alone.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _compare(manifest: Manifest, url: URL, beat: Beat) -> None:
    with engine_of(url).connect() as connection:
        wrong = tables.differences(manifest.tables, tables.count(connection, beat))
    if wrong:
        raise Failed(f"what came back is not what was backed up: {'; '.join(wrong[:5])}")


def _prove(manifest: Manifest, url: URL, beat: Beat) -> list[str]:
    """Run verify on the rows; files were compared with their sums already, so that their rows are held against these."""
    told: list[str] = []
    with Session(engine_of(url)) as session:
        for each in INVARIANTS:
            beat()
            if each.name != OF_FILES:
                told += [f"{each.name}: {breach}" for breach in each.find(session)]
        for stored_as, sha256, size in session.execute(
            text("SELECT stored_as, sha256, size FROM attachment")
        ):
            kept = manifest.members.get(f"uploads/{stored_as[:2]}/{stored_as}")
            if kept is None or (kept.sha256, kept.size) != (sha256, size):
                told.append(f"{OF_FILES}: {stored_as} is missing or not what was accepted")
    return told


def _bring_uploads(folder: Path, place: Place) -> int:
    """Files have random names and never change, so they are added; what no row names does no harm."""
    count = 0
    for path in sorted((folder / "uploads").glob("*/*")):
        shelf = place.uploads / path.parent.name
        for each in place.uploads, shelf:
            each.mkdir(mode=0o700, exist_ok=True)
        settle(path)
        path.replace(shelf / path.name)
        count += 1
    for each in (*place.uploads.glob("*"), place.uploads):
        if each.is_dir():
            settle(each)
    return count


def _bring_secret(folder: Path, place: Place) -> bool:
    """Bring the key back, without which what was signed and encrypted with it is lost."""
    kept = folder / SECRET
    if not kept.exists():
        return False
    settle(kept)
    kept.replace(place.secret)
    settle(place.data)
    return True
