"""The whole house over HTTP on a fresh SQLite database, with its uploads in a folder of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admin.site import Site, open_site


@pytest.fixture
def site(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    yield from open_site(sqlite_url)
