"""Tables come and go with rows in them, on both databases, and are what the models say."""

from collections.abc import Iterator

import pytest
from sqlalchemy import CheckConstraint, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from ops import schema
from tests.databases import Prepare
from tests.tables import migrated
from tests.verify import sound
from trade import db
from trade.db import read
from trade.errors import NewerSchema
from trade.schema import metadata
from trade.verify.everything import INVARIANTS
from trade.verify.tables import APPEND_ONLY

WITH_FILES = "attachment.file"  # no data folder here


BARE = pytest.mark.parametrize("prepare", [migrated], indirect=True)  # tables alone
LIVED_IN = pytest.mark.parametrize("prepare", [sound.build], indirect=True)  # with rows in each


@pytest.fixture
def prepare(request: pytest.FixtureRequest) -> Prepare:
    return request.param


@pytest.fixture
def engine(prepare: Prepare, database_url: str) -> Iterator[Engine]:
    """Connect to a copy of what `prepare` made."""
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


@BARE
def test_migrated_tables_are_what_the_models_say(engine: Engine) -> None:
    assert schema.drift(engine) == []
    assert tables(engine) == set(metadata.tables)


@BARE
def test_a_difference_is_seen(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE person ADD COLUMN shoe_size INTEGER"))
        connection.execute(text("DROP INDEX ix_person_manager_id"))
    assert len(schema.drift(engine)) == 2


@BARE
def test_migrated_tables_have_the_conditions_of_the_models(engine: Engine) -> None:
    """`drift` does not look at them, and SQLite loses them when a table is made anew."""
    found = inspect(engine)
    for table in metadata.sorted_tables:
        wanted = {each.name for each in table.constraints if isinstance(each, CheckConstraint)}
        there = {each["name"] for each in found.get_check_constraints(table.name)}
        assert there == {str(each) for each in wanted}, table.name


def test_a_draft_of_no_change_does_nothing() -> None:
    """`tongqu schema draft` writes what the models say and the tables do not."""
    path, text = schema.draft("nothing")
    assert not path.exists() and text.count("pass") == 2 and "op." not in text.split("import op")[1]


@pytest.mark.proof
@LIVED_IN
def test_down_and_up_again_with_rows(engine: Engine) -> None:
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


@LIVED_IN
def test_a_place_kept_for_correction_is_given_back_to_tables_that_know_none(engine: Engine) -> None:
    left = "SELECT (SELECT COUNT(*) FROM registration_key) + (SELECT COUNT(*) FROM registration_gram), used FROM registration_quota"
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE registration SET state = 'draft', returned_until = '2027-02-01' WHERE id = 1")
        )
        assert connection.execute(text(left)).one()[0] > 2
    schema.downgrade(engine, "0013")
    with engine.connect() as connection:
        assert tuple(connection.execute(text(left)).one()) == (0, 0)
        assert connection.execute(text("SELECT COUNT(*) FROM registration")).scalar() == 2
    schema.upgrade(engine)
    assert schema.drift(engine) == []


@LIVED_IN
def test_entries_of_credit_become_balanced_entries(engine: Engine) -> None:
    """What an account used is the same after 0003, and money pays what is owed; each amount has two sides, and a document."""
    schema.downgrade(engine, "0002")
    with engine.connect() as connection:
        old = connection.execute(
            text(
                "SELECT account_id, part, SUM(amount) FROM credit_entry GROUP BY account_id, part ORDER BY part"
            )
        ).all()
        used = connection.execute(text("SELECT id, used FROM credit_account")).all()
    assert [(part, int(total)) for _account, part, total in old] == [
        ("credit_note", -100000),
        ("order", 1380000),
        ("payment", -300000),
        ("shipped", 400000),
    ]
    schema.upgrade(engine)
    parts = "hold, unbilled, billed, prepayment, credit_note"
    with engine.connect() as connection:
        kept = connection.execute(text(f"SELECT {parts} FROM credit_account")).one()
        assert kept == (1380000, 0, 0, 0, 0)
        assert connection.execute(text("SELECT id, used FROM credit_account")).all() == used
        sides = """SELECT SUM(amount) FROM (SELECT amount FROM ledger_entry UNION ALL SELECT -amount FROM ledger_entry) x"""
        assert connection.scalar(text(sides)) == 0
        documents = text(
            "SELECT DISTINCT subject, subject_id, day FROM ledger_entry WHERE subject <> 'order' ORDER BY 1"
        )
        assert [tuple(map(str, each)) for each in connection.execute(documents)] == [
            ("payment", "1", "2026-11-21"),
            ("return", "1", "2026-11-21"),
            ("shipment", "1", "2026-11-21"),
        ]
        open_ = text("SELECT kind, subject_id, amount, applied FROM open_item ORDER BY kind")
        assert connection.execute(open_).all() == [
            ("payment", 1, 300000, 300000),
            ("return", 1, 100000, 100000),
            ("shipment", 1, 400000, 400000),
        ]


@LIVED_IN
@pytest.mark.parametrize("deed", ["UPDATE {0} SET id = id", "DELETE FROM {0}"])
def test_ledgers_and_histories_refuse_changes(engine: Engine, deed: str) -> None:
    for table in APPEND_ONLY:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(deed.format(table)))
    with engine.begin() as connection:
        connection.execute(text(deed.format("notice")))
    engine.dispose()


def test_a_migration_that_breaks_leaves_nothing(empty_url: str) -> None:
    engine = db.connect(empty_url)
    with pytest.raises(NewerSchema, match="none"):
        schema.refuse_other(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE shipment_line (id INTEGER)"))
    with pytest.raises(DBAPIError):
        schema.upgrade(engine)
    assert tables(engine) == {"shipment_line"}
    engine.dispose()


@BARE
def test_other_tables_than_the_programs_are_refused(engine: Engine) -> None:
    schema.refuse_other(engine)
    (latest,) = schema.wanted()
    before = f"{int(latest) - 1:04}"
    schema.downgrade(engine, before)
    with pytest.raises(NewerSchema, match=before):
        schema.refuse_other(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match="9999"):
        schema.refuse_other(engine)
