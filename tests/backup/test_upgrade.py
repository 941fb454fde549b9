"""Tables of another time: older ones are brought up after a backup, newer ones stop the program in clear words."""

import click
from sqlalchemy import text

from ops import schema
from ops.backup.places import Place
from ops.commands import COMMANDS
from tests.reused import application

(LATEST,) = schema.wanted()
BEFORE = f"{int(LATEST) - 1:04}"  # all steps back are gone by tests/house/test_migrations.py


def said(place: Place, *arguments: str) -> tuple[int, str]:
    """What `tongqu` answers on this installation."""
    app = application(str(place.url))
    group = click.Group(commands={each.name or "": each for each in COMMANDS})
    result = app.test_cli_runner().invoke(group, [*arguments])
    return result.exit_code, result.output


def test_older_tables_are_kept_and_brought_up(small_place: Place) -> None:
    assert said(small_place, "schema", "status") == (
        0,
        f"database  {LATEST}\nprogram   {LATEST}\nThey fit.\n",
    )
    schema.downgrade(small_place.engine(), BEFORE)
    code, words = said(small_place, "schema", "status")
    assert code == 4 and "tongqu set-up" in words
    assert said(small_place, "worker", "--once")[0] == 4
    code, words = said(small_place, "set-up")
    kept = list((small_place.data / "backups").glob("before-upgrade-*.tar"))
    assert (
        code == 0
        and len(kept) == 1
        and kept[0].name in words
        and f"from revision {BEFORE} to {LATEST}" in words
    )
    code, words = said(small_place, "set-up")
    assert code == 0 and "kept in" not in words
    assert len(list((small_place.data / "backups").iterdir())) == 1


def test_newer_tables_stop_everything_and_nothing_changes(small_place: Place) -> None:
    with small_place.engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = small_place.file.read_bytes()
    for command in (
        ("set-up",),
        ("schema", "upgrade"),
        ("schema", "status"),
        ("worker", "--once"),
        ("verify",),
    ):
        code, words = said(small_place, *command)
        assert code == 4 and "9999" in words and "newer program" in words, command
    assert small_place.file.read_bytes() == before
    assert not (small_place.data / "backups").exists()


def test_an_index_of_the_house_is_no_other_table(small_place: Place) -> None:
    with small_place.engine().begin() as connection:
        connection.execute(text("CREATE INDEX ix_of_the_house ON warehouse (name)"))
    assert said(small_place, "set-up")[0] == 0


def test_tables_of_an_unfinished_version_are_named_and_left_alone(small_place: Place) -> None:
    with small_place.engine().begin() as connection:
        connection.execute(text("ALTER TABLE warehouse RENAME COLUMN name TO label"))
    before = small_place.file.read_bytes()
    for command in (("set-up",), ("schema", "upgrade")):
        code, words = said(small_place, *command)
        assert code == 4 and "unfinished version" in words and "add_column warehouse name" in words, words
    assert said(small_place, "schema", "status")[0] == 1
    assert small_place.file.read_bytes() == before


def test_tables_go_back_for_an_older_program(small_place: Place) -> None:
    assert said(small_place, "schema", "downgrade", "7777", "--yes")[0] == 1
    assert said(small_place, "schema", "downgrade", BEFORE)[0] == 1  # nobody said yes
    code, words = said(small_place, "schema", "downgrade", BEFORE, "--yes")
    assert code == 0 and "before-downgrade" in words
    assert schema.revisions(small_place.engine())[0] == {BEFORE}
    code, words = said(small_place, "schema", "upgrade", "--no-backup")
    assert code == 0 and "kept in" not in words
    assert [path.name[:16] for path in (small_place.data / "backups").iterdir()] == ["before-downgrade"]


def test_a_backup_that_is_not_there_is_named_before_anything_else(small_place: Place) -> None:
    code, words = said(small_place, "restore", "nowhere.tar", "--replace")
    assert code == 1 and "nowhere.tar is not there" in words
    assert not (small_place.data / "backups").exists()
