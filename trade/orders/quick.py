"""Lists of code and quantity as people paste them, read row by row. Pure; nothing is guessed and nothing is dropped."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trade.errors import Refused

MOST_ROWS = 3000
MOST = 99_999  # order units of one row
LONGEST_CODE = 64
LONGEST_ROW = 500
# What people write for a unit; the first that a SKU knows is meant.
UNIT_WORDS: Mapping[str, tuple[str, ...]] = {
    "箱": ("case",),
    "件": ("piece", "case"),
    "盒": ("box",),
    "瓶": ("bottle",),
    "支": ("bottle", "piece"),
    "罐": ("can",),
    "听": ("can",),
    "袋": ("bag",),
    "包": ("pack", "bag"),
    "个": ("piece",),
    "只": ("piece",),
    "套": ("set",),
    "千克": ("kilogram",),
    "公斤": ("kilogram",),
    "kg": ("kilogram",),
    "克": ("gram",),
    "case": ("case",),
    "cases": ("case",),
    "box": ("box",),
    "boxes": ("box",),
    "bottle": ("bottle",),
    "bottles": ("bottle",),
    "can": ("can",),
    "cans": ("can",),
    "bag": ("bag",),
    "bags": ("bag",),
    "pack": ("pack",),
    "packs": ("pack",),
    "piece": ("piece",),
    "pieces": ("piece",),
    "pcs": ("piece",),
    "set": ("set",),
    "sets": ("set",),
    **{word: () for word in "托提板条桶扎组打"},
}
CODE_HEADS = {
    *("编码", "商品编码", "产品编码", "货号", "商品货号", "条码", "商品条码", "物料编码", "物料号", "sku"),
    *("code", "sku code", "item", "item code", "barcode", "product code"),
}
QUANTITY_HEADS = {
    *("数量", "订货数量", "订购数量", "订货量", "下单数量", "采购数量", "订单数量", "箱数", "件数"),
    *("quantity", "qty", "order quantity"),
}
UNIT_HEADS = {"单位", "订货单位", "计量单位", "unit", "uom"}
ROW_END = re.compile(r"\r\n|\r|\n")
BETWEEN = re.compile(r"[\s,，、;；|]+")
NUMBER = re.compile(r"[x×*]?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.0{1,8})?\s*([^\W\d_]{0,8})")
SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?e\+[0-9]+", re.IGNORECASE)
# Full-width forms and blanks alone: NFKC would read 5² as 52.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
BROKEN = re.compile(r"([0-9]{1,5})\.[0-9]{1,8}\s*([^\W\d_]{0,8})")
SPELLED = re.compile(r"(?:([一二两三四五六七八九])?(十))?([一二两三四五六七八九])?([^\W\d_]{0,8})")
DIGITS = dict(zip("一二三四五六七八九", range(1, 10), strict=True)) | {"两": 2}
TIMES = {"x", "×", "*", ":", "=", "-"}


@dataclass(frozen=True)
class Entry:
    """One row: `text` as it was typed; `problem` says why code or quantity could not be read, or is "".

    `long_code` is all that stands before the quantity, for names and codes with blanks in them;
    `near` are the whole numbers next to a quantity that is none.
    """

    line: int
    text: str
    code: str = ""
    quantity: int | None = None
    unit: str = ""
    problem: str = ""
    long_code: str = ""
    near: Sequence[int] = ()


@dataclass(frozen=True)
class Reading:
    """What a list holds: its rows, whether it began with a heading, and how many rows left the quantity empty."""

    entries: Sequence[Entry]
    has_heading: bool = False
    blank: int = 0


@dataclass(frozen=True)
class _Places:
    code: int
    quantity: int
    unit: int | None


def read_text(text: str) -> Reading:
    """Read pasted text: a row per line, cells between tabs, or else between blanks, commas and the like."""
    rows = [(at, line, _cells(line)) for at, line in enumerate(ROW_END.split(text), start=1)]
    return _read((at, line.strip(), cells, False) for at, line, cells in rows if any(cells))


def read_cells(rows: Iterable[tuple[int, Sequence[str]]], formulas: Iterable[int] = ()) -> Reading:
    """Read the rows of a sheet; a row in which a formula stands is for a person to confirm."""
    doubtful = set(formulas)
    clean = ((at, [_clean(cell) for cell in cells]) for at, cells in rows)
    return _read(
        (at, "\t".join(cells).strip("\t"), cells, at in doubtful) for at, cells in clean if any(cells)
    )


def _read(rows: Iterable[tuple[int, str, Sequence[str], bool]]) -> Reading:
    entries: list[Entry] = []
    places: _Places | None = None
    blank, is_first = 0, True
    for line, text, cells, has_formula in rows:
        if is_first:
            is_first = False
            places = _heading(cells)
            if places is not None:
                continue
        if places is not None and not has_formula and _is_blank(cells, places):
            blank += 1
            continue
        if len(entries) == MOST_ROWS:
            raise Refused("quick.too_many_rows", most=MOST_ROWS)
        entry = _placed(line, cells, places) if places else _entry(line, text, cells)
        if has_formula or any(cell.startswith("=") for cell in cells):
            text = f"={entry.text.lstrip('=')}"  # stays doubtful until somebody confirms it
            entry = Entry(line, text, entry.code.lstrip("="), entry.quantity, entry.unit, "formula")
        entries.append(entry)
    return Reading(entries, places is not None, blank)


def _cells(line: str) -> list[str]:
    parts = line.split("\t") if "\t" in line else BETWEEN.split(line)
    return [_clean(part) for part in parts]


def _clean(cell: str) -> str:
    """One spelling: half-width, without quotes, blanks and what no database takes; too long stays too long."""
    text = cell[: LONGEST_ROW + 1].translate(HALF_WIDTH)
    plain = "".join(mark if unicodedata.category(mark)[0] != "C" else " " for mark in text)
    return " ".join(plain.split()).strip("\"'` ")


def _heading(cells: Sequence[str]) -> _Places | None:
    """Where code, quantity and unit stand, if the first row says so."""
    names = [cell.casefold().split("(")[0].strip() for cell in cells]
    code = next((at for at, name in enumerate(names) if name in CODE_HEADS), None)
    quantity = next((at for at, name in enumerate(names) if name in QUANTITY_HEADS), None)
    if code is None or quantity is None:
        return None
    return _Places(code, quantity, next((at for at, name in enumerate(names) if name in UNIT_HEADS), None))


def _is_blank(cells: Sequence[str], places: _Places) -> bool:
    """A row of an order form in which nobody wrote a quantity."""
    cell = cells[places.quantity] if places.quantity < len(cells) else ""
    return cell in {"", "0", "-"}


def _placed(line: int, cells: Sequence[str], places: _Places) -> Entry:
    """A row under headings; its text is what reads the same without them."""
    code = cells[places.code] if places.code < len(cells) else ""
    typed = cells[places.quantity] if places.quantity < len(cells) else ""
    unit = cells[places.unit] if places.unit is not None and places.unit < len(cells) else ""
    text = f"{code}\t{typed}{unit}"
    found = _number(typed)
    if found is None:
        near, word = nearby(typed)
        return Entry(line, text, code, unit=word or unit, problem="not_a_number", near=near)
    return _entered(line, text, code, found[0], found[1] or unit)


def _entry(line: int, text: str, cells: Sequence[str]) -> Entry:
    """A row without headings: the first cell is the code, and exactly one further cell must be a quantity."""
    known = [cell for cell in cells if cell and cell not in TIMES]
    if not known:
        return Entry(line, text, problem="no_code")
    code, rest = known[0], known[1:]
    numbers = [(at, found) for at, cell in enumerate(rest) if (found := _number(cell))]
    if len(numbers) > 1:
        return Entry(line, text, code, problem="many_numbers")
    if not numbers:
        looks = any(mark.isnumeric() for cell in rest for mark in cell)
        near, unit = next((each for each in map(nearby, reversed(rest)) if each[0]), ((), ""))
        return Entry(
            line, text, code, unit=unit, problem="not_a_number" if looks else "no_quantity", near=near
        )
    at, (quantity, unit) = numbers[0]
    after = rest[at + 1].casefold() if at + 1 < len(rest) else ""
    entry = _entered(line, text, code, quantity, unit or (after if after in UNIT_WORDS else ""))
    return replace(entry, long_code=" ".join(known[: at + 1])[:LONGEST_ROW]) if at else entry


def _entered(line: int, text: str, code: str, quantity: int, unit: str) -> Entry:
    if not code:
        return Entry(line, text, problem="no_code")
    if len(code) > LONGEST_CODE or len(text) > LONGEST_ROW:
        return Entry(line, text, code[:LONGEST_CODE], quantity, unit, "too_long")
    if SCIENTIFIC.fullmatch(code):
        return Entry(line, text, code, quantity, unit, "shortened")
    if quantity == 0:
        return Entry(line, text, code, quantity, unit, "zero")
    return Entry(line, text, code, quantity, unit)


def _number(cell: str) -> tuple[int, str] | None:
    """A whole number with or without a unit word; a word of Latin letters must be one that we know."""
    found = NUMBER.fullmatch(cell)
    if not found:
        return None
    word = found[2].casefold()
    if word and (not word.isalpha() or (word.isascii() and word not in UNIT_WORDS)):
        return None
    return int(found[1].replace(",", "")), word


def nearby(cell: str) -> tuple[Sequence[int], str]:
    """The whole numbers next to 2.5, or what 十 spells, with the unit; nothing for what is near to none."""
    if broken := BROKEN.fullmatch(cell):
        whole, word = int(broken[1]), broken[2].casefold()
        return (tuple(each for each in (whole, whole + 1) if each), word) if _is_unit(word) else ((), "")
    spelled = SPELLED.fullmatch(cell)
    if not spelled or not (spelled[2] or spelled[3]) or not _is_unit(spelled[4].casefold()):
        return (), ""
    tens = DIGITS.get(spelled[1] or "一", 1) * 10 if spelled[2] else 0
    return (tens + DIGITS.get(spelled[3] or "", 0),), spelled[4].casefold()


def _is_unit(word: str) -> bool:
    return not word or word in UNIT_WORDS
