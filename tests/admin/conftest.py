from collections.abc import Iterator

import pytest

from tests.admin.site import Site, open_site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """The brand's side on each database in turn."""
    yield from open_site(database_url)
