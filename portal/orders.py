"""The distributor's orders: where each is, what is in it, and what can be done about it."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal import arrived, billed, sayings
from portal.arrived import Wrong
from portal.checkout import CheckoutForm, Place, change_line, save_delivery, show_checkout, submit
from portal.order_list import ORDERS
from trade import clock
from trade.actor import Permission
from trade.amendments import desk as amendments
from trade.attachments import queries as attachments
from trade.credit import queries as credit
from trade.db import read, run
from trade.errors import Refused
from trade.flows.cancel_order import cancel_order
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.withdraw_order import withdraw_order
from trade.fulfilment.queries import Count, get_parcel, parcels_of
from trade.invoices.rules import left
from trade.opportunities import queries as opportunities
from trade.orders import queries, remarks, states
from trade.orders.models import Order
from trade.orders.queries import Seen
from trade.returns import queries as returns
from trade.returns.rules import has_come
from web import price_words, returned, words
from web.access import requires
from web.answer import Flow, attempt, go, render, say, show
from web.behalf import who
from web.forms import Form, LongTextField, VersionForm
from web.remarking import RemarkForm
from web.requests import wants_block

bp = Blueprint("orders", __name__)


class ReceiptForm(VersionForm):
    remark = LongTextField(longest=500, is_needed=False)


@bp.get("/orders")
@requires(Permission.ORDER_READ)
def index() -> Response:
    with read() as session:
        return render(session, "portal/orders/orders.html", "list", listed=ORDERS.open(session))


@bp.post("/orders/export")
@requires(Permission.ORDER_READ)
def export() -> Response:
    """The company's own orders as a sheet, with what its people see of them anyway."""
    return ORDERS.export_sheet()


@bp.get("/orders/<id:order_id>")
@requires(Permission.ORDER_READ)
def order(order_id: int) -> Response:
    return show_order(order_id, None)


@bp.get("/orders/<id:order_id>/lines/<id:line_id>/price")
@requires(Permission.ORDER_READ)
def price(order_id: int, line_id: int) -> Response:
    """Why a line of an order costs what it costs, as it was frozen when it was submitted."""
    with read() as session:
        found = queries.get_for(session, g.actor, order_id)
        line = next((each for each in queries.lines_of(session, order_id) if each.id == line_id), None)
        if line is None or not line.price_steps:
            raise Refused("order.not_found")
        return render(
            session,
            "portal/orders/price.html",
            "why",
            order=found,
            line=line,
            told=price_words.tell(line.price_steps, found.currency),
            is_partial=wants_block(),
        )


@bp.post("/orders/<id:order_id>/withdrawal")
@requires(Permission.ORDER_WITHDRAW)
def withdrawal(order_id: int) -> Response:
    """Take an order back that nobody has decided about."""
    return _give_up(order_id, withdraw_order, gettext("Taken back; you can change it and submit it again"))


@bp.post("/orders/<id:order_id>/cancellation")
@requires(Permission.ORDER_WITHDRAW)
def cancellation(order_id: int) -> Response:
    """Give up an order that came back; the history stays."""
    return _give_up(order_id, cancel_order, gettext("Given up; nothing is held for it"))


@bp.post("/orders/<id:order_id>/shipments/<id:shipment_id>/receipt")
@requires(Permission.RECEIPT_CONFIRM)
def receipt(order_id: int, shipment_id: int) -> Response:
    """Sign for a parcel; what is missing or damaged is asked for with it."""
    form = ReceiptForm(request.form)
    with read() as session:
        queries.get_for(session, g.actor, order_id)
        parcel = get_parcel(session, order_id, shipment_id)
        by_line = {line.id: (line, sku) for line, sku in queries.lines_with_units(session, order_id)}
    form.validate()
    found = arrived.read_arrived(form, parcel, by_line)
    if not form.errors:
        version, remark = form.version.data or 0, form.remark.data or ""
        given = Receipt(order_id, version, shipment_id, found.received, found.damaged, found.photos, remark)
        try:
            asked = run(confirm_receipt, g.actor, given)
            say(_confirmed(parcel.shipment.number, len(asked)))
        except Refused as refusal:
            if words.status_of(refusal) != 422:
                raise
            arrived.refuse(form, found, parcel, refusal)
    return show_order(order_id, form, found.wrong)


@bp.get("/orders/<id:order_id>/revision")
@requires(Permission.CART_EDIT)
def revision(order_id: int) -> Response:
    """A returned order, to be corrected and submitted again."""
    return show_checkout(_place(order_id), Form())


@bp.post("/orders/<id:order_id>/revision/lines/<id:sku_id>")
@requires(Permission.CART_EDIT)
def revision_line(order_id: int, sku_id: int) -> Response:
    _refuse_closed(order_id)
    return change_line(_place(order_id), sku_id, request.form)


@bp.post("/orders/<id:order_id>/revision/delivery")
@requires(Permission.CART_EDIT)
def revision_delivery(order_id: int) -> Response:
    _refuse_closed(order_id)
    return save_delivery(_place(order_id), _sent(order_id))


@bp.post("/orders/<id:order_id>/revision/customer-release")
@requires(Permission.CART_EDIT)
def revision_customer_release(order_id: int) -> Response:
    """The order goes on for nobody in particular, as when its customer's protection is over."""
    _refuse_closed(order_id)
    form = Form(request.form)
    attempt(form, order_for_registration, ForWhom(None, order_id))
    if not form.errors:
        say(gettext("Taken off; please look at the prices, then submit the order again"))
    return show_checkout(_place(order_id), form)


