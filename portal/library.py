"""The library as this distributor finds it: what is for its tier, territory and channel, today."""

from flask import Blueprint, g
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.attachments import store
from trade.db import read, run
from trade.flows.fetch_from_library import Wanted, fetch_from_library
from trade.library import shelves
from trade.library.shelves import ListFilter
from web import asked, broadcast_words
from web.access import requires
from web.answer import render
from web.downloads import answer_file

bp = Blueprint("library", __name__)


@bp.get("/library")
@requires(Permission.LIBRARY_READ)
def index() -> Response:
    wanted = ListFilter(asked.text("q"), asked.choice("kind", broadcast_words.LIBRARY))
    with read() as session:
        return render(
            session,
            "portal/library/library.html",
            "library",
            rows=shelves.open_to(session, g.actor, wanted),
            wanted=wanted,
            words=broadcast_words,
            most=shelves.SHOWN,
        )


@bp.post("/library/<id:item_id>/downloads")
@requires(Permission.LIBRARY_READ)
def download(item_id: int) -> Response:
    """Hand the file out, and write down to whom."""
    fetched = run(fetch_from_library, g.actor, Wanted(item_id))
    return answer_file(store.load(fetched.stored_as), fetched.media_type, fetched.name)
