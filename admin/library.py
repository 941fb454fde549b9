"""The library: product material, training, price and policy papers, with versions, for whom, and who fetched them."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import audiences
from admin.audiences import AudienceForm
from trade.actor import Permission
from trade.attachments import content, store
from trade.attachments.filing import Stored, keep_file
from trade.broadcasts import audience
from trade.db import read, run
from trade.errors import Refused
from trade.flows.fetch_from_library import Wanted, fetch_from_library
from trade.flows.keep_library import (
    EditedItem,
    Item,
    NewItem,
    NewVersion,
    Shown,
    add_version,
    create_item,
    edit_item,
    show_item,
)
from trade.library import shelves
from trade.library.models import LibraryItem
from trade.library.shelves import SUBJECT, Download, ListFilter, Shelved
from web import asked, broadcast_words
from web.access import requires
from web.answer import attempt, go, render, say, tell
from web.downloads import answer_file
from web.forms import ChoiceField, Form, LongTextField, TextField, VersionForm, WholeNumberField
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("library", __name__)


class ItemForm(AudienceForm):
    version = WholeNumberField(is_needed=False)
    kind = ChoiceField(_("Folder"), choices=list(broadcast_words.LIBRARY.items()))
    title = TextField(_("Title"), longest=80)
    summary = LongTextField(_("What it is good for"), longest=500, is_needed=False)
    goods = LongTextField(
        _("About which products"),
        longest=4_000,
        is_needed=False,
        hint=_("Codes of products or categories, one per line; it is then shown on their pages"),
    )
    file = TextField(_("File"), is_needed=False)


class VersionFileForm(VersionForm):
    note = TextField(_("What is new in it"), longest=120, is_needed=False)
    file = TextField(_("File"), is_needed=False)


class FetchForm(Form):
    edition = WholeNumberField(is_needed=False)


@bp.get("/library")
@requires(Permission.LIBRARY_READ)
def index() -> Response:
    with read() as session:
        listed = LIBRARY.open(session)
        return render(session, "admin/library/library.html", "library", listed=listed, words=broadcast_words)


@bp.post("/library/export")
@requires(Permission.LIBRARY_READ)
def export() -> Response:
    return LIBRARY.export_sheet()


@bp.get("/library/new")
@requires(Permission.LIBRARY_MANAGE)
def new() -> Response:
    with read() as session:
        return _form(session, ItemForm(data={"kind": "material", "whom": "everyone"}), None)


@bp.post("/library")
@requires(Permission.LIBRARY_MANAGE)
def creation() -> Response:
    """Put something in, with its first file."""
    form = ItemForm(request.form)
    given, file = _item(form), None
    if given is not None:
        try:
            file = _file()
        except Refused as refusal:
            tell(form, refusal, "file")
    if given is not None and file is None and not form.errors:
        form.refuse(gettext("Please choose a file"), "file")
    if given is not None and not form.errors:
        item_id = attempt(form, create_item, NewItem(given, file))
        if item_id is not None:
            say(gettext("In the library now"))
            return go(url_for(".detail", item_id=item_id))
    with read() as session:
        return _form(session, form, None)


@bp.get("/library/<id:item_id>")
@requires(Permission.LIBRARY_READ)
def detail(item_id: int) -> Response:
    with read() as session:
        return _show(session, item_id, None)


@bp.get("/library/<id:item_id>/edit")
@requires(Permission.LIBRARY_MANAGE)
def edit(item_id: int) -> Response:
    with read() as session:
        item = shelves.get_item(session, item_id)
        wanted = audience.of(session, SUBJECT, item.id, is_everyone=item.is_everyone)
        ties = shelves.ties_of(session, item.id)
        codes = "\n".join(code for code, _name in (*ties.categories, *ties.skus))
        kept = {name: getattr(item, name) for name in ("version", "kind", "title", "summary")}
        form = ItemForm(data=kept | {"goods": codes} | audiences.preset(session, wanted))
        return _form(session, form, item)


@bp.post("/library/<id:item_id>/facts")
@requires(Permission.LIBRARY_MANAGE)
def facts(item_id: int) -> Response:
    form = ItemForm(request.form)
    with read() as session:
        shelves.get_item(session, item_id)
    given = _item(form)
    if given is not None:
        attempt(form, edit_item, EditedItem(item_id, form.version.data or 0, given))
    if not form.errors:
        say(gettext("Saved"))
        return go(url_for(".detail", item_id=item_id))
    with read() as session:
        return _form(session, form, shelves.get_item(session, item_id))


@bp.post("/library/<id:item_id>/versions")
@requires(Permission.LIBRARY_MANAGE)
def versions(item_id: int) -> Response:
    """A newer file, which is handed out from now on."""
    form = VersionFileForm(request.form)
    if form.validate():
        try:
            if (file := _file()) is None:
                form.refuse(gettext("Please choose a file"), "file")
            else:
                given = NewVersion(item_id, form.version.data, file, form.note.data or "")
                attempt(form, add_version, given)
        except Refused as refusal:
            tell(form, refusal, "file")
    return _back(item_id, form, gettext("The new version is handed out from now on"))


@bp.post("/library/<id:item_id>/archiving")
@requires(Permission.LIBRARY_MANAGE)
def archiving(item_id: int) -> Response:
    return _shown(item_id, is_shown=False, said=gettext("Taken from the library"))


@bp.post("/library/<id:item_id>/restoring")
@requires(Permission.LIBRARY_MANAGE)
def restoring(item_id: int) -> Response:
    return _shown(item_id, is_shown=True, said=gettext("In the library again"))


@bp.post("/library/<id:item_id>/downloads")
@requires(Permission.LIBRARY_READ)
def download(item_id: int) -> Response:
    """Hand a version out, and write down to whom."""
    form = FetchForm(request.form)
    edition = form.edition.data if form.validate() else None
    fetched = run(fetch_from_library, g.actor, Wanted(item_id, edition))
    return answer_file(store.load(fetched.stored_as), fetched.media_type, fetched.name)


@bp.get("/library-downloads")
@requires(Permission.LIBRARY_READ)
def downloads() -> Response:
    """Who fetched an item, and when."""
    with read() as session:
        listed, wanted = DOWNLOADS.open(session), asked.number("item")
        about = None if wanted is None else shelves.get_item(session, wanted)
        return render(session, "admin/library/downloads.html", "downloads", listed=listed, about=about)


@bp.post("/library-downloads/export")
@requires(Permission.LIBRARY_READ)
def downloads_export() -> Response:
    return DOWNLOADS.export_sheet()


def _shown(item_id: int, *, is_shown: bool, said: str) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, show_item, Shown(item_id, form.version.data, is_shown))
    return _back(item_id, form, said)


def _item(form: ItemForm) -> Item | None:
    """What was typed, or None when something of it is not right."""
    if not form.validate():
        return None
    with read() as session:
        wanted = audiences.read_audience(session, form)
    if form.errors:
        return None
    goods = (form.goods.data or "").split("\n")
    return Item(form.kind.data, form.title.data, form.summary.data or "", wanted, goods)


def _file() -> Stored | None:
    """The file that was sent, judged and stored before the transaction."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    return keep_file(sent.filename, sent.stream.read(content.LARGEST_FILE + 1))


