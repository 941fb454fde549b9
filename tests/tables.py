"""Tables as an operator gets them: by migration, triggers included, without a row in them."""

from ops import schema
from trade import db


def migrated(url: str) -> None:
    """Bring an empty database up to date."""
    engine = db.connect(url)
    schema.upgrade(engine)
    engine.dispose()
