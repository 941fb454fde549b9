"""The cast on a fresh database; after each test every invariant holds."""

from collections.abc import Iterator

import pytest

from tests.pricing.desk import PriceDesk
from tests.reused import connected
from tests.verify.after import verified


@pytest.fixture
def desk(database_url: str) -> Iterator[PriceDesk]:
    connected(database_url)
    yield PriceDesk()


__all__ = ["desk", "verified"]
