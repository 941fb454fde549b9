"""Files that belong to an order; whoever may see the order may see them."""

from flask import Blueprint, g, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from admin.orders import FileForm, show_order
from trade.actor import Permission
from trade.attachments import queries, store
from trade.db import read
from trade.orders.queries import get_for
from web.access import requires
from web.answer import go, say
from web.downloads import answer_file
from web.filing import attach

bp = Blueprint("files", __name__)


@bp.post("/orders/<id:order_id>/attachments")
@requires(Permission.ORDER_REVIEW)
def submission(order_id: int) -> Response:
    with read() as session:
        get_for(session, g.actor, order_id)
    form = FileForm()
    attach(form, "order", order_id)
    if not form.errors:
        say(gettext("The file is kept with this order"))
        return go(url_for("admin.orders.detail", order_id=order_id))
    with read() as session:
        return show_order(session, order_id, file=form)


@bp.get("/orders/<id:order_id>/attachments/<id:attachment_id>")
@requires(Permission.ORDER_REVIEW)
def download(order_id: int, attachment_id: int) -> Response:
    """Pictures, which were drawn anew, are shown; everything else is saved, never opened in our name."""
    with read() as session:
        get_for(session, g.actor, order_id)
        found = queries.get_of(session, "order", order_id, attachment_id)
    return answer_file(store.load(found.stored_as), found.media_type, found.name)
