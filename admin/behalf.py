"""Ordering for a distributor: staff goes over to the portal in its name."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.db import run
from trade.flows.begin_behalf import Beginning, begin_behalf
from web.access import COOKIE, requires
from web.answer import go, say
from web.requests import address, user_agent
from web.session import with_session

bp = Blueprint("behalf", __name__)


@bp.post("/distributors/<id:distributor_id>/behalf")
@requires(Permission.ORDER_BEHALF)
def beginning(distributor_id: int) -> Response:
    given = Beginning(
        distributor_id, g.signed_in.membership_id, request.cookies[COOKIE], address(), user_agent()
    )
    token = run(begin_behalf, g.actor, given)
    answer = with_session(go(url_for("portal.catalog.index")), token)
    say(gettext("You work in the name of this distributor until you end it"))
    return answer
