"""The cast of the flow tests on each database; afterwards every invariant holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.cast import Cast
from tests.registrations.reports import Reports
from tests.reused import connected
from tests.verify.after import verified

__all__ = ["verified"]


@pytest.fixture
def reports(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reports]:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    connected(database_url)
    yield Reports(Cast())
