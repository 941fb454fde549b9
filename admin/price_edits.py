"""Typing into the grid of a price list: cells, pasted blocks, the same for many; kept in the draft."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from admin import price_words
from admin.prices import Typed, show_list, shown_filter
from trade import clock
from trade.actor import Permission
from trade.db import read
from trade.flows.change_prices import ROUNDINGS, BulkChange, change_prices
from trade.flows.edit_price_draft import Discard, Edits, discard_price_draft, edit_price_draft
from trade.flows.paste_prices import Line, Pasted, Place, paste_prices
from trade.imports import numbers
from trade.imports.problems import Bad
from trade.pricing import grid, lists
from trade.pricing.drafts import Edit
from trade.pricing.grid import GridFilter, Key
from web.access import requires
from web.answer import attempt, go, say
from web.forms import ChoiceField, Form, LongTextField, MoneyField, TextField, VersionForm, parse_number
from web.requests import wants_block

bp = Blueprint("price_edits", __name__)
KEY = re.compile(r"((?:sku|family|category)-[1-9][0-9]{0,9})\.([1-9][0-9]{0,8})\.(.{1,40})")
OVER_LINES = re.compile(
    r'(?:^|(?<=\t))"[^"\t]*\n[^"\t]*"(?=\t|\n|$)', re.MULTILINE
)  # a cell with a line end inside
MOST_CELLS, MOST_LINES, LONGEST_PASTE = 200, 20_000, 900_000
HOW = {
    "raise": _("Raise by %%"),
    "lower": _("Lower by %%"),
    "add": _("Add an amount"),
    "take": _("Take an amount off"),
    "share": _("Percentage of the list price"),
    "fixed": _("List price times %%, as an amount"),
    "end": _("End these rows"),
    "undo": _("Take the changes back"),
}
STEPS = ("0.01", "0.05", "0.1", "0.5", "1", "5", "10")
WAYS = {"half": _("to the nearest"), "up": _("up"), "down": _("down")}


class PasteForm(Form):
    text = LongTextField(_("Lines"), longest=LONGEST_PASTE)
    start = TextField(is_needed=False, longest=80)


class BulkForm(Form):
    how = ChoiceField(_("How"), choices=[(key, key) for key in HOW])
    value = MoneyField(_("Value"), is_needed=False, is_positive=False, places=4)
    step = ChoiceField(_("Round to"), choices=[(each, each) for each in STEPS])
    rounding = ChoiceField(_("Rounding"), choices=[(key, key) for key in ROUNDINGS])


bp.add_app_template_global(
    lambda: [(key, str(said).replace("%%", "%")) for key, said in HOW.items()], "bulk_ways"
)
bp.add_app_template_global(lambda: STEPS, "bulk_steps")
bp.add_app_template_global(lambda: WAYS.items(), "bulk_roundings")


@bp.post("/prices/<id:list_id>/rows")
@requires(Permission.PRICE_EDIT)
def rows(list_id: int) -> Response:
    """Keep the cells of a page, or of one row while somebody types."""
    form, typed, edits = Form(), Typed(), []
    ends = set(request.form.getlist("end"))
    columns = [request.form.getlist(name) for name in ("row", "price", "percent", "seen")]
    if len({len(column) for column in columns}) > 1:  # whose price would be whose?
        form.refuse(gettext("Some cells need a change; all others are kept"))
        columns = []
    for at, (name, price, percent, seen) in enumerate(zip(*columns, strict=True)):
        key = _key(name)
        if key is None or at >= MOST_CELLS:
            continue
        typed.cells[name] = (price[:40], percent[:40], "")
        edit, wrong = _edit(key, price, percent, name in ends, seen)
        if wrong:
            typed.cells[name] = (price[:40], percent[:40], wrong)
            form.refuse(gettext("Some cells need a change; all others are kept"))
        elif edit is not None:
            edits.append(edit)
    done = attempt(form, edit_price_draft, Edits(list_id, edits)) if edits or not form.errors else None
    for conflict in done.conflicts if done else ():
        name = grid.spelled_key(conflict.edit.key)
        facts = {"who": conflict.by or "—", "theirs": price_words.value(conflict.theirs)}
        words = gettext("%(who)s meanwhile entered %(theirs)s; save again to use yours", **facts)
        typed.cells[name] = (*typed.cells[name][:2], words)
        form.refuse(gettext("A colleague changed a cell in the meantime; yours is still typed"))
    for key, reason in done.unknown.items() if done else ():
        name = grid.spelled_key(key)
        typed.cells[name] = (*typed.cells[name][:2], price_words.line(reason))
        form.refuse(gettext("Some cells need a change; all others are kept"))
    form.form_errors = list(dict.fromkeys(form.form_errors))
    typed.cells = {name: cell for name, cell in typed.cells.items() if cell[2]}
    if not form.errors and done is not None and not wants_block():
        say(ngettext("%(num)s price kept in the draft", "%(num)s prices kept in the draft", done.saved))
    with read() as session:
        return show_list(session, list_id, form, typed)


@bp.post("/prices/<id:list_id>/pasted")
@requires(Permission.PRICE_EDIT)
def pasted(list_id: int) -> Response:
    """Take a block from a spreadsheet; what cannot be taken stays in the box with its reason."""
    form, typed = PasteForm(request.form), Typed()
    if form.validate():
        read_in = _lines(request.form.get("text", ""))
        if len(read_in.text) > MOST_LINES:
            form.refuse(gettext("At most %(most)s lines at once", most=MOST_LINES), "text")
        else:
            _take(list_id, form, typed, read_in)
    if form.errors and not typed.lines:
        typed.pasted = request.form.get("text", "")[:LONGEST_PASTE]
    with read() as session:
        return show_list(session, list_id, form, typed)


@bp.post("/prices/<id:list_id>/bulk")
@requires(Permission.PRICE_EDIT)
def bulk(list_id: int) -> Response:
    """Change every row that the filter finds, on all pages."""
    form = BulkForm(request.form)
    if form.validate():
        value, how = form.value.data, form.how.data
        if value is None and how not in ("end", "undo"):
            form.refuse(gettext("Enter by how much"), "value")
        else:
            given = _bulk(list_id, how, value or Decimal(0), Decimal(form.step.data), form.rounding.data)
            done = attempt(form, change_prices, given)
            if done is not None:
                say(
                    ngettext(
                        "%(num)s price changed in the draft",
                        "%(num)s prices changed in the draft",
                        done.saved,
                    )
                )
    with read() as session:
        return show_list(session, list_id, form)


@bp.post("/prices/<id:list_id>/disposal")
@requires(Permission.PRICE_EDIT)
def disposal(list_id: int) -> Response:
    """Give up everything that was prepared."""
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, discard_price_draft, Discard(list_id, form.version.data))
    if not form.errors:
        say(gettext("The draft is given up; what holds stays"))
        return go(url_for("admin.prices.detail", list_id=list_id))
    with read() as session:
        return show_list(session, list_id, form)


@dataclass
class Block:
    """A pasted block: what could be read, what could not and why, and which of the latter name no code."""

    lines: list[Line] = field(default_factory=list)
    text: dict[int, str] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)
    bare: list[int] = field(default_factory=list)


def _take(list_id: int, form: PasteForm, typed: Typed, block: Block) -> None:
    """Keep what can be kept; every other line is named with its row, and can be sent again without moving."""
    start = form.start.data or ""
    given = Pasted(list_id, block.lines, _filter(list_id), start, block.bare)
    done = attempt(form, paste_prices, given)
    if done is None:
        return
    wrong = block.wrong | done.refused
    places = {number: done.places[number] for number in wrong if number in done.places}
    typed.lines = [
        (number, block.text[number], price_words.placed(wrong[number], places.get(number)))
        for number in sorted(wrong)
    ]
    typed.start = start if "no_start" in wrong.values() else ""
    left = {number: _again(block.text[number], places.get(number)) for number in sorted(wrong)}
    typed.pasted = "\n".join(text for number, text in left.items() if text and wrong[number] != "no_row")
    words = ngettext("%(num)s price kept in the draft", "%(num)s prices kept in the draft", done.saved)
    over = sum(1 for why in wrong.values() if why == "no_row")
    if wrong:
        form.refuse(f"{words}; " + ngettext("%(num)s line stays", "%(num)s lines stay", len(wrong)))
    else:
        say(words)
    if over:
        form.refuse(
            ngettext(
                "%(num)s line runs over the end of the grid",
                "%(num)s lines run over the end of the grid",
                over,
            )
        )


def _again(text: str, row: Place | None) -> str:
    """A line to be mended in the box: with the code of its row, where code and quantity name just that row."""
    if row is None:
        return text
    return f"{row.code}\t{row.min_quantity}\t{text.strip()}" if row.is_plain else ""


def _edit(key: Key, price: str, percent: str, is_removed: bool, seen: str) -> tuple[Edit | None, str]:
    """A cell as it was typed, or why it cannot be read; nothing typed takes the change back."""
    if is_removed:
        return Edit(key, is_removed=True, seen=seen), ""
    if not price.strip() and not percent.strip():
        return Edit(key, seen=seen), ""
    typed = price if price.strip() else percent
    if price.strip() and price.strip()[-1:] in "%％":
        price, typed, percent = "", price.strip()[:-1], price
    typed = typed.strip().rstrip("%％").lstrip("¥￥")
    value = parse_number(typed)
    if value is None:
        return None, price_words.unread(typed)
    if price.strip():
        return Edit(key, price=value, seen=seen), ""
    return Edit(key, percent=value, seen=seen), ""


def _lines(text: str) -> Block:
    """Pasted lines, numbered from 1 as they stand; a line that cannot be read keeps its number."""
    block = Block()
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    text = OVER_LINES.sub(lambda found: found[0].replace("\n", " "), text)
    for number, raw in enumerate(text.split("\n"), 1):
        if not raw.strip():
            continue
        block.text[number] = raw
        parts = [
            cell.strip() for cell in (raw.split("\t") if "\t" in raw else re.split(r"[;；\s]+", raw.strip()))
        ]
        cells = [cell for cell in parts if cell]
        try:
            if "\t" in raw and not parts[-1]:
                raise Bad("cell.not_a_number")  # a code beside an empty cell is no price
            price, percent = _value(cells[-1] if cells else "")
            quantity = numbers.positive(cells[1]) if len(cells) == 3 else None
        except Bad as bad:
            block.wrong[number] = _unread(bad, cells)
            if len(cells) < 2 or "\t" not in raw:
                block.bare.append(number)
            continue
        if len(cells) > 3:
            block.wrong[number] = "columns"
            continue
        block.lines.append(Line(number, cells[0] if len(cells) > 1 else "", quantity, price, percent))
    if block.lines and all(line.code for line in block.lines):
        block.bare.clear()  # a block of codes goes down no column
    return block


def _unread(bad: Bad, cells: list[str]) -> str:
    if bad.code == "cell.too_many_places":
        return "places"
    return "negative" if cells and price_words.is_negative(cells[-1]) else "not_a_number"


def _value(cell: str) -> tuple[Decimal | None, Decimal | None]:
    if cell[-1:] in ("%", "％"):
        return None, numbers.number(cell[:-1])
    return numbers.amount(cell), None


def _key(name: str) -> Key | None:
    found = KEY.fullmatch(name)
    return (found[1], found[3], int(found[2])) if found and found[3].isprintable() else None


def _bulk(list_id: int, how: str, value: Decimal, step: Decimal, rounding: str) -> BulkChange:
    sign = -1 if how in ("lower", "take") else 1
    kind = {"raise": "percent", "lower": "percent", "add": "amount", "take": "amount"}.get(how, how)
    return BulkChange(list_id, _filter(list_id), kind, sign * value, step, rounding)


def _filter(list_id: int) -> GridFilter:
    """What the page that the deed was done on shows, on all its pages."""
    with read() as session:
        return shown_filter(session, *lists.get_with_draft(session, g.actor, list_id), clock.today())
