"""An uploaded file into one table: heading row, rows of text, and where a formula stands. Untrusted to the last byte."""

import csv
import hashlib
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from operator import methodcaller
from pathlib import Path
from typing import Any

from trade.errors import Refused
from trade.imports import readers
from trade.imports.problems import Problems
from trade.imports.uploads_fields import plain
from trade.imports.uploads_shape import Kind
from trade.imports.workbooks import Formulas, Limits, Unsafe, open_sheet
from trade.text import FORMULA_STARTS

LARGEST_FILE = 19 * 2**20  # bytes; a request holds 20 MB
LARGEST_UNPACKED = 200 * 2**20
MOST_ROWS = 200_000
MOST_COLUMNS = 200
LONGEST_HEADING = 100
TOP = 10  # rows among which the headings may stand
ZIP, OLD, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
SEALED = "EncryptedPackage".encode("utf-16-le")
QUOTED = methodcaller("startswith", "'")
WRONG = ("What is wrong with the row", "哪里不对")  # the column that our own file of bad rows adds
REFUSALS = {
    "encrypted": "upload.encrypted",
    "sheet_missing": "upload.sheet_gone",
    "too_large": "upload.unpacks_too_much",
    "too_many_rows": "upload.too_many_rows",
    "too_wide": "upload.too_wide",
}
FIGURE = re.compile(r"[-+(]?[¥￥$]?[0-9][0-9,.]*%?\)?")


@dataclass(frozen=True)
class Table:
    """Rows by their line in the file, as wide as the headings; formulas by cell name, such as B7."""

    sheet: str
    sheets: Sequence[str]
    headings: Sequence[str]
    heading_line: int
    rows: Sequence[tuple[int, Sequence[str]]]
    formulas: Sequence[str] = ()
    formula_count: int = 0

    @property
    def examples(self) -> dict[str, list[str]]:
        """Under each heading the first few values that differ."""
        found: dict[str, list[str]] = {}
        for at, heading in enumerate(self.headings):
            values = dict.fromkeys(row[at][:40] for _line, row in self.rows[:200] if row[at].strip())
            found[heading] = list(values)[:3]
        return found


def shape_of(kind: str, headings: Sequence[str]) -> str:
    """What files of the same making have in common, whatever the order of their columns."""
    names = sorted(plain(each) for each in headings if each not in WRONG)
    return hashlib.sha256("\x1f".join([kind, *names]).encode()).hexdigest()


