"""Cells into values, one strict reading per kind of column; each raises Bad with a code that names the reason."""

import re
from datetime import date
from decimal import Decimal

from trade.imports.problems import Bad
from trade.text import code_key

LONGEST_NUMBER = 40  # characters
LONGEST_TEXT = 2000
PLAIN = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,8})?")
GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,8})?")
DAY = re.compile(r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})(?:[ T]00:00(?::00)?)?")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LINE_END = re.compile(r"[\t\r\n]")
CURRENCY_SIGNS = "¥$€£"
# Full-width forms, yen sign, blank and minus; NFKC would read 5² as 52.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFFE5: "¥", 0x3000: " ", 0x2212: "-"}


def number(cell: str, *, places: int = 4, may_be_negative: bool = False) -> Decimal:
    """Read a number with at most `places` decimals; thousands separators and full-width digits are welcome.

    Refuses 1e5, NaN, Infinity, 1_000 and digits of other scripts, which Decimal would take.
    """
    text = cell if PLAIN.fullmatch(cell) else _folded(cell)
    sign = 1
    if may_be_negative:
        text, sign = _unsigned(text)
    if not PLAIN.fullmatch(text):
        if not GROUPED.fullmatch(text):
            raise Bad("cell.not_a_number" if len(text) <= LONGEST_NUMBER else "cell.too_long")
        text = text.replace(",", "")
    _, _, fraction = text.partition(".")
    if len(fraction.rstrip("0")) > places:
        raise Bad("cell.too_many_places")
    if fraction and len(fraction) > places:
        text = text[: len(text) - len(fraction) + places].rstrip(".")
    return sign * Decimal(text)


def amount(cell: str, *, may_be_negative: bool = False) -> Decimal:
    """Read an amount or a price with up to 4 decimals, with or without a currency sign in front."""
    if PLAIN.fullmatch(cell):
        return number(cell)
    text = _folded(cell)
    if may_be_negative:
        text, sign = _unsigned(text)
        return sign * number(_without_sign_of_currency(text))
    return number(_without_sign_of_currency(text))


def whole(cell: str, *, may_be_negative: bool = False, largest: int = 10**9) -> int:
    """Read a count; 3.0 is one, since spreadsheets hand whole numbers over as fractions."""
    value = int(number(cell, places=0, may_be_negative=may_be_negative))
    if abs(value) > largest:
        raise Bad("cell.too_large")
    return value


def positive(cell: str) -> int:
    """Read a count of at least one."""
    value = whole(cell)
    if value < 1:
        raise Bad("cell.not_a_number")
    return value


def fraction(cell: str) -> Decimal:
    """Read a share between 0 and 1 such as 0.08."""
    value = number(cell)
    if value > 1:
        raise Bad("cell.too_large")
    return value


def day(cell: str) -> date:
    """Read a calendar day as it stands; it never passes through a time zone, so it stays the day it is."""
    found = DAY.fullmatch(_folded(cell))
    if not found:
        raise Bad("cell.not_a_date")
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        raise Bad("cell.not_a_date") from None


def words(cell: str) -> str:
    """Read one line of text: trimmed, without control characters."""
    if LINE_END.search(cell):
        raise Bad("cell.control_character")
    return prose(cell)


def prose(cell: str) -> str:
    """Read text that may run over several lines."""
    if CONTROL.search(cell):
        raise Bad("cell.control_character")
    text = cell.strip()
    if len(text) > LONGEST_TEXT:
        raise Bad("cell.too_long")
    return text


def code(cell: str) -> str:
    """Read a key: short, printable, no blanks inside that the eye takes for another key."""
    text = words(cell)
    if len(text) > 64:
        raise Bad("cell.too_long")
    return text


def company(cell: str) -> str:
    """Read a distributor's code in the spelling in which it is kept."""
    return code_key(code(cell))


def currency(cell: str) -> str:
    """Read an ISO 4217 code."""
    text = words(cell)
    if not re.fullmatch("[A-Z]{3}", text):
        raise Bad("cell.not_a_choice")
    return text


def yes(cell: str) -> bool:
    """Read 1 or 0."""
    if cell not in {"0", "1"}:
        raise Bad("cell.not_a_choice")
    return cell == "1"


def _folded(cell: str) -> str:
    if len(cell) > LONGEST_NUMBER:
        raise Bad("cell.too_long")
    return cell.translate(HALF_WIDTH).strip(" ")


def _unsigned(text: str) -> tuple[str, int]:
    if len(text) > 2 and text.startswith("(") and text.endswith(")"):
        return text[1:-1], -1
    if text.startswith(("-", "+")):
        return text[1:], -1 if text[0] == "-" else 1
    return text, 1


def _without_sign_of_currency(text: str) -> str:
    return text[1:].lstrip(" ") if text[:1] in CURRENCY_SIGNS and text else text
