"""What every test may ask for: databases, browsers, and a world to act in."""

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.browser"]

# Time is measured by ./bench; a busy machine must not make a property look false.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
PAGES = {"admin", "portal"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the pages' PostgreSQL halves to the proofs, so that the whole stays within its quarter of an hour.

    Flows, rules and verify run on both each time, and tests/house opens every page once on both.
    """
    for item in items:
        given = getattr(getattr(item, "callspec", None), "params", {}).values()
        if Path(item.path).parent.name in PAGES and "postgresql" in given:
            item.add_marker(pytest.mark.proof)