def read_table(content: bytes, kind: Kind, sheet: str = "", *, is_judged: bool = False) -> Table:
    """Read an xlsx or CSV file; of one that was judged when it came, formulas are not looked for again.

    Raises Refused with the code of what is wrong with the file as a whole.
    """
    if not content.strip():
        raise Refused("attachment.empty", field="file")
    if len(content) > LARGEST_FILE:
        raise Refused("upload.too_large", megabytes=LARGEST_FILE // 2**20, field="file")
    head = content[:4]
    if head == OLD:
        raise Refused("upload.encrypted" if SEALED in content else "upload.old_workbook", field="file")
    if head == PDF:
        raise Refused("upload.not_a_table", field="file")
    if head != ZIP:
        return _table(kind, "", (), iter(_comma(content)), Formulas())
    with _on_disk(content) as path:
        return _workbook(path, kind, sheet, is_judged=is_judged)


def _workbook(path: Path, kind: Kind, sheet: str, *, is_judged: bool) -> Table:
    limits = Limits(LARGEST_FILE, LARGEST_UNPACKED, MOST_ROWS + TOP)
    try:
        found = open_sheet(path, limits, sheet, is_judged=is_judged)
    except Unsafe as unsafe:
        raise _refused(unsafe.code) from unsafe
    rows = ([_text(cell) for cell in row] for row in found.rows)
    return _table(kind, found.name, found.names, rows, found.formulas)


def _refused(code: str) -> Refused:
    """What is wrong with a workbook, as the page says it."""
    known = REFUSALS.get(code, "upload.not_a_table")
    if code == "too_many_rows":
        return Refused(known, most=MOST_ROWS, field="file")
    if code == "too_wide":
        return Refused(known, most=MOST_COLUMNS, field="file")
    return Refused(known, field="sheet" if code == "sheet_missing" else "file")


def _comma(content: bytes) -> list[list[str]]:
    """Rows of a file whose cells are parted by commas, semicolons or tabs, in UTF-8 or GB18030."""
    problems = Problems()
    with _on_disk(content) as path:
        text = readers.text_of(path, problems)
    if text is None:
        is_cut = problems.found[0].code == "file.truncated"
        raise Refused("upload.truncated" if is_cut else "upload.not_a_table", field="file")
    if "\x00" in text or _is_binary(text):
        raise Refused("upload.not_a_table", field="file")
    head = text.split("\n", 1)[0]
    mark = max((",", ";", "\t"), key=head.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True):
            rows.append(row)
            if len(rows) > MOST_ROWS + TOP:
                raise Refused("upload.too_many_rows", most=MOST_ROWS, field="file")
            if len(row) > MOST_COLUMNS and any(each.strip() for each in row[MOST_COLUMNS:]):
                raise Refused("upload.too_wide", most=MOST_COLUMNS, field="file")
    except csv.Error as error:
        code = "upload.truncated" if "end of data" in str(error) else "upload.not_a_table"
        raise Refused(code, field="file") from error
    return rows


def _is_binary(text: str) -> bool:
    """Whether what was decoded is no text: many control characters."""
    head = text[:4000]
    return sum(mark < " " and mark not in "\t\r\n" for mark in head) > len(head) // 100


def _table(
    kind: Kind, sheet: str, sheets: Sequence[str], source: Iterator[list[str]], formulas: Formulas
) -> Table:
    """Find the headings, which may stand below a title, and hold every row to their width."""
    rows: list[list[str]] = []
    top: list[int] = []
    while len(top) < TOP and (row := next(source, None)) is not None:
        if any(each.strip() for each in row):
            top.append(len(rows))
        rows.append(row)
    if not top:
        raise Refused("attachment.empty", field="file")
    known = {plain(word) for field in kind.fields for word in (field.key.replace("_", ""), *field.called)}
    hits = {at: sum(plain(each) in known for each in rows[at] if each.strip()) for at in top}
    best = max(top, key=lambda at: (hits[at], -at))
    at = best if hits[best] else top[0]
    headings = [_heading(each) for each in rows[at]]
    while headings and not headings[-1]:
        headings.pop()
    named = [each for each in headings if each]
    if not hits[at] and (
        len(named) < 2 or sum(bool(FIGURE.fullmatch(each)) for each in named) * 2 > len(named)
    ):
        raise Refused("upload.no_headings", field="file")
    if any(FIGURE.fullmatch(each) for each in named) and hits[at] < 2:
        raise Refused("upload.no_headings", field="file")
    folded = [plain(each) for each in named]
    twice = sorted({each for each, word in zip(named, folded, strict=True) if folded.count(word) > 1})
    if twice:
        raise Refused("upload.headings_twice", headings="、".join(twice[:10]), field="file")
    if len(headings) > MOST_COLUMNS:
        raise Refused("upload.too_wide", most=MOST_COLUMNS, field="file")
    body = [
        (line, _fitted(row, len(headings)))
        for line, row in enumerate(chain(rows[at + 1 :], source), start=at + 2)
        if any(map(str.strip, row))
    ]
    if not body:
        raise Refused("upload.no_rows", field="file")
    if len(body) > MOST_ROWS:
        raise Refused("upload.too_many_rows", most=MOST_ROWS, field="file")
    return Table(sheet, sheets, headings, at + 1, body, formulas.names, formulas.count)


def _heading(cell: str) -> str:
    text = " ".join(cell.split())[:LONGEST_HEADING]
    return "".join(mark for mark in text if mark.isprintable())


def _fitted(row: list[str], width: int) -> list[str]:
    """As wide as the headings; what spreadsheets were kept from running is itself again."""
    if len(row) == width and not any(map(QUOTED, row)):
        return row
    cells = [each[1:] if each[:1] == "'" and each[1:].startswith(FORMULA_STARTS) else each for each in row]
    return [*cells[:width], *[""] * (width - len(cells))]


def _text(cell: Any) -> str:
    """A figure as a spreadsheet shows it: with 15 digits, without the dust of its binary form."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and abs(cell) < 1e15:
        return f"{Decimal(f'{cell:.15g}'):f}"
    return readers.as_text(cell)


@contextmanager
def _on_disk(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        yield path
