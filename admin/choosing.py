"""What is suggested while somebody types which of many is meant."""

from flask import Blueprint, g, url_for
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import read
from trade.distributors import lookup
from web import asked, choosing
from web.access import requires
from web.answer import render
from web.choosing import Finder

bp = Blueprint("choosing", __name__)

DISTRIBUTORS = Finder(
    url=lambda: url_for("admin.choosing.distributors", ended="yes"),
    permission=Permission.DISTRIBUTOR_READ,
    named=lambda session, key: lookup.named(session, g.actor, key),
    meant=lambda session, typed: lookup.meant(session, g.actor, typed),
)


@bp.get("/distributors/lookup")
@requires(Permission.DISTRIBUTOR_READ)
def distributors() -> Response:
    """Those within reach; who has ended is found again, but not chosen anew."""
    typed = choosing.typed()
    with read() as session:
        found = lookup.offered(session, g.actor, typed, with_ended=asked.flag("ended"))
        return render(session, "admin/choosing/lookup.html", "matches", matches=found, typed=typed)
