"""The cast on a fresh database; after each test every invariant holds."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from tests.pricing.desk import PriceDesk
from tests.verify.after import verified
from trade import db


@pytest.fixture
def desk(database_url: str) -> Iterator[PriceDesk]:
    engine = db.bind(create_engine(db.psycopg_url(database_url), **db.engine_options(database_url)))
    yield PriceDesk()
    engine.dispose()


__all__ = ["desk", "verified"]
