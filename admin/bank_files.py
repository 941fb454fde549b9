"""Files of banks: uploaded, their columns named once per account, looked at row by row, then taken in."""

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from admin import bank_words
from admin.bank import bp
from trade import clock
from trade.actor import Permission
from trade.attachments import store
from trade.banking import files as banking
from trade.banking import lines, reading
from trade.banking.fields import KIND
from trade.banking.models import BankFile, BankMapping
from trade.banking.reading import MOST_ROWS, Read
from trade.db import read, run
from trade.errors import Refused
from trade.flows.take_bank_file import (
    Mapped,
    NewFile,
    SeenFile,
    Taken,
    drop_bank_file,
    map_bank_file,
    take_bank_file,
    upload_bank_file,
)
from trade.imports.uploads_files import LARGEST_FILE
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.downloads import answer_file
from web.forms import ChoiceField, Form, TextField, VersionForm

SHOWN, SHOWN_BAD = 20, 50  # rows of the preview, and bad rows among all
RAW = 5  # rows shown as they came while the columns are named


class FileForm(Form):
    mapping = ChoiceField(_("Bank account"), is_needed=False)
    bank = TextField(_("Bank"), longest=60, is_needed=False, is_conditional=True)
    account_no = TextField(_("Our account number"), longest=40, is_needed=False, is_conditional=True)


class ColumnsForm(VersionForm):
    """A choice of heading for each field; made by `columns_form`."""

    day_format = ChoiceField(_("How days are written"), choices=bank_words.WAYS)


@bp.get("/bank/files")
@requires(Permission.PAYMENT_RECORD)
def files() -> Response:
    return _files(FileForm())


@bp.post("/bank/files")
@requires(Permission.PAYMENT_RECORD)
def submission() -> Response:
    """Receive a file; what is wrong with it as a whole is said at once."""
    with read() as session:
        lines.refuse_stranger(g.actor)
        form = FileForm(request.form)
        form.mapping.choices = _accounts(lines.accounts(session))
    given = request.files.get("file")
    if given is None or not given.filename:
        form.refuse(gettext("Please choose a file"))
    if form.validate() and not form.form_errors and given is not None:
        try:
            received = banking.receive(given.filename or "", given.stream.read(LARGEST_FILE + 1))
            new = NewFile(
                received,
                int(form.mapping.data) if form.mapping.data else None,
                form.bank.data or "",
                form.account_no.data or "",
            )
            file_id = run(upload_bank_file, g.actor, new)
            return go(url_for(".file", file_id=file_id))
        except Refused as refusal:
            tell(form, refusal)
    return _files(form)


@bp.get("/bank/files/<id:file_id>")
@requires(Permission.PAYMENT_RECORD)
def file(file_id: int) -> Response:
    return _file(file_id, None)


@bp.post("/bank/files/<id:file_id>/columns")
@requires(Permission.PAYMENT_RECORD)
def columns(file_id: int) -> Response:
    """Say which column is what; it is remembered for this account."""
    with read() as session:
        found, mapping = lines.get_file(session, g.actor, file_id)
    form = columns_form(found, mapping)(request.form)
    if form.validate():
        given = Mapped(SeenFile(file_id, form.version.data), _named(form), form.day_format.data)
        attempt(form, map_bank_file, given)
    if form.errors:
        return _file(file_id, form)
    return go(url_for(".file", file_id=file_id))


@bp.post("/bank/files/<id:file_id>/lines")
@requires(Permission.PAYMENT_RECORD)
def taking(file_id: int) -> Response:
    """Take in what came in and is not known yet."""
    form = VersionForm(request.form)
    with read() as session:
        found, mapping = lines.get_file(session, g.actor, file_id)
    if form.validate():
        rows, wrong = _rows(found, mapping)
        if wrong is not None:
            tell(form, wrong)
        else:
            given = Taken(SeenFile(file_id, form.version.data), mapping.columns, rows)
            attempt(form, take_bank_file, given)
    if form.errors:
        return _file(file_id, form)
    return go(url_for(".file", file_id=file_id))


