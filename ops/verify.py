"""`tongqu verify`: prove the invariants on the rows as they are."""

import sys
import time

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from ops import schema, watching
from trade.actor import system
from trade.db import read, run
from trade.errors import Busy
from trade.flows.prove_books import keep_verdict
from trade.verify import history
from trade.verify.everything import INVARIANTS
from trade.verify.invariant import Breach, Invariant

OPERATOR = system("operator")


@click.command("verify")
@click.option("--only", multiple=True, metavar="NAME", help="Check these alone, such as credit.used.")
@click.option("--list", "is_list", is_flag=True, help="Say what would be checked, and check nothing.")
@with_appcontext
def verify_command(only: tuple[str, ...], is_list: bool) -> None:
    """Prove that money, stock and orders agree; each breach is named, and any makes the exit code 1."""
    unknown = set(only) - {each.name for each in INVARIANTS}
    if unknown:
        raise click.BadParameter(f"no such invariant: {', '.join(sorted(unknown))}")
    chosen = [each for each in INVARIANTS if not only or each.name in only]
    if is_list:
        for each in chosen:
            click.echo(f"{each.name:<24} {each.promise}")
        return
    schema.stand_ready()
    started = time.monotonic()
    found = _check(chosen)
    breaches = len(found)
    verdict = f"{breaches} breaches" if breaches else "no breach"
    click.echo(f"{len(chosen)} invariants, {verdict}, {time.monotonic() - started:.1f} s")
    if not only:
        _keep(started, found)
    sys.exit(1 if breaches else 0)


def _keep(started: float, found: list[tuple[Invariant, Breach]]) -> None:
    """Keep the verdict for the status page; where nothing can be written the answer stands all the same."""
    try:
        run(keep_verdict, OPERATOR, watching.verdict("command", started, len(INVARIANTS), found))
    except (Busy, DBAPIError) as error:
        click.echo(f"the verdict could not be kept: {type(error).__name__}", err=True)


def _check(chosen: list[Invariant]) -> list[tuple[Invariant, Breach]]:
    """Look at everything in one read transaction, so that one moment is proven and nothing is written."""
    found = list[tuple[Invariant, Breach]]()
    with read() as session:
        for each in chosen:
            breaches = list(each.find(session))
            found += [(each, breach) for breach in breaches]
            click.echo(f"{each.name:<24} {len(breaches):>6}  {each.promise}")
            for breach in breaches:
                click.echo(f"  BREACH {each.name}: {breach}")
        passed_over = history.skipped(session)
    counts = ", ".join(f"{count} {table}" for table, count in passed_over.items())
    click.echo(f"imported history, not checked by the document invariants: {counts}")
    return found


COMMANDS = [verify_command]
