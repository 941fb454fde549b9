"""Orders of the brand: the list, the document, and what is done to it after approval."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import billed, inbox, spoken
from admin.cases import Case, load_case
from admin.inbox import DecisionForm
from admin.order_house import House, houses_of
from admin.order_list import ORDERS
from admin.parcels import ShipmentForm, packed_lines, refuse_expired, shipment_form
from trade.actor import Permission
from trade.amendments import desk as amendments
from trade.approvals.inbox import most_at_once
from trade.attachments import queries as attachments
from trade.db import read, run
from trade.errors import Refused
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.decide_order import Decision, decide_order
from trade.flows.ship_order import Dispatch, ship_order
from trade.fulfilment.queries import parcels_of
from trade.inventory.queries import lying
from trade.opportunities import queries as opportunities
from trade.orders import parts, queries, remarks
from trade.orders.models import OrderLine
from trade.returns import queries as returns
from trade.returns.rules import has_come
from web import lists, returned, words
from web.access import requires
from web.answer import attempt, go, hear, render, say
from web.forms import Form, LongTextField, TextField, VersionForm
from web.remarking import RemarkForm
from web.units import in_packs

bp = Blueprint("orders", __name__)
HERE = ("admin/orders/orders.html", "orders")


class CancellationForm(VersionForm):
    reason = LongTextField(_("Reason"), longest=500)


class FileForm(Form):
    file = TextField(_("File"), is_needed=False, hint=_("Pictures and PDF, up to 10 MB"))


@bp.get("/orders")
@requires(Permission.ORDER_REVIEW)
def index() -> Response:
    with read() as session:
        return render(session, *HERE, listed=ORDERS.open(session))


@bp.post("/orders/export")
@requires(Permission.ORDER_REVIEW)
def export() -> Response:
    return ORDERS.export_sheet()


@bp.post("/orders/approvals")
@requires(Permission.ORDER_APPROVE)
def approvals() -> Response:
    """Approve every ticked order as it was seen, each by itself: one that may not be is left and says why."""
    picked = lists.picked()
    with read() as session:
        known = queries.by_ids(session, g.actor, [order_id for order_id, _version in picked])
        most = most_at_once(session)
    numbers = {order_id: order.number or "" for order_id, order in known.items()}
    outcome = lists.in_turn(
        decide_order,
        [
            (numbers.get(order_id, ""), Decision(order_id, version, "approve", "", most=most))
            for order_id, version in picked
        ],
    )
    outcome.words = ngettext("%(num)s order approved", "%(num)s orders approved", outcome.done)
    return ORDERS.answer(outcome, *HERE)


@bp.get("/orders/<id:order_id>")
@requires(Permission.ORDER_REVIEW)
def detail(order_id: int) -> Response:
    with read() as session:
        return show_order(session, order_id)


@bp.post("/orders/<id:order_id>/shipments")
@requires(Permission.ORDER_SHIP)
def shipments(order_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, order_id)
        found = queries.lines_with_units(session, order_id)
        lines = [line for line, _sku in found]
        form = shipment_form(lines, {line.id: sku.base_unit for line, sku in found})(request.form)
    if form.validate() and _ship(order_id, form, lines):
        say(gettext("Shipped with %(carrier)s", carrier=form.carrier.data))
        return go(url_for(".detail", order_id=order_id))
    with read() as session:
        return show_order(session, order_id, shipment=form)


@bp.post("/orders/<id:order_id>/cancellation")
@requires(Permission.ORDER_CANCEL)
def cancellation(order_id: int) -> Response:
    form = CancellationForm(request.form)
    if form.validate():
        attempt(form, cancel_rest, Cancellation(order_id, form.version.data, form.reason.data))
    if not form.errors:
        say(gettext("What was not shipped is cancelled"))
        return go(url_for(".detail", order_id=order_id))
    with read() as session:
        return show_order(session, order_id, cancelling=form)


def show_order(
    session: Session,
    order_id: int,
    *,
    decision: DecisionForm | None = None,
    shipment: ShipmentForm | None = None,
    cancelling: CancellationForm | None = None,
    file: FileForm | None = None,
    shifting: Form | None = None,
    remarking: RemarkForm | None = None,
    signing: Form | None = None,
) -> Response:
    """The document; a form that was refused comes back with what was typed, and with 422."""
    case = load_case(session, g.actor, order_id, is_full=decision is not None)
    is_under_way = case.order.fulfilment != "open"  # else nothing left, so nothing came back
    is_open = case.order.approval_state == "approved" and any(map(parts.open_quantity, case.lines))
    may_ship = g.actor.may(Permission.ORDER_SHIP) and is_open
    refused = [
        form
        for form in (decision, shipment, cancelling, file, shifting, remarking, signing)
        if form is not None
    ]
    house = houses_of(session, case.order, shipment.warehouse.data if shipment else None)
    return render(
        session,
        "admin/orders/order.html",
        "order",
        status=422 if refused else 200,
        house=house,
        shifting=shifting or Form(),
        may_allocate=g.actor.may(Permission.ORDER_ALLOCATE) and is_open,
        case=case,
        order=case.order,
        origin=opportunities.origin_of(session, case.order),
        timeline=queries.timeline(session, order_id),
        parcels=parcels_of(session, order_id) if is_under_way else (),
        lines_by_id={line.id: line for line in case.lines},
        open_lines=[line for line in case.lines if parts.open_quantity(line)],
        open_quantity=parts.open_quantity,
        files=attachments.of(session, "order", order_id),
        answers=_answers(case, decision),
        shipment=shipment or (_offered(case.lines, case.base_units, house) if may_ship else None),
        cancelling=cancelling or CancellationForm(),
        file=file or FileForm(),
        change=amendments.latest_of(session, order_id),
        may_amend=g.actor.may(Permission.ORDER_AMEND) and is_open,
        **_talk(session, order_id, remarking),
        may_sign=g.actor.may(Permission.ORDER_ALLOCATE),
        signing=signing or Form(),
        returns=returns.of_order(session, order_id) if is_under_way else (),
        said_returned=returned,
        **billed.of_order(session, case.order),
        may_return=g.actor.may(Permission.ORDER_BEHALF) and has_come(case.order),
        may_ship=may_ship,
        may_cancel=g.actor.may(Permission.ORDER_CANCEL) and is_open,
    )


def _answers(case: Case, form: DecisionForm | None) -> inbox.Answers:
    """Who is asked decides; a held order, about which nobody is asked, can be sent back."""
    is_back = case.may_send_back or (case.may_decide and case.is_groundless)
    offered = (inbox.BACK, inbox.NO) if is_back else None
    order, facts = case.order, {"order": case.order}
    return inbox.answers_of("order", order.id, order.version, case.request, facts, form, offered=offered)


def _talk(session: Session, order_id: int, remarking: RemarkForm | None) -> dict[str, Any]:
    """What was written about the order, and the form to write more."""
    return {
        "thread": remarks.thread_of(session, g.actor, order_id),
        "thread_who": spoken.who,
        "side": "admin",
        "may_remark": g.actor.may(Permission.ORDER_REMARK),
        "remarking": remarking or RemarkForm(),
        "remark_url": url_for("admin.remarks.creation", order_id=order_id),
    }


def _offered(lines: Sequence[OrderLine], base_units: Mapping[int, str], house: House) -> ShipmentForm:
    """What the chosen warehouse can send now; where nothing is kept anywhere, all that is open."""
    form = shipment_form(lines, base_units, house.ready)(data={"warehouse": house.chosen})
    return form


def _ship(order_id: int, form: ShipmentForm, lines: Sequence[OrderLine]) -> bool:
    """Ship what was typed; a refusal about one line is told beside its quantity, one about dates beside these."""
    packed = packed_lines(form, lines)
    if form.errors:
        return False
    given = Dispatch(
        order_id,
        form.version.data,
        form.carrier.data,
        form.tracking_number.data or "",
        packed,
        form.warehouse.data or None,
    )
    try:
        run(ship_order, g.actor, given)
    except Refused as refusal:
        hear(refusal)
        if refusal.code == "shipment.expired":
            refuse_expired(form, words.say(refusal))
        elif refusal.code == "stock.not_on_hand":
            _tell_short(refusal, form, lines)
        else:
            with read() as session:
                told = in_packs(refusal, queries.lines_with_units(session, order_id))
            form.refuse(words.say(told), _field_of(refusal, form, lines))
        return False
    return True


def _tell_short(refusal: Refused, form: ShipmentForm, lines: Sequence[OrderLine]) -> None:
    """Which products are short, and how much of each lies there."""
    short = [line for line in lines if line.sku_id in refusal.facts.get("sku_ids", ())]
    with read() as session:
        found = lying(session, {line.sku_id for line in short}, form.warehouse.data or None)
        units = {line.id: sku.base_unit for line, sku in queries.lines_with_units(session, lines[0].order_id)}
    form.refuse(words.say(refusal))
    for line in short:
        there, free = (
            spoken.packed(max(each, 0), line.factor, line.unit, units[line.id])
            for each in found.get(line.sku_id, (0, 0))
        )
        form.refuse(
            gettext(
                "%(name)s: %(there)s lie there, %(free)s of it free",
                name=line.sku_name,
                there=there,
                free=free,
            )
        )


def _field_of(refusal: Refused, form: ShipmentForm, lines: Sequence[OrderLine]) -> str | None:
    """The quantity beside which a refusal about one product belongs."""
    sku = refusal.facts.get("sku")
    line = next((line for line in lines if sku is not None and line.sku_code == sku), None)
    if line is None:
        return None
    has_cases = line.factor > 1 and form[f"cases_{line.id}"].data
    return f"cases_{line.id}" if has_cases else f"quantity_{line.id}"
