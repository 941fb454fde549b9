"""Reports as comma-separated text that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from trade import text


def write(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lines end in \\n; amounts have 4 decimals; a text that would be a formula gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: object) -> str:
    """A cell's text; numbers of ours keep their sign, text is looked at in its normal form."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.4f}"
    if isinstance(value, int):
        return str(value)
    return text.harmless(str(value))
