"""Tables come and go with rows in them, on both databases, and are what the models say."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from ops import schema
from tests.verify import sound
from trade import db
from trade.db import read
from trade.errors import NewerSchema
from trade.schema import metadata
from trade.verify.everything import INVARIANTS
from trade.verify.tables import APPEND_ONLY

WITH_FILES = "attachment.file"  # no data folder here


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    engine = db.connect(empty_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_migrated_tables_are_what_the_models_say(engine: Engine) -> None:
    schema.upgrade(engine)
    assert schema.drift(engine) == []
    assert tables(engine) == set(metadata.tables)


def test_a_difference_is_seen(engine: Engine) -> None:
    schema.upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE person ADD COLUMN shoe_size INTEGER"))
        connection.execute(text("DROP INDEX ix_person_manager_id"))
    assert len(schema.drift(engine)) == 2


def test_the_first_migration_is_the_one_that_the_models_give() -> None:
    """Until it is released, `tongqu schema draft` writes it anew."""
    plain = "".join(schema.draft().split()).replace(",)", ")").replace(",]", "]")
    kept = "".join(schema.FIRST.read_text("utf-8").split()).replace(",)", ")").replace(",]", "]")
    assert plain.replace("'", '"') == kept.replace("'", '"')


def test_down_and_up_again_with_rows(empty_url: str) -> None:
    sound.build(empty_url)
    engine = db.connect(empty_url)
    schema.downgrade(engine, "0001")
    with engine.begin() as connection:
        assert connection.execute(text("UPDATE order_event SET origin = 'changed'")).rowcount == 6
    schema.upgrade(engine)
    with read() as session:
        found = {each.name: list(each.find(session)) for each in INVARIANTS if each.name != WITH_FILES}
    assert not any(found.values())
    schema.downgrade(engine)
    assert tables(engine) == set()
    schema.upgrade(engine)
    assert schema.drift(engine) == []
    engine.dispose()


@pytest.mark.parametrize("deed", ["UPDATE {0} SET id = id", "DELETE FROM {0}"])
def test_ledgers_and_histories_refuse_changes(empty_url: str, deed: str) -> None:
    sound.build(empty_url)
    engine = db.connect(empty_url)
    for table in APPEND_ONLY:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(deed.format(table)))
    with engine.begin() as connection:
        connection.execute(text(deed.format("notice")))
    engine.dispose()


def test_a_migration_that_breaks_leaves_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE shipment_line (id INTEGER)"))
    with pytest.raises(DBAPIError):
        schema.upgrade(engine)
    assert tables(engine) == {"shipment_line"}


def test_other_tables_than_the_programs_are_refused(engine: Engine) -> None:
    with pytest.raises(NewerSchema, match="none"):
        schema.refuse_other(engine)
    schema.upgrade(engine)
    schema.refuse_other(engine)
    schema.downgrade(engine, "0001")
    with pytest.raises(NewerSchema, match="0001"):
        schema.refuse_other(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match="9999"):
        schema.refuse_other(engine)
