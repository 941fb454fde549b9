"""Files: judged by content, made harmless, whole on the disk before a row names them."""

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from trade import db
from trade.actor import system
from trade.attachments import content, queries, store
from trade.attachments.models import Attachment
from trade.db import read, run
from trade.errors import Refused
from trade.flows import attach_file as flow
from trade.flows.attach_file import NewFile, attach_file, keep_file

ME = system("test")
ORIENTATION = 0x0112


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def picture(kind: str, size: tuple[int, int] = (8, 4), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, format=kind, **options)
    return file.getvalue()


def pdf(body: bytes = b"") -> bytes:
    start = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n" + body
    return start + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<<>>\nstartxref\n%d\n%%%%EOF\n" % len(start)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_drawn_anew(kind: str) -> None:
    sent = picture(kind) + b"<script>alert(1)</script>"
    media_type, kept = content.accepted(sent)
    assert media_type == content.PICTURES[kind]
    assert b"script" not in kept
    assert Image.open(io.BytesIO(kept)).size == (8, 4)


def test_a_picture_is_turned_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "SECRET-CAMERA"
    _, kept = content.accepted(picture("JPEG", exif=exif))
    redrawn = Image.open(io.BytesIO(kept))
    assert redrawn.size == (4, 8)
    assert not redrawn.getexif() and b"SECRET-CAMERA" not in kept


def test_transparency_survives_and_odd_modes_are_plain() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(file, format="PNG")
    assert Image.open(io.BytesIO(content.accepted(file.getvalue())[1])).mode == "RGBA"
    file = io.BytesIO()
    Image.new("CMYK", (2, 2)).save(file, format="JPEG")
    assert Image.open(io.BytesIO(content.accepted(file.getvalue())[1])).mode == "RGB"


def test_a_pdf_named_jpg_is_a_pdf(data_folder: Path) -> None:
    kept = keep_file("holiday.jpg", pdf())
    assert (kept.media_type, kept.name) == ("application/pdf", "holiday.pdf")
    assert store.load(kept.stored_as) == pdf()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "attachment.empty"),
        (b"x" * (content.LARGEST_FILE + 1), "attachment.too_large"),
        (b"<svg onload=alert(1)>", "attachment.kind_unknown"),
        (b"GIF89a", "attachment.kind_unknown"),
        (b"PK\x03\x04", "attachment.kind_unknown"),
        (b"\xff\xd8\xff\xe0 not a picture", "attachment.broken"),
        (picture("PNG")[:40], "attachment.broken"),
        (picture("JPEG", (64, 64))[:300], "attachment.broken"),
        (b"%PDF-1.4\n<script>", "attachment.broken"),
        (pdf()[:-20], "attachment.broken"),
        (pdf().replace(b"xref\n0", b"what\n0"), "attachment.broken"),
    ],
)
def test_everything_else_is_refused(sent: bytes, code: str, data_folder: Path) -> None:
    with pytest.raises(Refused) as refusal:
        keep_file("a.jpg", sent)
    assert refusal.value.code == code
    assert not data_folder.exists()


def test_a_picture_that_would_fill_the_memory_is_refused_unopened() -> None:
    file = io.BytesIO()
    Image.new("1", (10_000, 6_000)).save(file, format="PNG")
    with pytest.raises(Refused) as refusal:
        content.accepted(file.getvalue())
    assert refusal.value.code == "attachment.too_many_pixels"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\合同\\回单.JPG", "回单.pdf"),
        ("a\r\nb\x00.pdf", "ab.pdf"),
        ("\u202egpj.pdf", "gpj.pdf"),
        ("", "file.pdf"),
        ("长" * 500, "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_for_people_and_never_a_path(given: str, shown: str) -> None:
    assert keep_file(given, pdf()).name == shown


def test_files_are_whole_private_and_randomly_named(data_folder: Path) -> None:
    names = {store.save(b"abc") for _ in range(5)}
    assert len(names) == 5
    files = [path for path in (data_folder / "uploads").rglob("*") if path.is_file()]
    assert {path.name for path in files} == names
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


def test_a_disk_that_fails_leaves_nothing_named(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError):
        store.save(b"abc")
    assert [path for path in (data_folder / "uploads").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["", "../secret_key", "/etc/passwd", "0" * 31, "A" * 32, "0" * 32 + "\n"])
def test_what_cannot_be_a_name_is_not_looked_for(name: str) -> None:
    with pytest.raises(Refused, match="attachment.lost"):
        store.load(name)


@pytest.fixture
def bound(database_url: str) -> Iterator[None]:
    engine = db.connect(database_url)
    yield
    engine.dispose()


def test_a_file_joins_its_document(bound: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "SUBJECTS", {"order": lambda session, actor, order_id: None})
    kept = keep_file("回单.pdf", pdf())
    attachment_id = run(attach_file, ME, NewFile("order", 12, kept))
    with read() as session:
        found = queries.get_of(session, "order", 12, attachment_id)
        assert hashlib.sha256(store.load(found.stored_as)).hexdigest() == found.sha256
        assert [each.name for each in queries.of(session, "order", 12)] == ["回单.pdf"]
        with pytest.raises(Refused):
            queries.get_of(session, "order", 13, attachment_id)


@pytest.mark.parametrize("subject", ["order", "person"])
def test_a_stranger_attaches_nothing(bound: None, subject: str) -> None:
    kept = keep_file("回单.pdf", pdf())
    with pytest.raises(Refused) as refusal:
        run(attach_file, ME, NewFile(subject, 12, kept))
    assert refusal.value.code.endswith(".not_found")
    with read() as session:
        assert session.scalars(select(Attachment)).all() == []
