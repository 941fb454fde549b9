"""The world of tests/access.toml, served to somebody who means harm."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask

from tests.databases import Prepare
from tests.house import access_world
from tests.house.access_walk import Site
from tests.security.deeds import remember
from wsgi import create_app

SECRET = "for tests only, and long enough"
Open = Callable[..., Site]


@pytest.fixture
def prepare() -> Prepare:
    return access_world.build


@pytest.fixture
def open_site(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Open]:
    """Serve a database; `plant` may add a fault before it starts."""
    monkeypatch.setenv("TONGQU_DATA_DIR", str(data_folder))
    opened: list[Site] = []

    def begin(plant: Callable[[Flask], None] = remember, url: str = "") -> Site:
        url = url or request.getfixturevalue("sqlite_url")
        app = create_app(url, SECRET)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        plant(app)
        opened.append(Site(app, url))
        return opened[-1]

    yield begin
    for site in opened:
        site.close()
