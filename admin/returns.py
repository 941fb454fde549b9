"""Returns of the brand's distributors: decided, taken in, credited; asked for on a distributor's behalf."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import billed
from admin import inbox as pages
from admin.desk import show_desk
from admin.inbox import Decided, DecisionForm, Facts, Kind
from admin.refused import explain
from admin.return_forms import IntakeForm, accepted, came, decision_form, intake_form
from admin.return_list import RETURNS
from trade import clock
from trade.actor import Actor, Permission
from trade.approvals.inbox import Item
from trade.attachments import queries as attachments
from trade.attachments import store
from trade.db import read, run
from trade.errors import Refused
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.receive_return import Intake, receive_return
from trade.flows.request_return import request_return
from trade.inventory.queries import warehouses
from trade.orders import queries as orders
from trade.receivables import credit_notes
from trade.returns import crediting, desk, queries
from trade.returns.queries import Asked
from trade.returns.states import OPEN
from web import returned
from web.access import requires
from web.answer import go, render, say
from web.downloads import answer_file
from web.forms import Form
from web.returned import Offer, RequestForm

bp = Blueprint("returns", __name__)
YEAR = timedelta(days=365)


@bp.get("/returns")
@requires(Permission.RETURN_READ)
def index() -> Response:
    with read() as session:
        listed = RETURNS.open(session)
        return render(session, "admin/returns/returns.html", "returns", listed=listed, said=returned)


@bp.post("/returns/export")
@requires(Permission.RETURN_READ)
def export() -> Response:
    return RETURNS.export_sheet()


@bp.get("/returns/<id:return_id>")
@requires(Permission.RETURN_READ)
def detail(return_id: int) -> Response:
    with read() as session:
        return show_return(session, return_id)


@bp.post("/returns/<id:return_id>/decision")
@requires(Permission.RETURN_DECIDE)
def decision(return_id: int) -> Response:
    """Yes, no, or back for correction."""

    def show_document(session: Session, form: DecisionForm) -> Response:
        return show_return(session, return_id, deciding=form)

    def show_item(session: Session, item: Item, form: DecisionForm) -> Response:
        return show_desk(session, item.request.id, form)

    return pages.answer("return", return_id, show_document, show_item)


@bp.post("/returns/<id:return_id>/intake")
@requires(Permission.RETURN_RECEIVE)
def intake(return_id: int) -> Response:
    """Take the goods in and credit what came."""
    with read() as session:
        queries.get_for(session, g.actor, return_id)
        lines, houses = queries.lines_of(session, return_id), warehouses(session)
    form = intake_form(lines, houses)(request.form)
    if form.validate():
        given = Intake(
            return_id,
            form.version.data,
            int(form.warehouse.data),
            came(form, lines),
            form.comment.data or "",
        )
        try:
            run(receive_return, g.actor, given)
            say(gettext("Taken in and credited"))
            return go(url_for(".detail", return_id=return_id))
        except Refused as refusal:
            explain(form, refusal, "return", return_id)
    with read() as session:
        return show_return(session, return_id, taking_in=form)


@bp.post("/returns/<id:return_id>/attachments")
@requires(Permission.RETURN_READ)
def attachment(return_id: int) -> Response:
    """Add photos, such as of what arrived at the warehouse."""
    with read() as session:
        queries.get_for(session, g.actor, return_id)
    form, _count = returned.attach_photos(return_id)
    if not form.errors:
        say(gettext("The photos are kept with this return"))
        return go(url_for(".detail", return_id=return_id))
    with read() as session:
        return show_return(session, return_id, filing=form)


@bp.get("/returns/<id:return_id>/attachments/<id:attachment_id>")
@requires(Permission.RETURN_READ)
def download(return_id: int, attachment_id: int) -> Response:
    with read() as session:
        queries.get_for(session, g.actor, return_id)
        file = attachments.get_of(session, "return", return_id, attachment_id)
    return answer_file(store.load(file.stored_as), file.media_type, file.name)


@bp.get("/orders/<id:order_id>/returns")
@requires(Permission.ORDER_BEHALF)
def draft(order_id: int) -> Response:
    """The form with which staff asks for a distributor, also after its days are over."""
    with read() as session:
        offer = returned.offer(session, order_id)
        return _show_form(session, offer, returned.new_form(offer))


@bp.post("/orders/<id:order_id>/returns")
@requires(Permission.ORDER_BEHALF)
def creation(order_id: int) -> Response:
    with read() as session:
        offer = returned.offer(session, order_id)
    form = returned.request_form(offer.lines, offer.reasons)(request.form)
    if form.validate():
        try:
            actor = replace(g.actor, on_behalf_of=offer.order.distributor_id)
            return_id = run(request_return, actor, returned.new_return(form, offer))
            say(gettext("Asked for the distributor; somebody else decides"))
            return go(url_for(".detail", return_id=return_id))
        except Refused as refusal:
            returned.refuse(form, refusal, offer.lines)
    with read() as session:
        return _show_form(session, offer, form)


def show_return(
    session: Session,
    return_id: int,
    *,
    deciding: DecisionForm | None = None,
    taking_in: IntakeForm | None = None,
    filing: Form | None = None,
) -> Response:
    """The request with all that a person needs to decide about it or to take its goods in."""
    found = queries.get_for(session, g.actor, return_id)
    lines, events = queries.lines_of(session, return_id), queries.timeline(session, return_id)
    asked = desk.find_asked(session, g.actor, return_id) if found.state == "requested" else None
    may_receive = found.state == "approved" and g.actor.may(Permission.RETURN_RECEIVE)
    houses = warehouses(session) if may_receive or taking_in else []
    may_see_note = found.state == "credited" and g.actor.may(Permission.PAYMENT_READ)
    refused = [form for form in (deciding, taking_in, filing) if form is not None]
    answers = pages.answers_of(
        "return", return_id, found.version, asked, {"found": found, "lines": lines}, deciding
    )
    return render(
        session,
        "admin/returns/return.html",
        "return",
        status=422 if refused else 200,
        found=found,
        order=orders.get_for(session, g.actor, found.order_id),
        reason=queries.get_reason(session, found.reason_id),
        lines=lines,
        files=attachments.of(session, "return", return_id),
        story=returned.story(events, found),
        rate=queries.rate_of(session, found.distributor_id, clock.today() - YEAR),
        worth=_worth(lines),
        note=credit_notes.find_of(session, return_id) if may_see_note else None,
        asked=asked,
        answers=answers,
        taking_in=taking_in or (intake_form(lines, houses)() if may_receive else None),
        filing=filing,
        may_decide=asked is not None and g.actor.may(Permission.RETURN_DECIDE),
        may_receive=may_receive,
        may_attach=found.state in OPEN,
        said=returned,
        **billed.of_return(session, found),
    )


def _worth(lines: Sequence[Asked]) -> Mapping[int, Decimal]:
    """What is credited for each line as it is accepted, or asked for."""
    whole = {
        each.asked.id: each.asked.requested if each.asked.accepted is None else each.asked.accepted
        for each in lines
    }
    return crediting.parts(lines, whole)


def _load(session: Session, actor: Actor, return_id: int) -> dict[str, Any]:
    """What comes back and why, what it is worth, and how often the distributor gives goods back."""
    found = queries.get_for(session, actor, return_id)
    lines = queries.lines_of(session, return_id)
    return {
        "found": found,
        "title": found.number,
        "lines": lines,
        "worth": _worth(lines),
        "return_reason": queries.get_reason(session, found.reason_id),
        "files": attachments.of(session, "return", return_id),
        "rate": queries.rate_of(session, found.distributor_id, clock.today() - YEAR),
        "said_returned": returned,
    }


def _given(decided: Decided) -> ReturnDecision:
    with read() as session:
        lines = queries.lines_of(session, decided.subject_id)
    form = decided.form
    is_part = decided.is_yes and form is not None
    return ReturnDecision(
        decided.subject_id,
        decided.version,
        decided.decision,
        decided.comment,
        accepted(form, lines) if is_part else {},
        is_waived=bool(form["is_waived"].data) if form is not None else False,
        step=decided.step,
    )


def _yes(facts: Facts) -> str:
    found = facts["found"]
    return gettext("Accept and credit") if found.is_missing else gettext("Accept this return")


def _reason(fact: Mapping[str, Any], currency: str) -> tuple[str, str]:
    return "info", returned.reason_name(str(fact.get("name", "")))


pages.register(
    Kind(
        subject="return",
        words=_("Return"),
        panel="admin/inbox/return.html",
        load=_load,
        decision_url=lambda return_id: url_for("admin.returns.decision", return_id=return_id),
        url=lambda return_id, facts: url_for("admin.returns.detail", return_id=return_id),
        flow=decide_return,
        given=_given,
        form=lambda facts: decision_form(facts["lines"]),
        fields="admin/inbox/return_fields.html",
        yes=_yes,
        said={
            pages.YES: _("Accepted %(title)s"),
            pages.BACK: _("Sent %(title)s back for correction"),
            pages.NO: _("Rejected %(title)s"),
        },
        reason=_reason,
        may_tick=True,
    )
)


def _show_form(session: Session, offer: Offer, form: RequestForm) -> Response:
    return render(
        session,
        "admin/returns/draft.html",
        "draft",
        status=422 if form.errors else 200,
        order=offer.order,
        form=form,
        lines=offer.lines,
        needy=offer.needy,
    )
