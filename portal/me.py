"""My own page: who I am here, where else I work, password, language, signing out."""

from flask import Blueprint
from werkzeug.wrappers import Response

from trade.db import read
from web.access import signed_in
from web.answer import render

bp = Blueprint("me", __name__)


@bp.get("/me")
@signed_in
def index() -> Response:
    with read() as session:
        return render(session, "portal/me/me.html", "me")
