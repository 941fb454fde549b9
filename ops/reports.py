"""`tongqu report …`: figures for whoever has the shell."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from trade.actor import system
from trade.db import read
from trade.reports import comma
from trade.reports.sales import DIMENSIONS, MEASURES, headings, sales

OPERATOR = system("operator report")


@click.group("report")
def report_group() -> None:
    """Figures, from the facts that the documents froze."""


@report_group.command("sales")
@click.option(
    "--by", "by", multiple=True, required=True, type=click.Choice(DIMENSIONS), help="May be repeated."
)
@click.option("--measure", type=click.Choice(MEASURES), default="net", show_default=True)
@click.option("--format", "_format", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--bom", is_flag=True, help="Mark the text as UTF-8 for spreadsheets.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the screen."
)
@with_appcontext
def report_sales(by: tuple[str, ...], measure: str, _format: str, bom: bool, output: Path | None) -> None:
    """Sales of approved orders by the date of the order; one row per group and currency."""
    with read() as session:
        rows = sales(session, OPERATOR, by, measure)
    lines = [(*row.key, row.currency, row.orders, row.lines, row.quantity, row.amount) for row in rows]
    content = comma.write(headings(by), lines).encode("utf-8-sig" if bom else "utf-8")
    if output is not None:
        output.write_bytes(content)
        return
    click.echo(content, nl=False)


COMMANDS: list[click.Command] = [report_group]
