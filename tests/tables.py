"""Tables as an operator gets them: by migration, triggers included, without a row in them."""

from sqlalchemy import create_engine

from ops import schema
from trade import db


def migrated(url: str) -> None:
    """Bring an empty database up to date."""
    engine = db.bind(create_engine(db.psycopg_url(url), **db.engine_options(url)))
    schema.upgrade(engine)
    engine.dispose()
