"""Workbooks, untrusted to the last byte: looked through before a reader lays them out."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MOST_ENTRIES = 500  # files inside a workbook
STEEPEST = 200  # times that an entry may grow when it is unpacked
MOST_CELLS = 6_000_000  # of the rectangle that a reader lays out, empty ones too
SHOWN = 50
SHEET = re.compile(r"<(?:\w+:)?sheet [^>]*?>")
RELATION = re.compile(r"<(?:\w+:)?Relationship [^>]*>")
ATTRIBUTE = re.compile(r'(?:\w+:)?(\w+)="([^"]*)"')
NAME = rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*["']([A-Za-z]{1,7})([0-9]{1,10})["']"""
CELL = re.compile(NAME)
FORMULA = re.compile(NAME + rb"[^>]*><(?:\w+:)?f[ />]")
ROW = re.compile(rb"""<(?:\w+:)?row\b(?:[^>]*?\br\s*=\s*["']([0-9]{1,10}))?""")
BLOCK = 1 << 20


class Unsafe(Exception):
    """Why a workbook is not read: missing, too_large, too_wide, too_many_rows, encrypted, sheet_missing or broken."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """Bytes of the file and of what it unpacks to; rows of a sheet."""

    file: int
    unpacked: int
    rows: int


@dataclass
class Formulas:
    """Where formulas stand: what they came to may be older than the rest. The first few by name, such as B7."""

    names: list[str] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    count: int = 0


@dataclass(frozen=True)
class Sheet:
    """One sheet row by row, from the first row and column on, whether empty or not."""

    name: str
    names: Sequence[str]
    rows: Iterator[list[Any]]
    formulas: Formulas


def open_sheet(path: Path, limits: Limits, wanted: str = "", *, is_judged: bool = False) -> Sheet:
    """Open the wanted sheet, or the first that is not empty; one judged before is not looked through again.

    Raises Unsafe.
    """
    try:
        if not is_judged:
            _judge(path, limits)
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if wanted and wanted not in names:
            raise Unsafe("sheet_missing")
        parts = _parts(path)
        chosen = wanted or next((each for each in names if _has_rows(path, parts.get(each))), names[0])
        formulas = Formulas() if is_judged else _scan(path, parts.get(chosen), limits)
        sheet = workbook.get_sheet_by_name(chosen)
    except (
        CalamineError,
        IndexError,
        KeyError,
        zipfile.BadZipFile,
        RuntimeError,
        OSError,
        EOFError,
    ) as error:
        raise Unsafe("broken") from error
    left = [""] * (sheet.start[1] if sheet.start else 0)
    return Sheet(chosen, names, ([*left, *row] for row in sheet.iter_rows()), formulas)


def _judge(path: Path, limits: Limits) -> None:
    """Look before unpacking: number, size and growth of the entries, and that each is as large as it says."""
    if not path.is_file():
        raise Unsafe("missing")
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unsafe("encrypted")
        unpacked = sum(entry.file_size for entry in entries)
        is_steep = any(entry.file_size > STEEPEST * max(entry.compress_size, 1024) for entry in entries)
        if path.stat().st_size > limits.file or unpacked > limits.unpacked or is_steep:
            raise Unsafe("too_large")
        if len(entries) > MOST_ENTRIES or archive.testzip() is not None:
            raise Unsafe("broken")
        if any(_declares_entities(archive, entry) for entry in entries):
            raise Unsafe("broken")


def _declares_entities(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as content:
        return b"<!DOCTYPE" in content.read(4096)


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


def _scan(path: Path, part: str | None, limits: Limits) -> Formulas:
    """Look through a sheet before it is laid out: how far it reaches, and where formulas stand.

    A reader lays out the whole rectangle, so two cells in opposite corners would fill the memory.
    """
    if part is None:
        raise Unsafe("broken")
    rows = widest = deepest = 0
    formulas = Formulas()
    for text in _pieces(path, part):
        begun, cells = ROW.findall(text), CELL.findall(text)
        rows += len(begun)
        widest = max([widest, *(_column(letters) for letters in {cell[0] for cell in cells})])
        deepest = max([deepest, *(int(number or 0) for number in {*begun, *(cell[1] for cell in cells)})])
        for letters, number in FORMULA.findall(text):
            formulas.count += 1
            formulas.lines.add(int(number))
            if len(formulas.names) < SHOWN:
                formulas.names.append((letters + number).decode())
        if max(rows, deepest) > limits.rows:
            raise Unsafe("too_many_rows")
        if widest * max(rows, deepest) > MOST_CELLS:
            raise Unsafe("too_wide")
    return formulas


def _pieces(path: Path, part: str) -> Iterator[bytes]:
    """The text of a part in pieces that cut no tag in two."""
    with zipfile.ZipFile(path) as archive, archive.open(part) as content:
        rest = b""
        while block := content.read(BLOCK):
            text = rest + block
            end = max(text.rfind(b"<row"), text.rfind(b":row"), 0)
            if not end and len(text) > 16 * BLOCK:
                raise Unsafe("too_wide")
            yield text[:end]
            rest = text[end:]
        yield rest


def _column(letters: bytes) -> int:
    """The number of a column by its letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _unescaped(name: str) -> str:
    for mark, code in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;"), ("&", "&amp;")):
        name = name.replace(code, mark)
    return name
