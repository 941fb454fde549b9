"""`tongqu import …`: bring in what other systems know."""

from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import with_appcontext

from trade.actor import system
from trade.db import run
from trade.errors import Refused
from trade.flows.import_batch import import_batch
from trade.imports import adventureworks
from trade.imports.merge import Result
from trade.imports.problems import Problems

SHOWN = 50
OPERATOR = system("operator import")


@click.group("import")
def import_group() -> None:
    """Bring in what other systems know; a delivery is written as a whole or not at all."""


@import_group.command("adventureworks")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--masters-from-xlsx", is_flag=True, help="Read products, resellers and promotions from the workbook."
)
@with_appcontext
def import_adventureworks(folder: Path, masters_from_xlsx: bool) -> None:
    """Bring in the reseller sales of AdventureWorks from a FOLDER of CSV files."""
    batch, problems = adventureworks.read_folder(folder, is_from_workbook=masters_from_xlsx)
    if problems:
        _show_problems(problems)
        raise SystemExit(1)
    try:
        results = run(import_batch, OPERATOR, batch)
    except Refused as refusal:
        facts = ", ".join(f"{name} {value}" for name, value in refusal.facts.items())
        raise click.ClickException(f"Nothing was written. {refusal.code}: {facts}") from refusal
    _show_results(results)


def _show_problems(problems: Problems) -> None:
    for problem in problems.found[:SHOWN]:
        click.echo(str(problem), err=True)
    if problems.total > SHOWN:
        click.echo(f"… and {problems.total - SHOWN} more", err=True)
    by_code = ", ".join(f"{count} × {code}" for code, count in problems.counts.most_common())
    click.echo(f"Nothing was written: {problems.total} problems ({by_code}).", err=True)


def _show_results(results: Sequence[Result]) -> None:
    click.echo(f"{'noun':<14}{'read':>8}{'inserted':>10}{'updated':>9}{'unchanged':>11}{'absent':>8}")
    for result in results:
        counts = f"{result.read:>8}{result.inserted:>10}{result.updated:>9}{result.unchanged:>11}{result.absent:>8}"
        click.echo(f"{result.noun:<14}{counts}")
    for result in results:
        for change in result.changes:
            for field in change.fields:
                click.echo(f"{change.noun} {change.code}: {field.name}: {field.before!r} → {field.after!r}")
    inserted, updated = (sum(getattr(each, name) for each in results) for name in ("inserted", "updated"))
    absent = sum(each.absent for each in results)
    click.echo(f"{inserted} rows inserted, {updated} rows changed.")
    if absent:
        click.echo(f"{absent} rows of earlier deliveries are missing in this one; they stay as they are.")


COMMANDS: list[click.Command] = [import_group]
