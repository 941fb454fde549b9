"""Two distributors with some months of trade behind them, on each database; afterwards every invariant holds."""

from collections.abc import Iterator

import pytest

from tests.reused import connected
from tests.statements.past import Past
from tests.verify.after import verified

__all__ = ["past", "verified"]


@pytest.fixture
def past(database_url: str) -> Iterator[Past]:
    connected(database_url)
    yield Past()
