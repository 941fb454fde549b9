"""Going back from a distributor's portal to one's own work at the brand."""

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from trade.db import run
from trade.flows.end_behalf import Ending, end_behalf
from web.access import COOKIE, signed_in
from web.answer import go
from web.requests import address, user_agent
from web.session import with_session

bp = Blueprint("behalf", __name__)


@bp.post("/behalf/ending")
@signed_in
def ending() -> Response:
    """End it and lead back to the distributor's page; whoever works for nobody else goes home."""
    distributor_id = g.actor.on_behalf_of
    if distributor_id is None:
        return redirect(url_for("session.start"), 303)
    given = Ending(g.signed_in.membership_id, request.cookies[COOKIE], address(), user_agent())
    token = run(end_behalf, g.actor, given)
    return with_session(go(url_for("admin.distributors.detail", distributor_id=distributor_id)), token)
