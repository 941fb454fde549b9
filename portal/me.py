"""My own page: who I am here, whom I call, where goods go, what I keep; password, language, signing out."""

from flask import Blueprint, g
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.credit import families
from trade.db import read
from trade.distributors.directory import rep_of
from trade.distributors.queries import addresses_of
from web.access import signed_in
from web.answer import render

bp = Blueprint("me", __name__)


@bp.get("/me")
@signed_in
def index() -> Response:
    with read() as session:
        company = g.actor.distributor_id
        rep = rep_of(session, company, clock.today()) if company and g.actor.on_behalf_of is None else None
        may_read = company and g.actor.may(Permission.CHILDREN_READ)
        has_children = bool(may_read) and families.has_children(session, company, clock.today())
        addresses = addresses_of(session, company) if company else ()
        return render(
            session, "portal/me/me.html", "me", rep=rep, addresses=addresses, has_children=has_children
        )
