"""The tables themselves: bring them up to date, take them back, refuse what does not fit this program."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import click
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, Engine, create_engine, delete, insert, select

from trade import schema, settings
from trade.db import BigId, Instant
from trade.errors import NewerSchema
from trade.money import Money
from trade.settings import Setting
from web.store import store

ROOM = Path(__file__).resolve().parent.parent / "migrations"
WRONG_TABLES = 4  # exit code
HEAD = '''"""To be said in one line: {words}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None
'''


def upgrade(engine: Engine, target: str = "heads") -> None:
    """Bring the tables up to a revision, all or nothing."""
    scripts = _scripts()

    def steps(revision: Any, _: MigrationContext) -> list[Any]:
        return list(scripts._upgrade_revs(target, revision))

    _migrate(engine, steps)


def downgrade(engine: Engine, target: str = "base") -> None:
    """Take the tables back to a revision, all or nothing."""
    scripts = _scripts()

    def steps(revision: Any, _: MigrationContext) -> list[Any]:
        return list(scripts._downgrade_revs(target, revision))

    _migrate(engine, steps)


def revisions(engine: Engine) -> tuple[set[str], set[str]]:
    """Which revisions the database is at, and which this program was written for."""
    with engine.connect() as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    return present, set(_scripts().get_heads())


def wanted() -> set[str]:
    """The revision of the tables that this program was written for."""
    return set(_scripts().get_heads())


def known() -> set[str]:
    """Every revision that this program can bring up to date; a newer program's is not among them."""
    return {each.revision for each in _scripts().walk_revisions()}


def refuse_other(engine: Engine) -> None:
    """Stop a program whose tables are older or newer than it: wrong columns lose money quietly.

    Newer tables that only grew serve it all the same, so that hosts are upgraded one after the other.

    Raises NewerSchema, which names both revisions and says what to do.
    """
    present, ours = revisions(engine)
    if present == ours or (present - known() and ours <= served(engine)):
        return
    found, program = ", ".join(sorted(present)) or "none", ", ".join(sorted(ours))
    says = f"the database is at revision {found}, this program at {program}"
    if present <= known():
        raise NewerSchema(
            f"{says}; bring it up to date, a backup first: tongqu set-up (./run does it by itself)"
        )
    raise NewerSchema(f"{says}, which is older; start the newer program, or restore a backup made before")


def served(engine: Engine) -> set[str]:
    """Older revisions whose programs may work on these tables: what came since only added to them."""
    with engine.connect() as connection:
        return set(connection.scalar(select(Setting.value).where(Setting.key == settings.SERVES)) or ())


def stand_ready() -> None:
    """Let a command begin only on tables of its own time; its exit code is then 4, as the web server's."""
    _refuse_in_words(refuse_other)


def stand_whole() -> None:
    """The same for tables that bear our revision's name and are others."""
    _refuse_in_words(refuse_drift)


def _refuse_in_words(look: Callable[[Engine], None]) -> None:
    try:
        look(store.engine)
    except NewerSchema as error:
        refusal = click.ClickException(str(error))
        refusal.exit_code = WRONG_TABLES
        raise refusal from error


def drift(engine: Engine) -> list[Any]:
    """What the models say and the tables do not, or the other way round; empty is right."""
    with engine.connect() as connection:
        return list(compare_metadata(_context(connection), schema.metadata))


def refuse_drift(engine: Engine) -> None:
    """Stop before tables that bear our revision's name and are others: an unfinished version made them.

    What somebody added to them, such as an index, is no reason. Raises NewerSchema, which names the first differences and says what to do.
    """
    wrong = [said for each in drift(engine) if not (said := _difference(each)).startswith("remove_")]
    if wrong:
        shown = "; ".join(wrong[:3]) + ("; …" if len(wrong) > 3 else "")
        raise NewerSchema(
            f"the tables were made by an unfinished version of this program and differ from it ({shown});"
            " begin with an empty database (of SQLite: move its file away), or restore a backup"
        )


def _difference(found: Any) -> str:
    """One difference as far as it can be named: what is to be done, and to which table or column."""
    parts = found if isinstance(found, tuple) else found[0]
    names = [getattr(each, "name", each) for each in parts[1:] if each is not None]
    return " ".join(str(each) for each in (parts[0], *names) if isinstance(each, str))


def draft(name: str) -> tuple[Path, str]:
    """The next migration: what the models say and the tables of all migrations so far do not; its file and its text."""
    ours = max(each.revision for each in _scripts().walk_revisions())
    following = f"{int(ours) + 1:04d}"
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/draft.db")
        upgrade(engine)
        with engine.connect() as connection:
            script = produce_migrations(_context(connection), schema.metadata)
        engine.dispose()
    assert script.upgrade_ops is not None and script.downgrade_ops is not None
    up, down = _code(script.upgrade_ops), _code(script.downgrade_ops)
    head = HEAD.format(words=name.replace("_", " "), revision=following, before=ours)
    text = f"{head}\n\ndef upgrade() -> None:\n{up}\n\n\ndef downgrade() -> None:\n{down}\n"
    return ROOM / f"{following}_{name}.py", text


def _code(ops: Any) -> str:
    code = render_python_code(ops, render_item=_plain_type)
    lines = [line for line in code.splitlines() if not line.strip().startswith("# ###")]
    return "\n".join(f"    {line.strip()}" if line.startswith("op.") else line for line in lines)


def _plain_type(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Name what the database stores, so that an old migration does not hang on today's code."""
    if kind != "type":
        return False
    if isinstance(item, Money):
        return "sa.BigInteger()"
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, BigInteger) and item is BigId:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(ROOM))
    config.set_main_option("version_locations", str(ROOM))
    config.set_main_option("path_separator", "newline")
    return ScriptDirectory.from_config(config)


def _context(connection: Connection, **options: Any) -> MigrationContext:
    plain = {"compare_type": True, "render_as_batch": True, "transactional_ddl": True}
    return MigrationContext.configure(connection, opts=plain | options)


def _migrate(engine: Engine, steps: Any) -> None:
    with engine.connect() as connection, _taken_apart(connection):
        context = _context(connection, fn=steps)
        with context.begin_transaction(), Operations.context(context):
            context.run_migrations()
            _refuse_dangling(connection)
            _note_served(connection, context.get_current_heads())


@contextmanager
def _taken_apart(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, while others refer to it: references are looked at when all is done."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _refuse_dangling(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if lost:
        raise ValueError(f"rows refer to what is not there: {lost[:3]}")


def _note_served(connection: Connection, heads: tuple[str, ...]) -> None:
    """Tell older programs, who know nothing of these revisions, whether they may go on."""
    if not heads:
        return
    found: list[str] = []
    revision = _scripts().get_revision(heads[0])
    while (older := getattr(revision.module, "compatible_with", None)) is not None:
        if older != revision.down_revision:
            raise ValueError(f"{revision.revision} follows {revision.down_revision}, not {older}")
        found.append(older)
        revision = _scripts().get_revision(older)
    connection.execute(delete(Setting).where(Setting.key == settings.SERVES))
    if found:
        connection.execute(insert(Setting).values(key=settings.SERVES, value=found))


@click.group("schema")
def schema_command() -> None:
    """Look after the tables."""


@schema_command.command("draft")
@click.argument("name")
def draft_command(name: str) -> None:
    """Write the next migration from the models, to be read and completed by whoever changed them."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,40}", name):
        raise click.ClickException("a name of small letters, digits and _, such as open_items")
    ruff = [sys.executable, "-m", "ruff"]
    if subprocess.run([*ruff, "--version"], capture_output=True, check=False).returncode:
        raise click.ClickException("ruff, which formats it, is missing: any ./test PATH installs it")
    path, text = draft(name)
    path.write_text(text, "utf-8")
    subprocess.run([*ruff, "format", "--quiet", str(path)], check=True)
    click.echo(path.name)


COMMANDS = [schema_command]
