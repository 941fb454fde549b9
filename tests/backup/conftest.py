"""An installation to be backed up: the small sound world with its one upload, and a folder of its own."""

from pathlib import Path

import pytest

from ops.backup.places import Place
from tests.databases import Prepare
from tests.verify import sound


@pytest.fixture
def prepare() -> Prepare:
    return sound.build


@pytest.fixture
def place(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Build it on each database."""
    return installed(database_url, tmp_path / "data", monkeypatch)


@pytest.fixture
def small_place(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Build it on SQLite, where the other database would show the same."""
    return installed(sqlite_url, tmp_path / "data", monkeypatch)


def installed(url: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Make the environment speak of a small installation."""
    sound.keep_file(data / "uploads")
    shelf = data / "uploads" / sound.STORED_AS[:2]
    (shelf / f"{sound.STORED_AS[:2]}{'f' * 30}").write_bytes(b"an orphan")
    (shelf / f"{sound.STORED_AS}.part").write_bytes(b"half")
    (data / "secret_key").write_text("k" * 48, "utf-8")
    monkeypatch.setenv("TONGQU_DATA_DIR", str(data))
    monkeypatch.setenv("TONGQU_DATABASE_URL", url)
    for name in (
        "TONGQU_BACKUP_PASSPHRASE",
        "TONGQU_BACKUP_RECIPIENT",
        "TONGQU_BACKUP_DIR",
        "TONGQU_SECRET_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    return Place.of_environment()
