from pathlib import Path

import pytest

from tests.databases import Prepare
from tests.verify import sound


@pytest.fixture
def prepare() -> Prepare:
    return sound.build


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    sound.keep_file(tmp_path / "data" / "uploads")
    return tmp_path / "data"
