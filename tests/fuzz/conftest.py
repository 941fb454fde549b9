"""Worlds to be besieged, one after the other, on an application that stays compiled."""

import itertools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask

from tests import reused
from tests.databases import Prepare, Templates, drop_database
from tests.house import access_world
from tests.house.access_walk import Site
from tests.security.deeds import Remembering

Plant = Callable[[Flask], None]
Worlds = Callable[..., Callable[[], Site]]


@pytest.fixture
def prepare() -> Prepare:
    return access_world.build


@pytest.fixture
def worlds(
    tmp_path: Path,
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    templates: Templates,
) -> Iterator[Worlds]:
    """Open a fresh world of the kind each time; errors are answered as users see them."""
    monkeypatch.setenv("TONGQU_DATA_DIR", str(data_folder))
    serial = itertools.count()
    dropped: list[Callable[[], None]] = []

    def copied(kind: str) -> str:
        if kind == "sqlite":
            return templates.copy_sqlite(access_world.build, tmp_path / f"world-{next(serial)}.db")
        cluster: Any = request.getfixturevalue("cluster")
        name = templates.copy_postgresql(access_world.build, cluster)
        dropped.append(lambda: drop_database(cluster, name))
        return str(cluster.url(name))

    def of(kind: str, plant: Plant | None = None) -> Callable[[], Site]:
        def begin() -> Site:
            url = copied(kind)
            app = reused.application(url)
            if plant is not None:
                monkeypatch.setattr(app, "view_functions", dict(app.view_functions))
                plant(app)
            monkeypatch.setattr(app, "request_class", Remembering)
            monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
            return Site(app, url)

        return begin

    yield of
    for drop in dropped:
        drop()
