"""Quick order: a pasted list, a file or a scanner; nothing that was sent is dropped."""

import secrets
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.catalog import queries as catalog
from trade.catalog import rules
from trade.db import read
from trade.distributors.queries import Terms, terms_of
from trade.errors import Refused
from trade.flows.fill_cart import Addition, add_to_cart
from trade.imports.lists import LARGEST_FILE, read_list
from trade.orders import near, picking, quick, quick_check
from trade.orders.quick import Reading
from trade.orders.quick_check import Bad, Sheet
from trade.reports import comma
from web import asked, words
from web.access import requires
from web.answer import attempt, go, render, say, show
from web.downloads import answer_file
from web.forms import Form, TextField
from web.units import counted, unit_word

bp = Blueprint("quick", __name__)
SHOWN = 200  # good rows that are listed; the rest is counted
ONCE_LENGTH = 16
UTF8_MARK = "\ufeff"  # tells a spreadsheet that the text is UTF-8


class ScanForm(Form):
    """What a scanner typed."""

    code = TextField(longest=quick.LONGEST_CODE)
    once = TextField(longest=ONCE_LENGTH)


class CartForm(Form):
    once = TextField(longest=ONCE_LENGTH)


@bp.get("/quick")
@requires(Permission.CART_EDIT)
def index() -> Response:
    with read() as session:
        return _page(session)


@bp.post("/quick/check")
@requires(Permission.CART_EDIT)
def check() -> Response:
    """Hold a list against the catalogue; nothing is written."""
    form = Form()
    text = _text()
    try:
        sent = request.files.get("file")
        reading = _uploaded(sent) if sent and sent.filename else quick.read_text(text)
    except Refused as refusal:
        form.refuse(words.say(refusal))
        return _answer(None, form, text)
    if not reading.entries and "drop" in request.form:
        return _answer(None, form)
    if not reading.entries:
        form.refuse(gettext("No rows with code and quantity are in it"))
        return _answer(reading, form, text)
    return _answer(reading, form)


@bp.post("/quick/text")
@requires(Permission.CART_EDIT)
def text() -> Response:
    """Back to the list as text, with all good and bad rows in it."""
    return _answer(None, Form(), _text())


@bp.post("/quick/cart")
@requires(Permission.CART_EDIT)
def cart() -> Response:
    """Put the good rows into the cart; the bad ones stay on the page."""
    form = CartForm(request.form)
    reading = _read_again(form)
    if reading is None or not form.validate():
        return _answer(reading, form)
    with read() as session:
        sheet = quick_check.check(session, _terms(session), reading.entries, clock.today())
    quantities = {each.sku.id: each.quantity for each in sheet.good}
    if not quantities:
        form.refuse(gettext("No row is right yet; nothing was added"))
        return _answer(reading, form)
    attempt(form, add_to_cart, Addition(quantities, f"quick-{form.once.data}"))
    if form.errors:
        return _answer(reading, form)
    count = len(quantities)
    say(ngettext("%(num)s product is in the cart", "%(num)s products are in the cart", count))
    if not sheet.bad:
        return go(url_for("portal.cart.index"))
    rest = "\n".join(each.text for each in sheet.bad)
    return _answer(quick.read_text(rest), Form())


@bp.post("/quick/bad-rows")
@requires(Permission.CART_EDIT)
def bad_rows() -> Response:
    """The rows that cannot be ordered, with the reason, as a file for a spreadsheet."""
    form = Form()
    reading = _read_again(form)
    if reading is None:
        return _answer(None, form)
    with read() as session:
        sheet = quick_check.check(session, _terms(session), reading.entries, clock.today())
    headings = [gettext("Row"), gettext("As typed"), gettext("What is wrong"), gettext("Instead")]
    rows = [
        (
            ", ".join(map(str, each.lines)),
            each.text,
            bad_words(each),
            " / ".join(pick.text.replace("\t", " ").strip() for pick in each.picks),
        )
        for each in sheet.bad
    ]
    content = f"{UTF8_MARK}{comma.write(headings, rows)}".encode()
    return answer_file(content, "text/csv; charset=utf-8", gettext("rows to mend.csv"))


@bp.post("/quick/scans")
@requires(Permission.CART_EDIT)
def scans() -> Response:
    """Add what one scan stands for: an order unit, or the pack that was scanned."""
    form = ScanForm(request.form)
    if not form.validate():
        return _answer(None, form)
    code = str(form.code.data)
    day = clock.today()
    with read() as session:
        terms = _terms(session)
        found = quick_check.scanned(session, terms, code, day)
        _order, picked = picking.order_with_lines(session, g.actor, terms, day)
        there = sum(each.line.quantity for each in picked if found and each.sku.id == found[0].id)
        meant = [] if found else near.meant(session, terms, [code], day).get(code, [])
    if found is None:
        form.refuse(gettext("%(code)s is not known", code=code), "code")
        return _answer(None, form, meant=meant)
    sku, units = found
    wanted = rules.fitting(there + units, sku.moq, sku.multiple)
    attempt(form, add_to_cart, Addition({sku.id: wanted - there}, f"scan-{form.once.data}"))
    return _answer(None, form, scanned=sku.id)


