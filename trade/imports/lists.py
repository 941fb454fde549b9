"""A short list out of a file that somebody sent: the cells of its first sheet, with or without a heading."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from trade.errors import Refused
from trade.imports import readers
from trade.imports.problems import Problems
from trade.imports.workbooks import Limits, Unsafe, open_sheet

LARGEST_FILE = 5 * 2**20  # bytes
LARGEST_UNPACKED = 40 * 2**20  # a million rows take more
MOST_ROWS = 20_000  # of a sheet, empty ones too; how many may be ordered is another question
ZIP = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Listed:
    """Rows by their line in the file, and the lines in which a formula stands."""

    rows: Sequence[tuple[int, Sequence[str]]]
    formulas: Sequence[int] = field(default_factory=list)


def read_list(path: Path) -> Listed:
    """Read an xlsx or a CSV (UTF-8, BOM, GB18030). Raises Refused with the code of what is wrong with the file."""
    if path.stat().st_size > LARGEST_FILE:
        raise Refused("file.too_large")
    with path.open("rb") as file:
        head = file.read(4)
    if head == OLD_WORKBOOK:
        raise Refused("file.old_workbook")
    return _sheet(path) if head == ZIP else _comma(path)


def _comma(path: Path) -> Listed:
    """Comma-separated, tab-separated or simply spaced rows; rows of different width are no fault here."""
    problems = Problems()
    text = readers.text_of(path, problems)
    _refuse(problems)
    if text is None or "\x00" in text:
        raise Refused("file.not_a_workbook")
    head = text.split("\n", 1)[0]
    if "\t" in head or "," not in head:
        lines = enumerate(text.splitlines()[: MOST_ROWS + 1], start=1)
        return _capped([(at, line.split("\t" if "\t" in line else None)) for at, line in lines])
    try:
        rows = zip(range(1, MOST_ROWS + 2), csv.reader(io.StringIO(text, newline="")), strict=False)
        return _capped(list(rows))
    except csv.Error as error:
        raise Refused("file.unreadable") from error


def _sheet(path: Path) -> Listed:
    try:
        found = open_sheet(path, Limits(LARGEST_FILE, LARGEST_UNPACKED, MOST_ROWS))
    except Unsafe as unsafe:
        if unsafe.code == "too_many_rows":
            raise Refused("quick.too_many_rows", most=MOST_ROWS) from unsafe
        is_large = unsafe.code in {"too_large", "too_wide"}
        raise Refused("file.too_large" if is_large else "file.not_a_workbook") from unsafe
    rows = [(at, [readers.as_text(cell) for cell in row]) for at, row in enumerate(found.rows, 1)]
    return Listed(rows, sorted(found.formulas.lines))


def _capped(rows: Sequence[tuple[int, Sequence[str]]]) -> Listed:
    if len(rows) > MOST_ROWS:
        raise Refused("quick.too_many_rows", most=MOST_ROWS)
    return Listed(rows)


def _refuse(problems: Problems) -> None:
    if problems:
        code = problems.found[0].code
        raise Refused(code if code.startswith("file.") else "file.unreadable")
