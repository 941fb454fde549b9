"""What is wrong with a file, said so that the person who made it finds the cell."""

from collections import Counter
from dataclasses import dataclass, field

KEPT = 1000  # the rest is counted

WORDS = {
    "cell.control_character": "contains a control character",
    "cell.duplicate": "stands here a second time",
    "cell.empty": "is empty",
    "cell.not_a_choice": "is none of the allowed values",
    "cell.not_a_date": "is not a date (YYYY-MM-DD)",
    "cell.not_a_number": "is not a number",
    "cell.too_long": "is too long",
    "cell.too_many_places": "has too many decimal places",
    "cell.too_large": "is too large",
    "cell.unknown": "is not known",
    "column.missing": "the column is missing",
    "column.repeated": "the column stands here twice",
    "file.empty": "the file is empty",
    "file.missing": "the file is missing",
    "file.not_a_workbook": "is not a readable xlsx workbook",
    "file.sheet_missing": "the sheet is missing",
    "file.too_large": "the file is too large, or unpacks to too much",
    "file.truncated": "the file is cut off here",
    "file.unknown_encoding": "the text is neither UTF-8 nor GB18030",
    "order.without_lines": "the order has no lines",
    "row.amounts_disagree": "the amounts of the row do not add up",
    "row.too_long": "the row has more fields than the header",
    "row.too_short": "the row has fewer fields than the header",
}


class Bad(ValueError):
    """A cell that its column refuses; the code is a key of WORDS."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `line` counts from 1 as an editor or a spreadsheet does; 0 is the file as a whole."""

    file: str
    line: int
    column: str
    code: str
    value: str = ""

    def __str__(self) -> str:
        place = f"{self.file} line {self.line}" if self.line else self.file
        column = f", column {self.column}" if self.column else ""
        value = f" {self.value[:60]!r}" if self.value else ""
        return f"{place}{column}:{value} {WORDS[self.code]}"


@dataclass
class Problems:
    """All that is wrong with a delivery; nothing of it is written while there is any."""

    found: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, line: int, column: str, code: str, value: str = "") -> None:
        self.counts[code] += 1
        if len(self.found) < KEPT:
            self.found.append(Problem(file, line, column, code, value[:200]))

    def __bool__(self) -> bool:
        return bool(self.counts)

    @property
    def total(self) -> int:
        return self.counts.total()
