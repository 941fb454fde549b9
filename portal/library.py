"""The library as this distributor finds it: what is for its tier, territory and channel, today."""

from flask import Blueprint, g
from flask_babel import lazy_gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.attachments import store
from trade.db import read, run
from trade.distributors.queries import Terms, terms_of
from trade.flows.fetch_from_library import Wanted, fetch_from_library
from trade.library import shelves
from trade.library.shelves import ListFilter, Shelved
from trade.windows import Page, Totals, Window
from web import broadcast_words
from web.access import requires
from web.answer import render
from web.downloads import answer_file
from web.lists import Asked, Column, Filter, List, Nothing

bp = Blueprint("library", __name__)


def _find(session: Session, given: Asked, window: Window) -> Page[Shelved]:
    return shelves.open_to(session, _terms(session), _wanted(given), window)


def _totals(session: Session, given: Asked) -> Totals:
    return shelves.open_totals(session, _terms(session), _wanted(given))


def _wanted(given: Asked) -> ListFilter:
    return ListFilter(given["q"], given["kind"])


def _terms(session: Session) -> Terms:
    return terms_of(session, g.actor.distributor_id or 0, clock.today())


LIBRARY = List[Shelved](
    page="portal.library.index",
    title=_("Library"),
    counted=lambda count: ngettext("%(num)s item", "%(num)s items", count),
    sort="-changed",
    find=_find,
    totals=_totals,
    filters=[
        Filter(key="q", words=_("Title or product code")),
        Filter(
            key="kind",
            words=_("Folder"),
            kind="choice",
            choices=lambda _session: broadcast_words.LIBRARY.items(),
        ),
    ],
    columns=[Column(key="title", words=_("Title"), value=lambda row: row.item.title)],
    nothing=Nothing(
        icon="books",
        title=_("Nothing here for you yet"),
        text=_("Posters, data sheets and training of the brand will lie here."),
    ),
    no_match=Nothing(title=_("Nothing in the library matches"), text=_("Try fewer filters.")),
)


@bp.get("/library")
@requires(Permission.LIBRARY_READ)
def index() -> Response:
    with read() as session:
        listed = LIBRARY.open(session)
        return render(session, "portal/library/library.html", "library", listed=listed, words=broadcast_words)


@bp.post("/library/<id:item_id>/downloads")
@requires(Permission.LIBRARY_READ)
def download(item_id: int) -> Response:
    """Hand the file out, and write down to whom."""
    fetched = run(fetch_from_library, g.actor, Wanted(item_id))
    return answer_file(store.load(fetched.stored_as), fetched.media_type, fetched.name)