@bp.post("/orders/<id:order_id>/revision/submission")
@requires(Permission.ORDER_SUBMIT)
def revision_submission(order_id: int) -> Response:
    return submit(_place(order_id), _sent(order_id), lambda key: url_for(".order", order_id=key))


def show_order(
    order_id: int, form: Form | None, wrong: Wrong | None = None, *, remarking: RemarkForm | None = None
) -> Response:
    """The order's page; `wrong` by input of a receipt, what was typed and why it cannot be."""
    with read() as session:
        found = queries.get_for(session, g.actor, order_id)
        if found.approval_state == "draft":
            return go(url_for("portal.cart.index"))
        here = url_for("portal.orders.order", order_id=order_id)
        facts = _facts(session, found, wrong) | _said(session, found, remarking or RemarkForm())
        if remarking is not None:
            return render(session, "portal/orders/order.html", "order", status=422, form=form, **facts)
        return show(session, "portal/orders/order.html", "order", here, form, **facts)


def _give_up(order_id: int, flow: Flow[Seen, None], done: str) -> Response:
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, flow, Seen(order_id, form.version.data or 0))
    if not form.errors:
        say(done)
    return show_order(order_id, form)


def _said(session: Session, found: Order, remarking: RemarkForm) -> dict[str, Any]:
    """What was written about the order, what waits to be changed of it, and what can be said now."""
    thread = remarks.thread_of(session, g.actor, found.id)
    nudges = [each for each in thread if each.row.kind == "nudge"]
    is_open = any(each.row.answered_at is None for each in nudges)
    is_own = g.actor.may(Permission.ORDER_SUBMIT)
    return {
        "thread": thread,
        "thread_who": who,
        "side": "portal",
        "may_remark": g.actor.may(Permission.ORDER_REMARK),
        "remarking": remarking,
        "remark_url": url_for("portal.remarks.creation", order_id=found.id),
        "change": amendments.latest_of(session, found.id),
        "urging": nudges[-1].row if nudges else None,
        "may_nudge": g.actor.may(Permission.ORDER_REMARK) and remarks.is_urgeable(found) and not is_open,
        "may_amend": is_own and found.approval_state == "approved" and found.fulfilment != "complete",
    }


def _facts(session: Session, found: Order, wrong: Wrong | None) -> dict[str, Any]:
    parcels = parcels_of(session, found.id)
    count = Count(len(parcels), sum(parcel.shipment.state == "received" for parcel in parcels))
    events = queries.timeline(session, found.id)
    lines = queries.lines_with_units(session, found.id)
    standing = None
    if found.approval_state == "held" and g.actor.may(Permission.CREDIT_READ):
        standing = credit.standing_of(session, g.actor, found.distributor_id, clock.today())
    back = sayings.came_back(events)
    comments = [told.event.facts.get("comment") for told in events if told.event.action == "reject"]
    return {
        "order": found,
        "origin": opportunities.origin_of(session, found),
        "lines": lines,
        "amounts": left(found, [line for line, _sku in lines]),
        "by_line": {line.id: (line, sku) for line, sku in lines},
        "parcels": parcels,
        "headline": sayings.headline(found, count, queries.rest_of(lines), back.action if back else ""),
        "back": back,
        "badge": sayings.badge(found, count),
        "stage": sayings.stage(found, count),
        "stages": sayings.stages(found, count),
        "story": sayings.story(events, found.currency),
        "reasons": [sayings.reason_words(each, found.currency) for each in found.reasons],
        "comment": next((each for each in comments if each), ""),
        "to_receive": any(parcel.shipment.state == "shipped" for parcel in parcels),
        "files": attachments.of(session, "order", found.id),
        "standing": standing,
        "wrong": wrong or {},
        "returns": returns.of_order(session, found.id),
        "said_returned": returned,
        **billed.of_order(session, found),
        "can": {
            "withdraw": states.allows(found, "withdraw") and g.actor.may(Permission.ORDER_WITHDRAW),
            "cancel": states.allows(found, "give_up") and g.actor.may(Permission.ORDER_WITHDRAW),
            "correct": states.allows(found, "edit") and g.actor.may(Permission.CART_EDIT),
            "reorder": g.actor.may(Permission.CART_EDIT),
            "receive": g.actor.may(Permission.RECEIPT_CONFIRM),
            "give_back": g.actor.may(Permission.RETURN_REQUEST) and has_come(found),
        },
    }


def _confirmed(number: str, requests: int) -> str:
    """What happens next with what was missing or damaged."""
    if not requests:
        return gettext("Parcel %(number)s is confirmed", number=number)
    return gettext(
        "Parcel %(number)s is confirmed; what is missing or damaged is asked for, and you are told the decision",
        number=number,
    )


def _refuse_closed(order_id: int) -> None:
    """An order is corrected only while it lies with the distributor; a cart has its own page."""
    with read() as session:
        if queries.get_for(session, g.actor, order_id).approval_state != "returned":
            raise Refused("order.not_found")


def _sent(order_id: int) -> CheckoutForm:
    """The form that was sent about this order; one about another order does not belong at this address."""
    form = CheckoutForm(request.form)
    if form.order.data not in {order_id, None}:
        raise Refused("order.not_found")
    return form


def _place(order_id: int) -> Place:
    return Place(
        here=url_for("portal.orders.revision", order_id=order_id),
        order_id=order_id,
        line_url=lambda sku_id: url_for("portal.orders.revision_line", order_id=order_id, sku_id=sku_id),
        delivery_url=url_for("portal.orders.revision_delivery", order_id=order_id),
        submission_url=url_for("portal.orders.revision_submission", order_id=order_id),
        release_url=url_for("portal.orders.revision_customer_release", order_id=order_id),
    )
