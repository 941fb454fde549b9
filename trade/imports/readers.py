"""Files into rows of text, refusing what is not a whole, readable table."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from trade.imports.problems import Bad, Problems
from trade.imports.workbooks import Limits, Unsafe, open_sheet

LARGEST_FILE = 100 * 2**20  # bytes
LARGEST_UNPACKED = 300 * 2**20
LONGEST_CELL = 32_767  # characters, as in a spreadsheet
MOST_ROWS = 1_000_000
REFUSALS = {
    "missing": "file.missing",
    "sheet_missing": "file.sheet_missing",
    **dict.fromkeys(("broken", "encrypted"), "file.not_a_workbook"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column that must be there, and how its cells are read; an empty cell is None where it may be."""

    name: str
    read: Callable[[str], Any]
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A row that was read: its line in the file and its values by column."""

    line: int
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


Lines = Iterator[tuple[int, Sequence[str]]]


def read_csv(path: Path, columns: Sequence[Column], problems: Problems) -> Iterator[Record]:
    """Read a CSV in UTF-8 (with or without BOM) or GB18030, row by row; what is wrong goes to `problems`."""
    text = text_of(path, problems)
    if text is not None:
        yield from _records(path.name, _csv_lines(path.name, text, problems), columns, problems)


def read_sheet(path: Path, sheet: str, columns: Sequence[Column], problems: Problems) -> Iterator[Record]:
    """Read one sheet of an xlsx after a look at what it unpacks to; cells may be text or typed."""
    name = f"{path.name}/{sheet}"
    try:
        found = open_sheet(path, Limits(LARGEST_FILE, LARGEST_UNPACKED, MOST_ROWS), sheet)
    except Unsafe as unsafe:
        code = REFUSALS.get(unsafe.code, "file.too_large")
        problems.add(name if code == "file.sheet_missing" else path.name, 0, "", code)
        return
    lines = ((at, [as_text(cell) for cell in row]) for at, row in enumerate(found.rows, start=1))
    yield from _records(name, lines, columns, problems)


def _records(file: str, lines: Lines, columns: Sequence[Column], problems: Problems) -> Iterator[Record]:
    header = next(lines, None)
    if header is None:
        if not problems.found or problems.found[-1].file != file:
            problems.add(file, 0, "", "file.empty")
        return
    names = [cell.strip().casefold() for cell in header[1]]
    places = _places(file, names, columns, problems)
    if places is None:
        return
    add = partial(problems.add, file)
    for line, cells in lines:
        if not any(cells):
            continue
        if len(cells) != len(names):
            add(line, "", "row.too_short" if len(cells) < len(names) else "row.too_long", cells[0])
        elif (values := _values(line, cells, places, add)) is not None:
            yield Record(line, values)


def _places(
    file: str, names: Sequence[str], columns: Sequence[Column], problems: Problems
) -> list[tuple[int, Column]] | None:
    """Where each wanted column stands; columns that nobody asked for are left alone."""
    missing = [column.name for column in columns if column.name not in names]
    repeated = [column.name for column in columns if names.count(column.name) > 1]
    for name in missing:
        problems.add(file, 1, name, "column.missing")
    for name in repeated:
        problems.add(file, 1, name, "column.repeated")
    if missing or repeated:
        return None
    return [(names.index(column.name), column) for column in columns]


def _values(
    line: int, cells: Sequence[str], places: list[tuple[int, Column]], add: Callable[..., None]
) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for place, column in places:
        cell = cells[place]
        try:
            if cell.strip():
                values[column.name] = column.read(cell)
            elif column.may_be_empty:
                values[column.name] = None
            else:
                raise Bad("cell.empty")
        except Bad as bad:
            add(line, column.name, bad.code, cell)
    return values if len(values) == len(places) else None


def text_of(path: Path, problems: Problems) -> str | None:
    """The text of a file in UTF-8, with or without BOM, or GB18030."""
    if not path.is_file():
        problems.add(path.name, 0, "", "file.missing")
        return None
    if path.stat().st_size > LARGEST_FILE:
        problems.add(path.name, 0, "", "file.too_large")
        return None
    content = path.read_bytes()
    if not content.strip():
        problems.add(path.name, 0, "", "file.empty")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            problems.add(path.name, content.count(b"\n") + 1, "", "file.truncated")
            return None
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        problems.add(path.name, 0, "", "file.unknown_encoding")
        return None


def _csv_lines(file: str, text: str, problems: Problems) -> Lines:
    """Rows with the line on which each begins; a file that ends within quotes or within its last row is cut off."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins, width = 1, 0
    try:
        for cells in reader:
            width = width or len(cells)
            is_cut = len(cells) < width and not text.endswith(("\n", "\r")) and _is_last(reader, text)
            if is_cut and cells:
                problems.add(file, begins, "", "file.truncated", cells[0])
                return
            if begins > MOST_ROWS or any(len(cell) > LONGEST_CELL for cell in cells):
                problems.add(file, begins, "", "cell.too_long" if begins <= MOST_ROWS else "file.too_large")
                return
            yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        is_cut = "unexpected end of data" in str(error)
        is_long = "field larger" in str(error)
        code = "file.truncated" if is_cut else "cell.too_long" if is_long else "row.too_long"
        problems.add(file, begins, "", code)


def _is_last(reader: Any, text: str) -> bool:
    return bool(reader.line_num >= text.count("\n") + 1)


def as_text(cell: object) -> str:
    """One spelling for typed and text cells; a float goes through its shortest text, never through its bits."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        text = f"{Decimal(str(cell)):f}"
        return text.removesuffix(".0")
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
