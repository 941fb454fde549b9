"""Files that belong to an order: sent, listed, fetched by those who may open the order."""

from flask import Blueprint, g
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.orders import show_order
from trade.actor import Permission
from trade.attachments import queries, store
from trade.db import read
from trade.orders import queries as orders
from web.access import requires
from web.answer import say
from web.downloads import answer_file
from web.filing import attach
from web.forms import Form

bp = Blueprint("attachments", __name__)


@bp.post("/orders/<id:order_id>/attachments")
@requires(Permission.ORDER_READ)
def upload(order_id: int) -> Response:
    """Add a file to an order that the actor can open."""
    form = Form()
    with read() as session:
        orders.get_for(session, g.actor, order_id)
    if kept := attach(form, "order", order_id):
        say(gettext("%(name)s is attached", name=kept.name))
    return show_order(order_id, form)


@bp.get("/orders/<id:order_id>/attachments/<id:attachment_id>")
@requires(Permission.ORDER_READ)
def download(order_id: int, attachment_id: int) -> Response:
    """A picture is shown, everything else is saved; nothing in it may run here."""
    with read() as session:
        orders.get_for(session, g.actor, order_id)
        file = queries.get_of(session, "order", order_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)
