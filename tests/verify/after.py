"""Prove every invariant after a test. A folder asks for it with `from tests.verify.after import verified` in its conftest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reused import connected
from trade.db import read
from trade.verify import tables
from trade.verify.everything import INVARIANTS

# Nothing that a flow does can break what its tables refuse; that they refuse it is what tests/house/test_migrations.py tells.
WORTH_ASKING = [each for each in INVARIANTS if each not in tables.INVARIANTS]


@pytest.fixture(autouse=True)
def verified(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the test do its deeds, then hold the rows against what may never break."""
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    yield
    connected(database_url)
    with read() as session:
        told = [f"{each.name}: {breach}" for each in WORTH_ASKING for breach in each.find(session)]
    assert told == [], told