def _back(item_id: int, form: Form, said: str) -> Response:
    if not form.errors:
        say(said)
        return go(url_for(".detail", item_id=item_id))
    with read() as session:
        return _show(session, item_id, form)


def _form(session: Session, form: ItemForm, item: LibraryItem | None) -> Response:
    kept = None
    if item is not None:
        kept = audience.of(session, SUBJECT, item.id, is_everyone=item.is_everyone)
    return render(
        session,
        "admin/library/form.html",
        "form",
        status=422 if form.errors else 200,
        form=form,
        item=item,
        choices=audiences.choices(session),
        ticked=audiences.ticked(kept),
    )


def _show(session: Session, item_id: int, form: Form | None) -> Response:
    item = shelves.get_item(session, item_id)
    wanted = audience.of(session, SUBJECT, item.id, is_everyone=item.is_everyone)
    return render(
        session,
        "admin/library/item.html",
        "item",
        status=422 if form is not None and form.errors else 200,
        item=item,
        versions=shelves.versions_of(session, item.id),
        named=audience.named(session, g.actor, wanted),
        ties=shelves.ties_of(session, item.id),
        words=broadcast_words,
        form=form,
        filing=form if isinstance(form, VersionFileForm) else VersionFileForm(),
    )


def _wanted(asked: Asked) -> ListFilter:
    return ListFilter(asked["q"], asked["kind"], asked["state"])


