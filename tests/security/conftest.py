"""The world of tests/access.toml, served to somebody who means harm."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.house.access_walk import Site
from tests.house.opened import Open, prepare, uploads
from tests.house.opened import open_site as open_any
from tests.security.deeds import remember

__all__ = ["open_any", "prepare", "uploads"]


@pytest.fixture
def open_site(open_any: Open, request: pytest.FixtureRequest) -> Open:
    """Serve a database, SQLite's unless it is named; `plant` may add a fault before it starts."""

    def begin(plant: Callable[[Flask], None] = remember, url: str = "") -> Site:
        return open_any(url or request.getfixturevalue("sqlite_url"), plant)

    return begin
