"""The cast on a fresh database; after each flow every invariant holds."""

from collections.abc import Iterator

import pytest

from tests.flows.cast import Cast
from tests.reused import connected
from tests.verify.after import verified


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    connected(database_url)
    yield Cast()


__all__ = ["cast", "verified"]
