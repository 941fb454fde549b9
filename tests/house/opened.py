"""The world of every page, prepared once per run, and the application over a copy of it: `usefixtures` of whoever asks for all pages."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import structlog
from flask import Flask

from press import papers
from tests.databases import Prepare
from tests.house import access_world
from tests.house.access_walk import Site
from wsgi import create_app

SECRET = "for tests only, and long enough"
Plant = Callable[[Flask], None]
Open = Callable[..., Site]


@pytest.fixture
def prepare() -> Prepare:
    return access_world.build


@pytest.fixture(autouse=True)
def uploads(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep files where those of the prepared world lie."""
    monkeypatch.setenv("TONGQU_DATA_DIR", str(data_folder))
    monkeypatch.delenv("TONGQU_STYLE_GUIDE", raising=False)
    return data_folder


@pytest.fixture
def legible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer papers as they are worded: what stands in a drawn one cannot be searched for planted words."""

    def printed(paper: papers.Paper, locale: str, printed_at: datetime) -> bytes:
        return papers.worded(paper, locale, printed_at).encode()

    monkeypatch.setattr(papers, "printed", printed)


@pytest.fixture
def open_site() -> Iterator[Open]:
    """Serve a database; `plant` may add to the application before it starts."""
    opened: list[Site] = []

    def begin(url: str, plant: Plant = lambda app: None) -> Site:
        app = create_app(url, SECRET)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        plant(app)
        opened.append(Site(app, url))
        return opened[-1]

    yield begin
    for site in opened:
        site.close()
