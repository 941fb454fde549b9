"""Yes, no, or back for correction, from whichever page a person decides on."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import orders
from admin.cases import DecisionForm
from admin.desk import show_approval, show_desk
from admin.refused import explain
from trade.actor import Permission
from trade.db import read, run
from trade.errors import Refused
from trade.flows.decide_order import Decision, decide_order
from trade.orders import desk
from trade.orders.queries import get_for
from web.access import requires
from web.answer import go, say

bp = Blueprint("decisions", __name__)


@bp.post("/orders/<id:order_id>/decision")
@requires(Permission.ORDER_APPROVE)
def submission(order_id: int) -> Response:
    form = DecisionForm(request.form)
    if not form.validate():
        return _refused(order_id, form)
    given = Decision(order_id, form.version.data, form.decision.data, form.comment.data or "")
    try:
        run(decide_order, g.actor, given)
    except Refused as refusal:
        explain(form, refusal, "order", order_id)
        return _refused(order_id, form)
    return _onward(order_id, form)


def _refused(order_id: int, form: DecisionForm) -> Response:
    """The page where the person decided, with what they typed."""
    place = form.place.data if form.place.data in {"desk", "approval", "order"} else "approval"
    with read() as session:
        if place == "order":
            return orders.show_order(session, order_id, decision=form)
        get_for(session, g.actor, order_id)
        show = show_desk if place == "desk" else show_approval
        return show(session, order_id, form)


def _onward(order_id: int, form: DecisionForm) -> Response:
    """Tell what was done and lead to the next order that waits."""
    with read() as session:
        order = get_for(session, g.actor, order_id)
        say(_done(form.decision.data, order.number or ""))
        return go(_next_url(session, order_id, form.place.data))


def _next_url(session: Session, order_id: int, place: str) -> str:
    if place == "order":
        return url_for("admin.orders.detail", order_id=order_id)
    following = desk.place_of(session, g.actor, order_id).next_id
    if place == "approval" and following is not None:
        return url_for("admin.desk.approval", order_id=following)
    return url_for("admin.desk.index", item=following)


def _done(decision: str, number: str) -> str:
    return {
        "approve": gettext("Approved %(number)s", number=number),
        "return": gettext("Returned %(number)s for correction", number=number),
        "reject": gettext("Rejected %(number)s", number=number),
    }[decision]
