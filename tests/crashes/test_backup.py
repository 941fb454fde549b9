"""A backup onto a disk that is full, or from one: no half file under the final name, and the one before stays whole."""

from pathlib import Path

import pytest

from ops.backup import keeping, restoring
from ops.backup.making import make
from ops.backup.places import Failed, Place
from tests.crashes.conftest import fill
from tests.crashes.tally import Row

ROOM = 20_000  # bytes that are left, less than any backup needs
HALVES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)]


@pytest.mark.parametrize("database_url", HALVES, indirect=True)
@pytest.mark.parametrize("full", ["target", "source"])
def test_a_full_disk_leaves_no_half_backup(
    database_url, request, tmp_path, small_disk, tally, monkeypatch, full
):
    data, shelf = (tmp_path, small_disk) if full == "target" else (small_disk, tmp_path)
    place = _installed(database_url, data / "data", monkeypatch)
    path = shelf / "backups" / "all.tar"
    before = make(place, path, keeping.lock()).path.read_bytes()
    ballast = fill(small_disk, ROOM)
    with pytest.raises(Failed, match="could not be written"):
        make(place, path, keeping.lock(), replaces=True)
    with pytest.raises(Failed):
        make(place, path.with_name("next.tar"), keeping.lock())
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["all.tar"]
    ballast.unlink()
    make(place, path.with_name("next.tar"), keeping.lock())
    restoring.check(path.with_name("next.tar"), keeping.key())
    database = request.node.callspec.params["database_url"]
    fault = f"disk full during backup ({full})"
    tally.add(f"{fault}, {database}", Row(database, fault, 1, 0, {"refused in words": 2}))


def _installed(url: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    data.mkdir(mode=0o700)
    (data / "secret_key").write_text("k" * 48, "utf-8")
    monkeypatch.setenv("TONGQU_DATA_DIR", str(data))
    monkeypatch.setenv("TONGQU_DATABASE_URL", url)
    for name in ("PASSPHRASE", "RECIPIENT", "DIR"):
        monkeypatch.delenv(f"TONGQU_BACKUP_{name}", raising=False)
    monkeypatch.delenv("TONGQU_SECRET_KEY", raising=False)
    return Place.of_environment()
