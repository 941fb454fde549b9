"""Lists as Excel workbooks: typed columns, nothing that runs, and never a long list in memory as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import IO, Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from trade.clock import BRAND_ZONE
from trade.text import harmless

LONGEST_CELL = 32_767
WIDTHS = {
    "text": 18,
    "whole": 10,
    "money": 14,
    "price": 14,
    "exact": 16,
    "percent": 10,
    "day": 12,
    "instant": 17,
}
PLAIN = {"whole": "#,##0", "percent": "0.00%", "day": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm"}
PLACES = {"money": Decimal("0.01"), "price": Decimal("0.0001")}
SIGNS = {"CNY": '"¥"'}
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True)
class Heading:
    """A column. `kind`: text, whole, money, price (up to 4 places), percent (0.13), exact (all places), day, instant (brand's zone)."""

    words: str
    kind: str = "text"
    width: int = 0
    is_summed: bool = False


@dataclass(frozen=True)
class Amount:
    """Money in a cell; its currency is part of how it looks, so that nobody adds dollars to yuan unseen."""

    value: Decimal
    currency: str = "CNY"


class Figure(float):
    """A figure that is written with the shortest digits that mean it: 94.6, never 94.59999999999999."""

    def __format__(self, _spec: str) -> str:
        return repr(float(self))


class Sheet:
    """One worksheet in the making: rows one after the other, then the sums."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Worksheet, headings: Sequence[Heading]):
        self.book, self.sheet, self.headings = book, sheet, headings
        self.at = 0
        self.sums: dict[str, dict[int, Any]] = {}
        self._formats: dict[tuple[str, bool], Format] = {}
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            width = heading.width or max(WIDTHS[heading.kind], 2 * len(heading.words) + 4)
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, harmless(heading.words), self._look("head", is_strong=True))

    def add(self, row: Sequence[Any]) -> None:
        """Write a row; amounts of summed columns are added up per currency."""
        self.at += 1
        for column, (heading, value) in enumerate(zip(self.headings, row, strict=True)):
            self._write(column, heading.kind, value)
            if heading.is_summed and value is not None:
                amount = value.value if isinstance(value, Amount) else value
                sums = self.sums.setdefault(value.currency if isinstance(value, Amount) else "", {})
                sums[column] = sums.get(column, 0) + amount

    def finish(self, words: str, note: str = "") -> None:
        """Close with the filter over the rows, a line of sums per currency, and what is to be known."""
        if self.headings:
            self.sheet.autofilter(0, 0, self.at, len(self.headings) - 1)
        counts = self.sums.pop("", {})
        for currency, sums in (self.sums or ({"": {}} if counts else {})).items():
            self.at += 1
            self._write(0, "text", f"{words} {currency}".strip(), is_strong=True)
            for column, total in (counts | sums).items():
                kind = self.headings[column].kind
                value = Amount(total, currency) if column in sums else total
                if column:
                    self._write(column, kind, value, is_strong=True)
            counts = {}
        if note:
            self.at += 1
            self._write(0, "text", note)

    def _write(self, column: int, kind: str, value: Any, *, is_strong: bool = False) -> None:
        if value is None or value == "":
            return
        if isinstance(value, Amount):
            look = self._look(f"{kind} {value.currency}", is_strong=is_strong)
            self.sheet.write_number(self.at, column, _figure(value.value, kind), look)
        elif isinstance(value, datetime):
            local = value.astimezone(BRAND_ZONE).replace(tzinfo=None)
            self.sheet.write_datetime(self.at, column, local, self._look("instant", is_strong=is_strong))
        elif isinstance(value, date):
            self.sheet.write_datetime(self.at, column, value, self._look("day", is_strong=is_strong))
        elif kind != "text" and isinstance(value, int | Decimal):
            look = self._look(kind if kind in PLAIN else f"{kind} ", is_strong=is_strong)
            self.sheet.write_number(self.at, column, _figure(value, kind), look)
        else:
            text = harmless(_clean(str(value)))[:LONGEST_CELL]
            self.sheet.write_string(self.at, column, text, self._look("text", is_strong=is_strong))

    def _look(self, kind: str, *, is_strong: bool) -> Format:
        """The format of a cell, made once for all that look alike."""
        known = self._formats.get((kind, is_strong))
        if known is None:
            facts: dict[str, Any] = {"bold": is_strong, "valign": "top", "num_format": _number_format(kind)}
            if kind == "head":
                facts |= {"bg_color": "#EEF1F5", "bottom": 1}
            known = self._formats[(kind, is_strong)] = self.book.add_format(facts)
        return known


def write(
    target: IO[bytes],
    title: str,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Any]],
    *,
    total: str,
    about: Sequence[tuple[str, str]] = (),
    about_title: str = "",
    note: str = "",
) -> int:
    """Write a workbook of one list and, behind it, what it is about; return how many rows it has."""
    book = xlsxwriter.Workbook(target, OPTIONS)
    sheet = Sheet(book, book.add_worksheet(_sheet_name(title)), headings)
    for row in rows:
        sheet.add(row)
    written = sheet.at
    sheet.finish(total, note)
    if about:
        _explain(book, about_title, about)
    book.close()
    return written


def _figure(value: int | Decimal, kind: str) -> Figure:
    """A figure rounded to the places that its column shows at most."""
    places = PLACES.get(kind)
    if places is None:
        return Figure(value)
    return Figure(Decimal(value).quantize(places, ROUND_HALF_UP))


def _explain(book: xlsxwriter.Workbook, title: str, about: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 60)
    bold = book.add_format({"bold": True})
    for at, (label, words) in enumerate(about):
        sheet.write_string(at, 0, harmless(label), bold)
        sheet.write_string(at, 1, harmless(_clean(words))[:LONGEST_CELL])


def _number_format(kind: str) -> str:
    """How Excel spells a figure; the currency stands in the format, the cell holds a number."""
    name, _, currency = kind.partition(" ")
    if name in PLAIN:
        return PLAIN[name]
    if name not in {"money", "price"}:
        return "@" if name == "text" else "General"
    places = "0.00##" if name == "price" else "0.00"
    sign = SIGNS.get(currency, f'"{currency} "' if currency else "")
    return f"{sign}#,##{places};-{sign}#,##{places}"


def _sheet_name(title: str) -> str:
    """A name that Excel takes: 31 characters, none of []:*?/\\ and no apostrophe at its ends."""
    plain = "".join(mark for mark in _clean(title) if mark not in "[]:*?/\\").strip(" '")
    return plain[:31].strip(" '") or "Sheet1"


def _clean(text: str) -> str:
    """Without what no XML can hold."""
    return "".join(
        mark for mark in text if mark in "\t\n\r" or (mark >= " " and not "\ud800" <= mark <= "\udfff")
    )
