"""Orders in the inbox: yes, no, or back for correction, from whichever page a person decides on."""

from typing import Any

from flask import Blueprint, g, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import inbox as pages
from admin import orders
from admin.cases import load_case
from admin.desk import show_desk
from admin.inbox import Decided, DecisionForm, Facts, Kind
from trade.actor import Actor, Permission
from trade.approvals import inbox
from trade.approvals.inbox import Item
from trade.db import read
from trade.flows.decide_order import Decision, decide_order
from web.access import requires
from web.answer import go, render
from web.i18n import money

bp = Blueprint("decisions", __name__)


def _load(session: Session, actor: Actor, order_id: int) -> dict[str, Any]:
    """The order with the account and the habits of its distributor."""
    case = load_case(session, actor, order_id)
    offered = (pages.BACK, pages.NO) if case.is_groundless else pages.KINDS["order"].answers
    return {"case": case, "order": case.order, "title": case.order.number or "", "offered": offered}


def _given(decided: Decided) -> Decision:
    return Decision(decided.subject_id, decided.version, decided.decision, decided.comment, step=decided.step)


def _yes(facts: Facts) -> str:
    order = facts["order"]
    return gettext("Approve this order, %(amount)s", amount=money(order.gross, order.currency))


pages.register(
    Kind(
        subject="order",
        words=_("Order"),
        panel="admin/inbox/order.html",
        load=_load,
        decision_url=lambda order_id: url_for("admin.decisions.submission", order_id=order_id),
        url=lambda order_id, facts: url_for("admin.orders.detail", order_id=order_id),
        flow=decide_order,
        given=_given,
        yes=_yes,
        may_tick=True,
    )
)


@bp.get("/orders/<id:order_id>/approval")
@requires(Permission.ORDER_APPROVE)
def approval(order_id: int) -> Response:
    """Where an order is decided: its item in the inbox; a held one, about which nobody is asked, can be sent back."""
    with read() as session:
        facts = _load(session, g.actor, order_id)
        item = None if facts["case"].may_send_back else inbox.find_for(session, g.actor, "order", order_id)
        return go(pages.item_url(item.request.id)) if item else _show_held(session, facts, None)


@bp.post("/orders/<id:order_id>/decision")
@requires(Permission.ORDER_APPROVE)
def submission(order_id: int) -> Response:
    def show_document(session: Session, form: DecisionForm) -> Response:
        if form.place.data == "approval":
            return _show_held(session, _load(session, g.actor, order_id), form)
        return orders.show_order(session, order_id, decision=form)

    def show_item(session: Session, item: Item, form: DecisionForm) -> Response:
        return show_desk(session, item.request.id, form)

    return pages.answer("order", order_id, show_document, show_item)


def _show_held(session: Session, facts: Facts, form: DecisionForm | None) -> Response:
    case = facts["case"]
    order_id = case.order.id
    offered = (pages.BACK, pages.NO) if case.may_send_back else ()
    answers = pages.answers_of(
        "order", order_id, case.order.version, None, facts, form, place="approval", offered=offered
    )
    return render(
        session,
        "admin/desk/approval.html",
        "approval",
        status=422 if form else 200,
        answers=answers,
        **facts,
    )