@bp.post("/bank/files/<id:file_id>/removal")
@requires(Permission.PAYMENT_RECORD)
def removal(file_id: int) -> Response:
    """Give up a file that was not taken in."""
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, drop_bank_file, SeenFile(file_id, form.version.data))
    if form.errors:
        return _file(file_id, form)
    say(gettext("Dropped; nothing was taken in"))
    return go(url_for(".files"))


@bp.get("/bank/files/<id:file_id>/original")
@requires(Permission.PAYMENT_RECORD)
def original(file_id: int) -> Response:
    """The file as it came."""
    with read() as session:
        found, _mapping = lines.get_file(session, g.actor, file_id)
    return answer_file(store.load(found.stored_as), "application/octet-stream", found.name)


def columns_form(found: BankFile, mapping: BankMapping) -> type[ColumnsForm]:
    """For each field of a line one of the file's headings, as it was said the last time."""
    headings = [(each, each) for each in found.headings if each]
    fields: dict[str, Any] = {
        f"field_{each.key}": ChoiceField(
            bank_words.FIELDS[each.key],
            choices=headings,
            is_needed=each.is_needed,
            default=mapping.columns.get(each.key),
        )
        for each in KIND.fields
    }
    day_format = ChoiceField(_("How days are written"), choices=bank_words.WAYS, default=mapping.day_format)
    return type("HeadingsForm", (ColumnsForm,), {**fields, "day_format": day_format})


def _named(form: Form) -> dict[str, str]:
    return {
        each.key: form[f"field_{each.key}"].data for each in KIND.fields if form[f"field_{each.key}"].data
    }


def _rows(found: BankFile, mapping: BankMapping) -> tuple[list[Read], Refused | None]:
    """The rows by the columns that hold now, or what is missing."""
    if gap := reading.missing(mapping.columns):
        return [], Refused("upload.field_missing", field=f"field_{gap}")
    try:
        return banking.rows_of(found, mapping.columns, mapping, clock.today()), None
    except Refused as refusal:
        return [], refusal


def _accounts(known: Any) -> list[tuple[str, str]]:
    return [(str(each.id), f"{each.bank} {each.account_no}") for each in known]


def _files(form: FileForm) -> Response:
    with read() as session:
        lines.refuse_stranger(g.actor)
        known = lines.accounts(session)
        form.mapping.choices = _accounts(known)
        if form.mapping.data is None and known and not form.errors:
            form.mapping.data = str(known[0].id)
        return render(
            session,
            "admin/bank/files.html",
            "files",
            status=422 if form.errors else 200,
            form=form,
            has_accounts=bool(known),
            files=lines.latest_files(session),
            megabytes=LARGEST_FILE // 2**20,
            most=MOST_ROWS,
        )


def _file(file_id: int, form: Form | None) -> Response:
    """The columns, the first rows as they would be read, every bad one; or what came of it."""
    with read() as session:
        found, mapping = lines.get_file(session, g.actor, file_id)
        rows, wrong = _rows(found, mapping) if found.state == "uploaded" else ([], None)
        is_naming = isinstance(form, ColumnsForm)
        return render(
            session,
            "admin/bank/file.html",
            "file",
            status=422 if form is not None and form.errors else 200,
            found=found,
            mapping=mapping,
            naming=form if is_naming else columns_form(found, mapping)(),
            form=None if is_naming else form,
            is_naming=is_naming or wrong is not None or "columns" in request.args,
            keys=[each.key for each in KIND.fields],
            rows=rows[:SHOWN],
            raw=[] if rows or found.state != "uploaded" else banking.first_rows(found, RAW),
            bad=[row for row in rows if row.way == "bad"][:SHOWN_BAD],
            counts=reading.counted(rows),
            words=bank_words,
        )
