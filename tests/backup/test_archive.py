"""The file: whatever is changed in it is found and named, and nothing in it leads outside."""

import gzip
import io
import tarfile
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.backup import archive, databases, restoring, sealing
from ops.backup.archive import BLOCK, SQLITE, Damaged, Manifest, Reader, Writer, header, is_expected, padding
from ops.backup.places import Failed
from ops.backup.sealing import Key, Lock, Locked

UPLOAD = "uploads/ab/" + "ab" * 16
IDENTITY = pyrage.x25519.Identity.generate()
HERE = Key(identity=str(IDENTITY))


def filled(stream: io.BytesIO) -> None:
    """Write a backup of two members."""
    writer = Writer(stream)
    writer.add_bytes(SQLITE, b"rows" * 300)
    writer.add_bytes(UPLOAD, b"")
    members = {name: each for name, each in writer.members.items() if name != archive.FIRST}
    writer.close(Manifest("now", "0", "0002", "sqlite", "3", 1200, {}, members))


def plain() -> bytes:
    stream = io.BytesIO()
    filled(stream)
    return stream.getvalue()


def locked(lock: Lock) -> bytes:
    stream = io.BytesIO()
    with sealing.locked(stream, lock, lambda: None) as inner:
        filled(inner)
    return stream.getvalue()


PLAIN, LOCKED = plain(), locked(Lock(recipient=str(IDENTITY.to_public())))


@pytest.mark.parametrize("content", [PLAIN, LOCKED])
def test_what_was_written_is_read(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "whole.tar"
    path.write_bytes(content)
    assert set(restoring.check(path, HERE).members) == {SQLITE, UPLOAD}
    with tarfile.open(path) as tar:
        assert {each.mode for each in tar} == {0o600}


@given(data=st.data())
@settings(max_examples=60)
@pytest.mark.parametrize("content", [PLAIN, LOCKED], ids=["plain", "locked"])
def test_any_changed_bit_is_found(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(content) - 1))
    bit = data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / "flipped.tar"
    path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
    with pytest.raises(Damaged):
        restoring.check(path, HERE)


@given(length=st.integers(0, len(PLAIN) - 1))
@settings(max_examples=30)
def test_any_missing_end_is_found(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.getbasetemp() / "short.tar"
    path.write_bytes(PLAIN[:length])
    with pytest.raises(Damaged):
        restoring.check(path, HERE)


def test_damage_has_a_name(tmp_path: Path) -> None:
    path = tmp_path / "named.tar"
    found = {}
    for name, at in {
        "rows": PLAIN.index(b"rowsrows") + 5,
        "padding": PLAIN.index(b"rowsrows") + 1201,
        "manifest": PLAIN.index(b'"0002"') + 4,
        "appended": len(PLAIN),
    }.items():
        path.write_bytes(PLAIN[:at] + b"9" + PLAIN[at + 1 :])
        with pytest.raises(Damaged) as caught:
            restoring.check(path, HERE)
        found[name] = str(caught.value)
    assert found["rows"] == SQLITE
    assert "manifest.json" in found["manifest"]
    assert "frame" in found["padding"] and "frame" in found["appended"]


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/passwd", "uploads/ab/../../x", "uploads/ab/" + "cd" * 16, "uploads/ab/x", SQLITE],
)
def test_no_name_leads_outside(name: str, tmp_path: Path) -> None:
    stream = io.BytesIO()
    writer = Writer(stream)
    writer.add_bytes(SQLITE, b"rows")
    writer.add_bytes(name, b"evil")
    writer.close()
    path = tmp_path / "evil.tar"
    path.write_bytes(stream.getvalue())
    with pytest.raises(Damaged):
        restoring._read(path, HERE, tmp_path / "out", lambda: None)
    assert not (tmp_path / "evil").exists()
    assert {each.name for each in (tmp_path / "out").iterdir()} == {SQLITE}


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE, tarfile.FIFOTYPE]
)
def test_only_plain_files_are_read(kind: bytes) -> None:
    entry = tarfile.TarInfo(UPLOAD)
    entry.type, entry.linkname = kind, "/etc/passwd"
    start = PLAIN[: 2 * BLOCK]
    with pytest.raises(Damaged, match="plain file"):
        list(Reader(io.BytesIO(start + entry.tobuf(tarfile.GNU_FORMAT)), is_expected))


def test_a_database_unfolds_no_further_than_it_says(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(bytes(50_000_000)))
    with pytest.raises(Damaged, match="more than"):
        databases.unpack_sqlite(bomb, tmp_path / "out.db", 4096, lambda: None)
    assert (tmp_path / "out.db").stat().st_size <= archive.CHUNK


def test_the_wrong_key_is_told_from_damage(tmp_path: Path) -> None:
    path = tmp_path / "locked.tar"
    path.write_bytes(LOCKED)
    for key in (
        Key(),
        Key(passphrase="x"),
        Key(identity=str(pyrage.x25519.Identity.generate())),
        Key(identity="x"),
    ):
        with pytest.raises(Locked):
            restoring.check(path, key)
    sealing.check_seal(path, lambda: None)  # whole, as anybody can tell


@pytest.mark.proof  # a passphrase costs seconds by design
def test_a_passphrase_opens_what_it_closed(tmp_path: Path) -> None:
    path = tmp_path / "locked.tar"
    path.write_bytes(locked(Lock(passphrase="秘密 phrase")))
    assert restoring.check(path, Key(passphrase="秘密 phrase")).kind == "sqlite"
    with pytest.raises(Locked, match="passphrase"):
        restoring.check(path, Key(passphrase="秘密 phrasE"))


def test_other_files_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "other"
    newer = b"backup 2\n"
    for content, words in {
        b"": "no backup",
        b"PK\x03\x04" + bytes(3000): "no backup",
        header("tongqu", len(newer)) + newer + padding(len(newer)): "newer Tongqu",
    }.items():
        path.write_bytes(content)
        with pytest.raises(Damaged, match=words):
            restoring.check(path, HERE)
    with pytest.raises(Failed, match="no file"):
        restoring.check(tmp_path / "nowhere", HERE)
