"""The cast on a fresh database. A module that imports `verified` is held against every invariant."""

from collections.abc import Iterator

import pytest

from tests.flows.cast import Cast
from tests.reused import connected


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    connected(database_url)
    yield Cast()
