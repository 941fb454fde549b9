"""The cast on a fresh database; after each flow every invariant holds."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from tests.flows.cast import Cast
from tests.verify.after import verified
from trade import db


@pytest.fixture
def cast(database_url: str) -> Iterator[Cast]:
    engine = db.bind(create_engine(db.psycopg_url(database_url), **db.engine_options(database_url)))
    yield Cast()
    engine.dispose()


__all__ = ["cast", "verified"]
