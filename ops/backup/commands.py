"""`tongqu backup`, `restore` and `verify-backup`; none needs the application, so that an empty machine can restore."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from ops import schema
from ops.backup import keeping, restoring
from ops.backup.archive import SECRET, Damaged, Manifest
from ops.backup.making import make
from ops.backup.places import Failed, Place
from ops.backup.sealing import Key, Lock, Locked
from trade import clock
from trade.actor import system
from trade.backups import log
from trade.backups.log import Outcome
from trade.db import connect, run
from trade.errors import Busy

OPERATOR = system("operator")
FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Its first line is the passphrase; else TONGQU_BACKUP_PASSPHRASE.",
)
IDENTITY = click.option(
    "--identity",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the age key of a backup that was made for a recipient.",
)


@contextmanager
def plain_words() -> Iterator[None]:
    """End a command with what went wrong, in one sentence."""
    try:
        yield
    except Damaged as error:
        raise click.ClickException(f"the backup is damaged: {error}") from error
    except (Failed, Locked) as error:
        raise click.ClickException(str(error)) from error
    except DBAPIError as error:
        raise click.ClickException(f"the database says: {error.orig}") from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'disk'}: {error.strerror}") from error


@click.command("backup")
@FILE
@PASSPHRASE
@click.option("--recipient", help="Encrypt for an age public key (age1…); else TONGQU_BACKUP_RECIPIENT.")
@click.option(
    "--verify", "is_verified", is_flag=True, help="Restore it into a scratch place and compare all rows."
)
@click.option("--database", help="Another database than TONGQU_DATABASE_URL.")
def backup_command(
    file: Path, passphrase_file: Path | None, recipient: str | None, is_verified: bool, database: str | None
) -> None:
    """Keep the whole installation in FILE: rows, uploads and the secret. The server goes on meanwhile."""
    with plain_words():
        place, lock, key = (
            Place.of_environment(database),
            _lock(passphrase_file, recipient),
            _key(passphrase_file),
        )
        started_at, begun = clock.now(), time.monotonic()
        if is_verified and lock.recipient:
            raise Failed("a backup for a recipient can be verified only with their key: tongqu verify-backup")
        made = make(place, file.resolve(), lock)
        click.echo(f"{made.path}: {_described(made.manifest, made.size)}, {time.monotonic() - begun:.1f} s")
        verified_at = None
        if is_verified:
            restoring.rehearse(made.path, place, key)
            verified_at = clock.now()
            click.echo("Restored into a scratch place: every row is the same, verify finds no breach.")
        _note(place, made.manifest, Outcome("by_hand", started_at, made.path.name, made.size, verified_at))
        if not lock:
            click.echo("It is not encrypted and holds the secret: keep it as you keep the database.")
        _warn(made.manifest)


@click.command("verify-backup")
@FILE
@PASSPHRASE
@IDENTITY
@click.option("--database", help="Whose server lends a scratch database; else TONGQU_DATABASE_URL.")
def verify_backup_command(
    file: Path, passphrase_file: Path | None, identity: Path | None, database: str | None
) -> None:
    """Prove FILE by restoring it into a scratch place: every byte, every row, every invariant."""
    with plain_words():
        begun = time.monotonic()
        manifest = restoring.rehearse(
            file.resolve(), Place.of_environment(database), _key(passphrase_file, identity)
        )
        size = file.stat().st_size
        click.echo(f"{_described(manifest, size)}: sound, {time.monotonic() - begun:.1f} s")
        _warn(manifest)


@click.command("restore")
@FILE
@PASSPHRASE
@IDENTITY
@click.option("--database", help="Where to; else TONGQU_DATABASE_URL. It may be of the other kind.")
@click.option("--data", help="The data folder; else TONGQU_DATA_DIR.")
@click.option("--replace", "replaces", is_flag=True, help="Replace what is there, after a backup of it.")
def restore_command(
    file: Path,
    passphrase_file: Path | None,
    identity: Path | None,
    database: str | None,
    data: str | None,
    replaces: bool,
) -> None:
    """Bring an installation back from FILE, which may come from the other kind of database."""
    with plain_words():
        if not file.is_file():
            raise Failed(f"{file} is not there")
        begun = time.monotonic()
        place, lock = Place.of_environment(database, data), _lock(passphrase_file, None)
        key = _key(passphrase_file, identity)
        done = restoring.restore(file.resolve(), place, key, replaces=replaces, lock=lock)
        if done.safety:
            click.echo(f"What was there is kept in {done.safety.path}")
        if done.manifest.kind != place.kind:
            click.echo(f"The rows moved from {done.manifest.kind} to {place.kind}; every one was compared.")
        if done.upgraded_from:
            click.echo(f"The tables were brought from revision {done.upgraded_from} up to this program's.")
        click.echo(
            f"{done.rows:,} rows, {done.uploads:,} uploads{', the secret' if done.has_secret else ''}"
            f" of {done.manifest.made_at} are back, {time.monotonic() - begun:.1f} s"
        )
        _warn(done.manifest)
        if done.has_secret and os.environ.get("TONGQU_SECRET_KEY", "").strip() not in {
            "",
            place.secret.read_text("utf-8").strip(),
        }:
            click.echo(
                f"ATTENTION: TONGQU_SECRET_KEY is another than the backup's, which now lies in {place.secret}:"
                " start with that one, or sealed passwords and second factors cannot be read.",
                err=True,
            )
        for breach in done.breaches:
            click.echo(f"  BREACH {breach}")
        sys.exit(1 if done.breaches else 0)


def _described(manifest: Manifest, size: int) -> str:
    rows = sum(each.rows for each in manifest.tables.values())
    uploads = sum(name.startswith("uploads/") for name in manifest.members)
    return f"{rows:,} rows and {uploads:,} uploads, {size / 1_000_000:,.1f} MB"


def _warn(manifest: Manifest) -> None:
    if SECRET not in manifest.members:
        click.echo(
            "ATTENTION: no secret key was found, so it is not in the backup: keep it yourself.", err=True
        )
    if manifest.lacking:
        count = len(manifest.lacking)
        click.echo(
            f"ATTENTION: {count} uploads that rows name were missing: {', '.join(manifest.lacking[:5])}",
            err=True,
        )


def _note(place: Place, manifest: Manifest, outcome: Outcome) -> None:
    """Write it into the database that was backed up, if its tables are of this program's time."""
    if {manifest.revision} != schema.wanted():
        return
    engine = connect(place.url.render_as_string(hide_password=False))
    try:
        run(log.note, OPERATOR, outcome)
    except (Busy, DBAPIError):
        click.echo("The backup is whole, but could not be written into the list of backups.", err=True)
    finally:
        engine.dispose()


def _lock(passphrase_file: Path | None, recipient: str | None) -> Lock:
    if recipient:
        return Lock(recipient=recipient)
    return Lock(keeping.first_line(passphrase_file)) if passphrase_file else keeping.lock()


def _key(passphrase_file: Path | None, identity: Path | None = None) -> Key:
    try:
        text = identity.read_text("utf-8") if identity else None
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(f"the identity file {identity} cannot be read") from error
    return Key(keeping.first_line(passphrase_file) if passphrase_file else keeping.key().passphrase, text)


COMMANDS: list[click.Command] = [backup_command, restore_command, verify_backup_command]