def bad_words(bad: Bad) -> str:
    """Why a row cannot be ordered, in a sentence."""
    facts = bad.facts
    if bad.code == "unknown":
        return gettext("%(code)s is not known", code=facts["code"])
    if bad.code == "below_moq":
        least = counted(facts["least"], facts["unit"])
        return gettext("%(name)s is sold from %(least)s on", name=facts["name"], least=least)
    if bad.code == "off_multiple":
        each = counted(facts["multiple"], facts["unit"])
        return gettext("%(name)s is sold in steps of %(each)s", name=facts["name"], each=each)
    if bad.code == "not_whole":
        each, unit = counted(facts["factor"], facts["base_unit"]), unit_word(facts["unit"])
        return gettext(
            "%(name)s is sold by the whole %(unit)s of %(each)s", name=facts["name"], unit=unit, each=each
        )
    if bad.code == "unknown_unit":
        return gettext("%(name)s is not sold by %(unit)s", name=facts["name"], unit=facts["unit"])
    if bad.code == "no_price":
        return gettext("%(name)s has no price for you today", name=facts["name"])
    return {
        "no_code": gettext("There is no code in this row"),
        "no_quantity": gettext("There is no quantity in this row"),
        "not_a_number": gettext("The quantity is no whole number"),
        "many_numbers": gettext("Several numbers could be the quantity; please leave one"),
        "zero": gettext("The quantity is 0"),
        "too_many": gettext("At most %(most)s fit into one row", most=f"{quick.MOST:,}"),
        "too_long": gettext("This row is too long for a code and a quantity"),
        "shortened": gettext(
            "The spreadsheet has shortened this barcode; make the column text and copy it again"
        ),
        "formula": gettext("A formula stands in this row; please confirm the quantity"),
        "ambiguous": gettext("Several products have this code; please choose one"),
    }[bad.code]


def _text() -> str:
    """The list as it stands on the page: what was typed, or the good rows, the bad ones and what was tapped."""
    rows = request.form.getlist("row")
    index, _, chosen = request.form.get("pick", "").partition("|")
    if index.isascii() and index.isdigit() and int(index[:6]) < len(rows):
        rows[int(index[:6])] = chosen
    gone = request.form.get("drop", "")
    if gone.isascii() and gone.isdigit() and int(gone[:6]) < len(rows):
        del rows[int(gone[:6])]
    parts = [request.form.get("text", ""), request.form.get("good", ""), *rows]
    return "\n".join(part for part in parts if part.strip())


def _read_again(form: Form) -> Reading | None:
    try:
        return quick.read_text(_text())
    except Refused as refusal:
        form.refuse(words.say(refusal))
        return None


def _uploaded(sent: FileStorage) -> Reading:
    content = sent.read(LARGEST_FILE + 1)
    if not content.strip():
        raise Refused("file.empty")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_bytes(content)
        listed = read_list(path)
    return quick.read_cells(listed.rows, listed.formulas)


def _answer(
    reading: Reading | None,
    form: Form,
    typed: str = "",
    *,
    scanned: int | None = None,
    meant: Sequence[near.Meant] = (),
) -> Response:
    with read() as session:
        return _page(session, form, reading, typed, scanned=scanned, meant=meant)


def _page(
    session: Session,
    form: Form | None = None,
    reading: Reading | None = None,
    typed: str = "",
    *,
    scanned: int | None = None,
    meant: Sequence[near.Meant] = (),
) -> Response:
    terms = _terms(session)
    day = clock.today()
    sheet: Sheet | None = None
    if reading is not None and reading.entries:
        sheet = quick_check.check(session, terms, reading.entries, day)
    is_scan = scanned is not None
    context: dict[str, Any] = {
        "reading": reading,
        "sheet": sheet,
        "good_text": "\n".join(each.text for each in sheet.good) if sheet else "",
        "added_up": _added_up(sheet),
        "shown": SHOWN,
        "typed": typed,
        "terms": terms,
        "once": secrets.token_hex(ONCE_LENGTH // 2),
        "scan": form if isinstance(form, ScanForm) else None,
        "scanned": _in_cart(session, terms, scanned or asked.number("scanned")),
        "meant": meant,
        "is_scanning": isinstance(form, ScanForm)
        or asked.choice("scan", ("yes",))
        or asked.number("scanned"),
        "bad_words": bad_words,
    }
    if is_scan:
        return show(session, PAGE, "quick", url_for(".index", scanned=scanned), form, **context)
    status = 422 if form is not None and form.errors else 200
    return render(session, PAGE, "quick", status=status, form=form, **context)


PAGE = "portal/quick/quick.html"


def _added_up(sheet: Sheet | None) -> int:
    return sum(len(each.lines) > 1 for each in sheet.good) if sheet else 0


def _in_cart(session: Session, terms: Terms, sku_id: int | None) -> Mapping[str, Any] | None:
    """The product that was scanned last, and how many of it lie in the cart."""
    if sku_id is None:
        return None
    try:
        sku = catalog.get_for(session, terms, sku_id, clock.today())
    except Refused:
        return None
    _order, picked = picking.order_with_lines(session, g.actor, terms, clock.today())
    return {"sku": sku, "quantity": sum(each.line.quantity for each in picked if each.sku.id == sku_id)}


def _terms(session: Session) -> Terms:
    return terms_of(session, g.actor.distributor_id, clock.today())
