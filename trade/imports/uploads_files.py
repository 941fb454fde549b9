"""An uploaded file into one table: heading row, rows of text, and where a formula stands. Untrusted to the last byte."""

import csv
import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from trade.errors import Refused
from trade.imports import readers
from trade.imports.problems import Problems
from trade.imports.uploads_fields import Kind, plain
from trade.text import FORMULA_STARTS

LARGEST_FILE = 19 * 2**20  # bytes; a request holds 20 MB
LARGEST_UNPACKED = 200 * 2**20
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 6_000_000  # of the rectangle that a workbook's reader lays out, empty ones too
LONGEST_HEADING = 100
TOP = 10  # rows among which the headings may stand
SHOWN = 50
ZIP, OLD, PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"
SEALED = "EncryptedPackage".encode("utf-16-le")
WRONG = ("What is wrong with the row", "哪里不对")  # the column that our own file of bad rows adds
SHEET = re.compile(r"<(?:\w+:)?sheet [^>]*?>")
RELATION = re.compile(r"<(?:\w+:)?Relationship [^>]*>")
ATTRIBUTE = re.compile(r'(?:\w+:)?(\w+)="([^"]*)"')
CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,7})([0-9]{1,10})"[^>]*>(<(?:\w+:)?f[ />])?')
ROW = re.compile(rb'<(?:\w+:)?row\b(?:[^>]*?\br="([0-9]{1,10})")?')
BLOCK = 1 << 20
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


def read_table(content: bytes, kind: Kind, sheet: str = "") -> Table:
    """Read an xlsx or CSV file. Raises Refused with the code of what is wrong with the file as a whole."""
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
        return _table(kind, "", (), _comma(content), [], 0)
    with _on_disk(content) as path:
        return _workbook(path, kind, sheet)


def _workbook(path: Path, kind: Kind, sheet: str) -> Table:
    _refuse_unsafe(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if sheet and sheet not in names:
            raise Refused("upload.sheet_gone", field="sheet")
        parts = _parts(path)
        chosen = sheet or next((each for each in names if _has_rows(path, parts.get(each))), names[0])
        formulas, count = _scan(path, parts.get(chosen))
        cells = workbook.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, zipfile.BadZipFile, KeyError) as error:
        raise Refused("upload.not_a_table", field="file") from error
    rows = [[_text(cell) for cell in row] for row in cells]
    return _table(kind, chosen, names, rows, formulas, count)


def _refuse_unsafe(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise Refused("upload.not_a_table", field="file") from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused("upload.encrypted", field="file")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise Refused("upload.unpacks_too_much", field="file")
    problems = Problems()
    if not readers.is_safe_workbook(path, problems):
        code = problems.found[0].code
        raise Refused(
            "upload.unpacks_too_much" if code == "file.too_large" else "upload.not_a_table", field="file"
        )


def _parts(path: Path) -> dict[str, str]:
    """By sheet name, its part inside the package; what cannot be told is left out."""
    with zipfile.ZipFile(path) as archive:
        try:
            book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
            links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        except KeyError:
            return {}
        known = set(archive.namelist())
    targets = {}
    for each in RELATION.findall(links):
        facts = dict(ATTRIBUTE.findall(each))
        target = facts.get("Target", "")
        targets[facts.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found = {}
    for each in SHEET.findall(book):
        facts = dict(ATTRIBUTE.findall(each))
        part = targets.get(facts.get("id"))
        if part in known:
            found[_unescaped(facts.get("name", ""))] = str(part)
    return found


def _has_rows(path: Path, part: str | None) -> bool:
    if part is None:
        return True
    with zipfile.ZipFile(path) as archive, archive.open(part) as content:
        head = content.read(BLOCK)
        return b"<v" in head or b"<is" in head


def _scan(path: Path, part: str | None) -> tuple[list[str], int]:
    """Look through a sheet before it is laid out: how far it reaches, and where formulas stand.

    A reader lays out the whole rectangle, so two cells in opposite corners would fill the memory.
    """
    if part is None:
        raise Refused("upload.not_a_table", field="file")
    rows = widest = deepest = count = 0
    formulas: list[str] = []
    for text in _pieces(path, part):
        for row in ROW.finditer(text):
            rows, deepest = rows + 1, max(deepest, int(row[1] or 0))
        for cell in CELL.finditer(text):
            widest, deepest = max(widest, _column(cell[1])), max(deepest, int(cell[2]))
            if cell[3]:
                count += 1
                if len(formulas) < SHOWN:
                    formulas.append((cell[1] + cell[2]).decode())
        if max(rows, deepest) > MOST_ROWS + TOP:
            raise Refused("upload.too_many_rows", most=MOST_ROWS, field="file")
        if widest * max(rows, deepest) > MOST_CELLS:
            raise Refused("upload.too_wide", most=MOST_COLUMNS, field="file")
    return formulas, count


def _pieces(path: Path, part: str) -> Iterator[bytes]:
    """The text of a part in pieces that cut no tag in two."""
    with zipfile.ZipFile(path) as archive, archive.open(part) as content:
        rest = b""
        while block := content.read(BLOCK):
            text = rest + block
            end = max(text.rfind(b"<row"), text.rfind(b":row"), 0)
            if not end and len(text) > 16 * BLOCK:
                raise Refused("upload.too_wide", most=MOST_COLUMNS, field="file")
            yield text[:end]
            rest = text[end:]
        yield rest


def _column(letters: bytes) -> int:
    """The number of a column by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


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
    kind: Kind, sheet: str, sheets: Sequence[str], rows: list[list[str]], formulas: list[str], count: int
) -> Table:
    """Find the headings, which may stand below a title, and hold every row to their width."""
    top = [at for at, row in enumerate(rows) if any(each.strip() for each in row)][:TOP]
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
        for line, row in enumerate(rows[at + 1 :], start=at + 2)
        if any(each.strip() for each in row)
    ]
    if not body:
        raise Refused("upload.no_rows", field="file")
    if len(body) > MOST_ROWS:
        raise Refused("upload.too_many_rows", most=MOST_ROWS, field="file")
    return Table(sheet, sheets, headings, at + 1, body, formulas, count)


def _heading(cell: str) -> str:
    text = " ".join(cell.split())[:LONGEST_HEADING]
    return "".join(mark for mark in text if mark.isprintable())


def _fitted(row: list[str], width: int) -> list[str]:
    """As wide as the headings; what spreadsheets were kept from running is itself again."""
    cells = [each[1:] if each[:1] == "'" and each[1:].startswith(FORMULA_STARTS) else each for each in row]
    return [*cells[:width], *[""] * (width - len(cells))]


def _text(cell: Any) -> str:
    """A figure as a spreadsheet shows it: with 15 digits, without the dust of its binary form."""
    if isinstance(cell, float) and abs(cell) < 1e15:
        return f"{Decimal(f'{cell:.15g}'):f}"
    return readers.as_text(cell)


def _unescaped(name: str) -> str:
    for mark, code in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;"), ("&", "&amp;")):
        name = name.replace(code, mark)
    return name


@contextmanager
def _on_disk(content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        yield path
