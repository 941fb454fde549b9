"""What I have been told."""

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from admin import addresses
from trade.actor import Permission
from trade.db import read, run
from trade.flows.read_notices import Reading, read_notices
from trade.notices import queries
from web import notice_words
from web.access import requires
from web.answer import go, render
from web.forms import Form, WholeNumberField

bp = Blueprint("notices", __name__)
PAGE = 50


class ReadingForm(Form):
    up_to_id = WholeNumberField(largest=2**31 - 1)


@bp.get("/notices")
@requires(Permission.NOTICE_READ)
def index() -> Response:
    with read() as session:
        found = queries.listed(session, g.actor, before_id=addresses.number("after"), limit=PAGE + 1)
        rows = found[:PAGE]
        return render(
            session,
            "admin/notices/notices.html",
            "notices",
            rows=rows,
            say_notice=notice_words.say,
            following=rows[-1].id if len(found) > PAGE else None,
        )


@bp.post("/notices/reading")
@requires(Permission.NOTICE_READ)
def reading() -> Response:
    """Mark as read what the page showed; what came meanwhile stays unread."""
    form = ReadingForm(request.form)
    if form.validate():
        run(read_notices, g.actor, Reading(up_to_id=form.up_to_id.data))
    return go(url_for(".index"))
