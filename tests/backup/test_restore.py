"""Backup, destroy, restore: what comes back is what was there, on both databases and from one to the other."""

import shutil
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from ops import schema
from ops.backup import across, databases, making, restoring, tables
from ops.backup.archive import Counted
from ops.backup.commands import backup_command, restore_command, verify_backup_command
from ops.backup.making import make
from ops.backup.places import Failed, Place
from ops.backup.sealing import Key, Lock
from tests.backup.test_upgrade import BEFORE
from tests.verify import sound
from trade.backups import log

PLAIN = Lock()


def counted(place: Place) -> dict[str, Counted]:
    """What the database holds now."""
    engine = place.engine()
    with engine.connect() as connection:
        return tables.count(connection, lambda: None)


def destroy(place: Place) -> None:
    """Lose the machine: rows, files and secret."""
    shutil.rmtree(place.data)
    if place.kind == "sqlite":
        for path in place.file.parent.glob(f"{place.file.name}*"):
            path.unlink()
    else:
        restoring._say(place, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


def said(command: object, *arguments: object) -> Result:
    """What an operator's command answers."""
    return CliRunner().invoke(command, [str(each) for each in arguments])  # type: ignore[arg-type]


def test_what_was_destroyed_comes_back(place: Place, tmp_path: Path) -> None:
    before, path = counted(place), tmp_path / "all.tar"
    made = said(backup_command, path, "--verify")
    assert made.exit_code == 0 and "every row is the same" in made.output, made.output
    with Session(place.engine()) as session:
        kept = log.last_good(session)
        assert kept and kept.file == "all.tar" and kept.verified_at and kept.size == path.stat().st_size
    destroy(place)
    assert databases.is_blank(place)
    back = said(restore_command, path)
    assert back.exit_code == 0, back.output
    assert counted(place) == before
    assert (place.uploads / sound.STORED_AS[:2] / sound.STORED_AS).read_bytes() == sound.CONTENT
    assert place.secret.read_text("utf-8") == "k" * 48 and place.secret.stat().st_mode & 0o777 == 0o600
    assert not list(place.data.glob(".scratch-*")) and not list(tmp_path.glob("*.part"))
    engine = place.engine()
    assert schema.drift(engine) == []
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.execute(text("UPDATE order_event SET origin = 'changed'"))
    again = said(restore_command, path)
    assert again.exit_code == 1 and "--replace" in again.output
    replaced = said(restore_command, path, "--replace")
    assert replaced.exit_code == 0 and "before-restore" in replaced.output, replaced.output
    assert counted(place) == before


@pytest.mark.proof
def test_it_moves_to_postgresql_and_back(
    small_place: Place, tmp_path: Path, empty_postgresql_url: str
) -> None:
    before = counted(small_place)
    other = Place(make_url(empty_postgresql_url), tmp_path / "moved")
    restoring.restore(make(small_place, tmp_path / "one.tar", PLAIN).path, other, Key())
    assert counted(other) == before
    with other.engine().begin() as connection:
        last = connection.scalar(text("SELECT max(id) FROM order_event"))
        assert (
            connection.scalar(text("SELECT nextval(pg_get_serial_sequence('order_event', 'id'))")) == last + 1
        )
    path = make(other, tmp_path / "two.tar", PLAIN).path
    destroy(small_place)
    restoring.restore(path, small_place, Key())
    assert counted(small_place) == before
    assert schema.drift(small_place.engine()) == []


def test_nothing_is_lost_when_a_restore_fails(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counted(place)
    path = make(place, tmp_path / "one.tar", PLAIN).path
    flipped = bytearray(path.read_bytes())
    flipped[flipped.index(sound.CONTENT)] ^= 1
    path.with_name("flipped.tar").write_bytes(flipped)
    damaged = said(restore_command, path.with_name("flipped.tar"), "--replace")
    assert damaged.exit_code == 1 and f"damaged: uploads/00/{sound.STORED_AS}" in damaged.output
    monkeypatch.setattr(restoring.tables, "differences", lambda *_: ["person: rows differ"])
    wrong = said(restore_command, path, "--replace")
    assert wrong.exit_code == 1 and "person: rows differ" in wrong.output
    monkeypatch.undo()
    assert counted(place) == before
    full = said(backup_command, "/dev/full/all.tar")
    assert full.exit_code == 1 and "could not be written" in full.output


def test_older_tables_are_brought_up_and_newer_ones_refused(small_place: Place, tmp_path: Path) -> None:
    place = small_place
    engine = place.engine()
    schema.downgrade(engine, BEFORE)
    old = make(place, tmp_path / "old.tar", PLAIN).path
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    new = make(place, tmp_path / "new.tar", PLAIN).path
    destroy(place)
    refused = said(restore_command, new)
    assert refused.exit_code == 1 and "newer Tongqu" in refused.output and databases.is_blank(place)
    assert said(verify_backup_command, new).exit_code == 1
    back = said(restore_command, old)
    assert back.exit_code == 0 and f"from revision {BEFORE}" in back.output, back.output
    schema.refuse_other(place.engine())


def test_writers_go_on_during_a_backup(place: Place, tmp_path: Path) -> None:
    engine, ending, written = place.engine(), threading.Event(), []

    def write() -> None:
        while not ending.is_set():
            with engine.begin() as connection:
                values = {"key": f"k{len(written):06}"}
                connection.execute(text("INSERT INTO setting (key, value) VALUES (:key, '1')"), values)
            written.append(values["key"])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while not written:
            pass
        made = make(place, tmp_path / "all.tar", PLAIN)
        meanwhile = len(written)
    finally:
        ending.set()
        writer.join()
    found = restoring.rehearse(made.path, place, Key()).tables["setting"].rows
    assert 0 < found < meanwhile


def test_a_full_disk_leaves_no_half_file(
    small_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = making.Writer._put

    def full(self: making.Writer, data: bytes) -> None:
        if len(self.members) > 2:
            raise OSError(28, "No space left on device")
        real(self, data)

    monkeypatch.setattr(making.Writer, "_put", full)
    folder = tmp_path / "kept"
    for lock in PLAIN, Lock(recipient="age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"):
        with pytest.raises(Failed, match="No space left"):
            make(small_place, folder / "all.tar", lock)
        assert list(folder.iterdir()) == []


def test_the_key_in_use_is_kept_and_another_one_is_told(
    small_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGQU_SECRET_KEY", "e" * 48)
    path = tmp_path / "all.tar"
    assert said(backup_command, path).exit_code == 0
    destroy(small_place)
    monkeypatch.setenv("TONGQU_SECRET_KEY", "another" * 8)
    back = said(restore_command, path)
    assert back.exit_code == 0 and "is another than the backup's" in back.output
    assert small_place.secret.read_text("utf-8") == "e" * 48
    monkeypatch.delenv("TONGQU_SECRET_KEY")
    small_place.secret.unlink()
    lacking = said(backup_command, tmp_path / "two.tar")
    assert lacking.exit_code == 0 and "not in the backup" in lacking.output


def test_one_changed_cell_is_seen(small_place: Place) -> None:
    before = counted(small_place)
    with small_place.engine().begin() as connection:
        connection.execute(text("UPDATE person SET name = name || '.' WHERE id = 1"))
        connection.execute(text("DELETE FROM notice"))
    assert tables.differences(before, counted(small_place)) == [
        f"notice: {before['notice'].rows} rows were backed up, 0 are there",
        "person: rows differ",
    ]


def test_an_old_client_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="older than the server.*postgresql-client-99"):
        databases.client("pg_dump", "99.1 (Debian)")
    monkeypatch.setattr(databases, "NEWEST", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="pg_dump is missing"):
        databases.client("pg_dump", "15.1")


def test_a_password_is_not_in_the_list_of_processes() -> None:
    url = make_url("postgresql+psycopg://me:top%40secret@db.example/tongqu")
    assert "secret" not in databases.plain(url)
    assert databases._environment(url)["PGPASSWORD"] == "top@secret"


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_text_survives_the_copy_format(written: str) -> None:
    escapes = {"\\": r"\\", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"}
    assert across.unescaped("".join(escapes.get(each, each) for each in written)) == written