LIBRARY = List[Shelved](
    page="admin.library.index",
    export="admin.library.export",
    title=_("Library"),
    counted=lambda count: ngettext("%(num)s item", "%(num)s items", count),
    sort="-item",
    find=lambda session, asked, window: shelves.listing(session, _wanted(asked), window),
    totals=lambda session, asked: shelves.totals(session, _wanted(asked)),
    filters=[
        Filter(key="q", words=_("Title or product code")),
        Filter(
            key="kind",
            words=_("Folder"),
            kind="choice",
            choices=lambda _session: broadcast_words.LIBRARY.items(),
        ),
        Filter(
            key="state",
            words=_("State"),
            kind="choice",
            choices=lambda _session: [("archived", _("Taken from the library"))],
        ),
    ],
    columns=[
        Column(
            key="title",
            words=_("Title"),
            value=lambda row: row.item.title,
            url=lambda row: url_for("admin.library.detail", item_id=row.item.id),
        ),
        Column(key="kind", words=_("Folder"), value=lambda row: str(broadcast_words.LIBRARY[row.item.kind])),
        Column(
            key="file",
            words=_("File"),
            value=lambda row: row.attachment.name if row.attachment else "",
            is_wide=True,
        ),
        Column(
            key="edition",
            words=_("Version"),
            value=lambda row: row.item.edition or None,
            kind="whole",
            is_labelled=True,
        ),
        Column(
            key="changed",
            words=_("Changed at"),
            value=lambda row: row.item.changed_at,
            kind="instant",
            sort="changed",
        ),
        Column(
            key="downloads",
            words=_("Downloads"),
            value=lambda row: row.item.downloads,
            kind="whole",
            sort="downloads",
            is_labelled=True,
            is_summed=True,
        ),
    ],
    nothing=Nothing(
        icon="books",
        title=_("The library is empty"),
        text=_("Put in what distributors ask for again and again: posters, data sheets, training."),
    ),
    no_match=Nothing(title=_("Nothing in the library matches"), text=_("Try fewer filters.")),
)
DOWNLOADS = List[Download](
    page="admin.library.downloads",
    export="admin.library.downloads_export",
    title=_("Downloads from the library"),
    counted=lambda count: ngettext("%(num)s download", "%(num)s downloads", count),
    sort="-download",
    find=lambda session, asked, window: shelves.downloads(
        session, g.actor, asked["item"] or 0, asked["q"], window
    ),
    totals=lambda session, asked: shelves.download_totals(session, g.actor, asked["item"] or 0, asked["q"]),
    filters=[Filter(key="q", words=_("Code or name of the distributor")), Filter(key="item", kind="id")],
    columns=[
        Column(
            key="distributor",
            words=_("Distributor"),
            value=lambda row: row.distributor or _("The brand's own people"),
            meta=lambda row: row.distributor_code or "",
        ),
        Column(key="person", words=_("Person"), value=lambda row: row.person),
        Column(
            key="edition", words=_("Version"), value=lambda row: row.edition, kind="whole", is_labelled=True
        ),
        Column(key="at", words=_("Downloaded at"), value=lambda row: row.at, kind="instant", sort="download"),
    ],
    nothing=Nothing(icon="download", title=_("Nobody has fetched it yet")),
)
