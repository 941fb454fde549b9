"""What reaches me, outside of the program, and when."""

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from trade.actor import Permission
from web import reaching
from web.access import requires

bp = Blueprint("reach", __name__)
PAGE = reaching.Page("portal/me/reach.html", reaching.OF_DISTRIBUTORS)


@bp.get("/me/reach")
@requires(Permission.NOTICE_READ)
def index() -> Response:
    return reaching.shown(PAGE)


@bp.post("/me/reach")
@requires(Permission.NOTICE_READ)
def submission() -> Response:
    return reaching.kept(PAGE, url_for(".index"))
