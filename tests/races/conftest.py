"""Two server processes on a database that the test looks into as well."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.races.faulty import FAULT
from tests.races.rush import Place, Size
from tests.served import Server
from trade import db

Open = Callable[..., Place]


@pytest.fixture
def size() -> Size:
    """How many come at once: few in the gate, the issue's size under --proof."""
    return Size(orders=640, fit=200) if os.environ.get("TONGQU_PROOF") else Size(orders=64, fit=20)


@pytest.fixture
def serve(database_url: str, tmp_path: Path) -> Iterator[Open]:
    """Start the server, without the guards that are named."""
    servers: list[Server] = []
    engine = db.bind(create_engine(db.psycopg_url(database_url), **db.engine_options(database_url)))

    def start(faults: Sequence[str] = ()) -> Place:
        planted = (
            {FAULT: ",".join(faults), "TONGQU_WSGI": "tests.races.faulty:create_app()"} if faults else {}
        )
        server = Server(database_url, tmp_path / "data", processes=2, environment=planted)
        servers.append(server)
        server.start()
        return Place(server.base_url, engine.dialect.name)

    yield start
    for server in servers:
        server.stop()
    engine.dispose()
