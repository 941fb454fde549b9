import pytest

from tests.databases import Prepare
from tests.tables import migrated


@pytest.fixture
def prepare() -> Prepare:
    return migrated
