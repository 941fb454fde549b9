import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.databases import Prepare
from tests.imports import delivery
from tests.imports.delivery import SHARED
from tests.tables import migrated


@pytest.fixture
def prepare() -> Prepare:
    return migrated


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real data, which the project's machine keeps beside the checkout."""
    assert (SHARED / "orders.csv").is_file(), f"the shared data is missing: {SHARED}"
    return SHARED


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """30 resellers of the real data with all that belongs to them, to be changed at will."""
    return Path(shutil.copytree(delivery.sample(), tmp_path / "sample"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with delivery.connected(database_url) as engine:
        yield engine
