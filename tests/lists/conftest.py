from collections.abc import Iterator

import pytest

from tests.admin.site import Site, open_site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """Both faces on each database in turn."""
    yield from open_site(database_url)


@pytest.fixture
def lite(sqlite_url: str) -> Iterator[Site]:
    """Both faces on SQLite, for what no database decides."""
    yield from open_site(sqlite_url)
