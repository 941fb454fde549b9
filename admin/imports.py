"""Imports by page: a file comes in, its columns are named, every row is checked, then it is written."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from admin import import_files, import_words
from admin.import_forms import MappingForm, chosen, mapping_form
from admin.import_list import IMPORTS
from trade.actor import Permission
from trade.attachments import store
from trade.db import read, run
from trade.errors import Refused
from trade.flows.map_import import Mapped, drop_import, map_import
from trade.flows.upload_import import Sheet, choose_sheet, receive, upload_import
from trade.flows.write_import import Wish, ask_to_write
from trade.imports import uploads
from trade.imports.models import Upload
from trade.imports.uploads import Seen
from trade.imports.uploads_fields import KINDS
from trade.imports.uploads_files import LARGEST_FILE, MOST_ROWS, read_table
from web import asked, words
from web.access import requires
from web.answer import attempt, go, render, say, show, tell
from web.downloads import answer_file
from web.forms import Form, TextField, VersionForm

bp = Blueprint("imports", __name__)
# Where what was written is seen: by its id, or looked for by its name in a list.
PAGES: Mapping[str, Callable[[int, str], str]] = {
    "distributor": lambda key, name: url_for("admin.distributors.detail", distributor_id=key),
    "sku": lambda key, name: url_for("admin.products.detail", sku_id=key),
    "price_list": lambda key, name: url_for("admin.prices.detail", list_id=key),
    "order": lambda key, name: url_for("admin.orders.detail", order_id=key),
    "stock_count": lambda key, name: url_for("admin.stock.count", count_id=key),
    "registration": lambda key, name: url_for("admin.registrations.detail", registration_id=key),
    "direct_customer": lambda key, name: url_for("admin.registration_setup.index", q=name),
}


class SheetForm(VersionForm):
    sheet = TextField(longest=100)


class WritingForm(VersionForm):
    mode = TextField(longest=10)


@bp.get("/imports")
@requires(Permission.IMPORT_RUN)
def index() -> Response:
    """What was brought in, by whom and with what outcome; and the kinds that can be."""
    with read() as session:
        listed = IMPORTS.open(session)
        kinds = [(kind, *import_words.KINDS[kind]) for kind in uploads.kinds_of(g.actor)]
        return render(
            session, "admin/imports/imports.html", "imports", listed=listed, kinds=kinds, words=import_words
        )


@bp.post("/imports/export")
@requires(Permission.IMPORT_RUN)
def export() -> Response:
    return IMPORTS.export_sheet()


@bp.get("/imports/new")
@requires(Permission.IMPORT_RUN)
def new() -> Response:
    return _new(asked.text("kind") or uploads.kinds_of(g.actor)[0], Form())


@bp.post("/imports")
@requires(Permission.IMPORT_RUN)
def submission() -> Response:
    """Take a file in; what is wrong with it as a whole is said at once."""
    kind = request.form.get("kind", "")
    _refuse_kind(kind)
    form, given = Form(), request.files.get("file")
    if given is None or not given.filename:
        form.refuse(gettext("Please choose a file"), "file")
        return _new(kind, form)
    try:
        received = receive(kind, given.filename, given.stream.read(LARGEST_FILE + 1))
        upload_id = run(upload_import, g.actor, received)
    except Refused as refusal:
        tell(form, refusal, "file")
        return _new(kind, form)
    return go(url_for(".detail", upload_id=upload_id))


@bp.get("/imports/template")
@requires(Permission.IMPORT_RUN)
def template() -> Response:
    """A workbook to fill in: headings, one example, and what each field means."""
    kind = asked.text("kind") or uploads.kinds_of(g.actor)[0]
    _refuse_kind(kind)
    return import_files.template(KINDS[kind])


@bp.get("/imports/<id:upload_id>")
@requires(Permission.IMPORT_RUN)
def detail(upload_id: int) -> Response:
    return _detail(upload_id, None)


@bp.post("/imports/<id:upload_id>/sheet")
@requires(Permission.IMPORT_RUN)
def sheet(upload_id: int) -> Response:
    """Take another sheet of the workbook."""
    form = SheetForm(request.form)
    if form.validate():
        with read() as session:
            upload = uploads.get_for(session, g.actor, upload_id)
        try:
            table = read_table(store.load(upload.stored_as), KINDS[upload.kind], form.sheet.data or "")
            attempt(form, choose_sheet, Sheet(Seen(upload_id, form.version.data), table))
        except Refused as refusal:
            tell(form, refusal)
    return _detail(upload_id, form)


@bp.post("/imports/<id:upload_id>/mapping")
@requires(Permission.IMPORT_RUN)
def mapping(upload_id: int) -> Response:
    """Say what the columns are, and have every row checked."""
    with read() as session:
        upload = uploads.get_for(session, g.actor, upload_id)
        form = mapping_form(session, upload, request.form)
    if form.validate():
        choices = chosen(form, upload.kind)
        if not form.errors:
            given = Mapped(Seen(upload_id, form.version.data), form.mapping, choices)
            attempt(form, map_import, given)
    return _detail(upload_id, form)


@bp.post("/imports/<id:upload_id>/writing")
@requires(Permission.IMPORT_RUN)
def writing(upload_id: int) -> Response:
    """Write what the check has shown."""
    form = WritingForm(request.form)
    if form.validate():
        attempt(form, ask_to_write, Wish(Seen(upload_id, form.version.data), form.mode.data or ""))
    return _detail(upload_id, form)


@bp.post("/imports/<id:upload_id>/removal")
@requires(Permission.IMPORT_RUN)
def removal(upload_id: int) -> Response:
    """Give up an upload that was not written."""
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, drop_import, Seen(upload_id, form.version.data))
    if form.errors:
        return _detail(upload_id, form)
    say(gettext("Dropped; nothing was written"))
    return go(url_for(".index"))


@bp.get("/imports/<id:upload_id>/file")
@requires(Permission.IMPORT_RUN)
def file(upload_id: int) -> Response:
    """The file as it came."""
    with read() as session:
        upload = uploads.get_for(session, g.actor, upload_id)
    return answer_file(store.load(upload.stored_as), "application/octet-stream", upload.name)


@bp.get("/imports/<id:upload_id>/problems")
@requires(Permission.IMPORT_RUN)
def problems(upload_id: int) -> Response:
    """All bad rows with what is wrong with each, to be corrected and uploaded as they are."""
    with read() as session:
        upload = uploads.get_for(session, g.actor, upload_id)
    if upload.problems_as is None:
        raise Refused("upload.not_found")
    return import_files.problems(upload.name, store.load(upload.problems_as))


def _refuse_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Refused("upload.not_found")
    uploads.refuse_stranger(g.actor, kind)


def _new(kind: str, form: Form) -> Response:
    _refuse_kind(kind)
    with read() as session:
        return render(
            session,
            "admin/imports/new.html",
            "new",
            status=422 if form.errors else 200,
            form=form,
            kind=kind,
            words=import_words,
            fields=KINDS[kind].fields,
            megabytes=LARGEST_FILE // 2**20,
            most=MOST_ROWS,
        )


def _detail(upload_id: int, form: Form | None) -> Response:
    """One page for every step: what is to be said, what is under way, what was found, what came of it."""
    with read() as session:
        upload = uploads.get_for(session, g.actor, upload_id)
        is_typed = isinstance(form, MappingForm)
        named: Any = form if is_typed else mapping_form(session, upload, None)
        return show(
            session,
            "admin/imports/import.html",
            "import",
            url_for(".detail", upload_id=upload_id),
            form,
            upload=upload,
            named=named,
            words=import_words,
            kind=KINDS[upload.kind],
            written={
                **dict.fromkeys(("new", "changed", "same", "skipped"), 0),
                **upload.counts.get("written", {}),
            },
            by=uploads.name_of(session, upload.person_id),
            again=uploads.same_written_before(session, upload) if upload.state != "done" else None,
            links=_links(upload),
            groups=_groups(upload),
            refusal=_refusal(upload),
            published=[
                (list_id, code, words.say(Refused(why, count="")) if why else "")
                for list_id, code, why in upload.counts.get("published", [])
            ],
            is_naming=is_typed or upload.state == "uploaded" or "columns" in request.args,
        )


def _links(upload: Upload) -> list[tuple[str, str]]:
    found = []
    for noun, key, code in upload.counts.get("links", []):
        found.append((PAGES[noun](key, code), code or gettext("The count")))
    return found


def _groups(upload: Upload) -> list[tuple[str, str, int]]:
    """Kinds of problems with how many, the most frequent first."""
    kinds = [(*each.split("|"), count) for each, count in upload.counts.get("kinds", [])]
    return [
        (import_words.label(field), import_words.kind_of_flaw(code), count) for code, field, count in kinds
    ]


def _refusal(upload: Upload) -> str:
    code = upload.counts.get("refused")
    return words.say(Refused(code)) if code else ""
