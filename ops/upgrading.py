"""Bring the tables of an installation up to date, with a backup beside the data first, and say what was done."""

from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from ops import schema
from ops.backup import databases, keeping
from ops.backup.commands import plain_words
from ops.backup.making import make, named_after
from ops.backup.places import Place
from trade.errors import NewerSchema
from web.store import store

NO_BACKUP = click.option("--no-backup", is_flag=True, help="Without the backup that is made before.")


def upgrade(*, no_backup: bool = False) -> bool:
    """Bring older tables up to date and say so; false when there was nothing to do. Newer ones are refused."""
    present, ours = schema.revisions(store.engine)
    if present == ours:
        schema.stand_whole()
        return False
    if present - schema.known():
        schema.stand_ready()
    place = Place.of_environment()
    if present and not databases.is_blank(place) and not no_backup:
        click.echo(f"What was there is kept in {_kept(place, 'before-upgrade')}")
    schema.upgrade(store.engine)
    if present:
        click.echo(f"The tables were brought from revision {_said(present)} to {_said(ours)}.")
    return True


def _kept(place: Place, why: str) -> Path:
    with plain_words():
        name = named_after(datetime.now(UTC), place.kind)
        return make(place, place.data / "backups" / f"{why}-{name}", keeping.lock()).path


def _said(revisions: set[str]) -> str:
    return ", ".join(sorted(revisions)) or "none"


@schema.schema_command.command("status")
@with_appcontext
def status_command() -> None:
    """Say at which revision the tables are and whether this program fits; exit 4 when it does not."""
    present, ours = schema.revisions(store.engine)
    click.echo(f"database  {_said(present)}\nprogram   {_said(ours)}")
    schema.stand_ready()
    wrong = schema.drift(store.engine)
    for each in wrong:
        click.echo(f"  DIFFERS {each}")
    click.echo("The tables differ from what this program expects." if wrong else "They fit.")
    raise SystemExit(1 if wrong else 0)


@schema.schema_command.command("upgrade")
@NO_BACKUP
@with_appcontext
def upgrade_command(no_backup: bool) -> None:
    """Bring the tables up to date, after a backup beside the data."""
    if not upgrade(no_backup=no_backup):
        click.echo("The tables are up to date.")


@schema.schema_command.command("downgrade")
@click.argument("revision")
@NO_BACKUP
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def downgrade_command(revision: str, no_backup: bool, yes: bool) -> None:
    """Take the tables back to REVISION, for an older program; what newer tables hold is lost but for the backup."""
    if revision not in schema.known() | {"base"}:
        known = ", ".join(sorted(schema.known()))
        raise click.ClickException(f"there is no revision {revision}; there are {known} and base")
    try:
        schema.refuse_other(store.engine)
    except NewerSchema as error:
        raise click.ClickException(str(error)) from error
    if not yes:
        click.confirm("Stop the server first. What only newer tables hold will be gone. Go on?", abort=True)
    place = Place.of_environment()
    if not no_backup:
        click.echo(f"What was there is kept in {_kept(place, 'before-downgrade')}")
    schema.downgrade(store.engine, revision)
    click.echo(f"The tables are at revision {revision}.")
