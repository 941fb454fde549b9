"""My own page: who I am here, where else I work, password, language, signing out."""

from flask import Blueprint
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from web.access import requires
from web.answer import render

bp = Blueprint("me", __name__)


@bp.get("/me")
@requires(Permission.DESK_READ)
def index() -> Response:
    with read() as session:
        return render(session, "admin/me/me.html", "me")
