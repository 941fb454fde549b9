"""The cast on a fresh database; after each flow every invariant holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.cast import Cast
from tests.reused import connected
from tests.verify.after import verified
from trade import sealing


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for uploads, and a secret to seal with."""
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    sealing.use("a-secret-for-tests-of-applicants-only")


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    connected(database_url)
    yield Cast()


__all__ = ["cast", "verified"]
