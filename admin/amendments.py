"""Changing an order before it is shipped: tried out, made or asked for, decided, taken back."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import inbox as pages
from admin.desk import show_desk
from admin.inbox import Decided, DecisionForm, Facts, Kind, YesNoForm
from trade.actor import Actor, Permission
from trade.amendments import changes, desk
from trade.approvals.inbox import Item
from trade.approvals.queries import history
from trade.db import read
from trade.errors import Refused
from trade.flows.decide_amendment import AmendmentDecision, decide_amendment
from trade.flows.withdraw_amendment import SeenAmendment, withdraw_amendment
from trade.orders import queries
from trade.orders.models import Order
from web import amend_pages, amending
from web.access import requires
from web.amending import AmendmentForm, PreviewForm
from web.answer import attempt, go, render, say
from web.forms import Form, MoneyField, VersionForm
from web.i18n import money

bp = Blueprint("amendments", __name__)


class AmendmentDecisionForm(YesNoForm):
    seen_gross = MoneyField(is_positive=False, is_needed=False)


@bp.get("/orders/<id:order_id>/amendment")
@requires(Permission.ORDER_AMEND)
def draft(order_id: int) -> Response:
    with read() as session:
        return _show_draft(session, order_id, PreviewForm(), None)


@bp.post("/orders/<id:order_id>/amendment/preview")
@requires(Permission.ORDER_AMEND)
def preview(order_id: int) -> Response:
    """What the typed quantities would come to; nothing is written."""
    return amend_pages.try_out(order_id, _show_draft)


@bp.post("/orders/<id:order_id>/amendment")
@requires(Permission.ORDER_AMEND)
def amendment(order_id: int) -> Response:
    def done(amendment_id: int) -> Response:
        with read() as session:
            state = changes.get_for(session, g.actor, amendment_id).state
        if state == "applied":
            say(gettext("The order is changed"))
        else:
            say(gettext("Sent for a decision; the order stays as it is until then"))
        return go(url_for("admin.orders.detail", order_id=order_id))

    return amend_pages.send(order_id, _order, _show_draft, done)


@bp.get("/amendments/<id:amendment_id>")
@requires(Permission.ORDER_REVIEW)
def detail(amendment_id: int) -> Response:
    with read() as session:
        return show_amendment(session, amendment_id, None)


@bp.post("/amendments/<id:amendment_id>/decision")
@requires(Permission.ORDER_APPROVE)
def decision(amendment_id: int) -> Response:
    """Yes or no."""

    def show_document(session: Session, form: DecisionForm) -> Response:
        return show_amendment(session, amendment_id, form)

    def show_item(session: Session, item: Item, form: DecisionForm) -> Response:
        return show_desk(session, item.request.id, form)

    return pages.answer("amendment", amendment_id, show_document, show_item)


@bp.post("/amendments/<id:amendment_id>/withdrawal")
@requires(Permission.ORDER_AMEND)
def withdrawal(amendment_id: int) -> Response:
    """Take back what one asked for oneself."""
    form = VersionForm(request.form)
    if form.validate():
        attempt(form, withdraw_amendment, SeenAmendment(amendment_id, form.version.data))
    with read() as session:
        order_id = changes.get_for(session, g.actor, amendment_id).order_id
        if form.errors:
            return show_amendment(session, amendment_id, form)
    say(gettext("The change is taken back; the order stays as it is"))
    return go(url_for("admin.orders.detail", order_id=order_id))


def show_amendment(session: Session, amendment_id: int, form: Form | None) -> Response:
    """A change with all that a person needs to decide about it: what was asked for, and what it would be today."""
    facts = _load(session, g.actor, amendment_id)
    found, asked = facts["found"], facts["asked"]
    deciding = form if isinstance(form, DecisionForm) else None
    return render(
        session,
        "admin/amendments/amendment.html",
        "amendment",
        status=422 if form is not None and form.errors else 200,
        decided=history(session, "amendment", amendment_id) if found.state != "pending" else (),
        may_decide=asked is not None and g.actor.may(Permission.ORDER_APPROVE),
        may_withdraw=found.state == "pending" and found.person_id == g.actor.person_id,
        answers=pages.answers_of("amendment", amendment_id, found.version, asked, facts, deciding),
        refused=form,
        **facts,
    )


def _load(session: Session, actor: Actor, amendment_id: int) -> dict[str, Any]:
    """A change as it was asked for, and what it would be today with what the credit is then."""
    waiting = desk.get_for(session, actor, amendment_id)
    found = waiting.amendment
    lines = desk.lines_of(session, amendment_id)
    now, problems, standing = None, [], None
    if found.state == "pending":
        wanted = {f"q-{each.sku.id}": str(each.line.quantity_after) for each in lines}
        sheet = amending.sheet_of(session, actor, waiting.order, wanted)
        now, standing = sheet.change, sheet.standing
        problems = [f"{row.sku.code}: {row.error}" for row in sheet.rows if row.error] + sheet.faults
    return {
        "found": found,
        "order": waiting.order,
        "title": waiting.order.number or "",
        "lines": lines,
        "asked": waiting.asked,
        "now": now,
        "problems": problems,
        "standing": standing,
        "asker": waiting.person_name or "",
        "amending": amending,
    }


def _given(decided: Decided) -> AmendmentDecision:
    form = decided.form
    seen = decided.request.amount if form is None and decided.request else None
    return AmendmentDecision(
        decided.subject_id,
        decided.version,
        decided.decision,
        decided.comment,
        form["seen_gross"].data if form is not None else seen,
        decided.step,
    )


def _yes(facts: Facts) -> str:
    change = facts["now"] or facts["found"]
    amount = money(change.gross_after, facts["order"].currency)
    return gettext("Approve this change, %(amount)s", amount=amount)


pages.register(
    Kind(
        subject="amendment",
        words=_("Change of an order"),
        panel="admin/inbox/amendment.html",
        load=_load,
        decision_url=lambda amendment_id: url_for("admin.amendments.decision", amendment_id=amendment_id),
        url=lambda amendment_id, facts: url_for("admin.amendments.detail", amendment_id=amendment_id),
        flow=decide_amendment,
        given=_given,
        form=lambda facts: AmendmentDecisionForm,
        fields="admin/inbox/amendment_fields.html",
        answers=(pages.YES, pages.NO),
        yes=_yes,
        said={pages.YES: _("%(title)s is changed"), pages.NO: _("The change of %(title)s is refused")},
        may_tick=True,
    )
)


def _show_draft(session: Session, order_id: int, form: Form, refusal: Refused | None) -> Response:
    order = _order(session, order_id)
    sheet = amending.sheet_of(session, g.actor, order, request.form)
    if refusal is not None:
        amending.explain(form, sheet, refusal)
    is_confirming = isinstance(form, AmendmentForm)
    return render(
        session,
        "admin/amendments/draft.html",
        "draft",
        status=422 if is_confirming and form.errors else 200,
        order=order,
        sheet=sheet,
        form=form,
        pending=changes.find_pending(session, order_id),
        amending=amending,
        urls={
            "preview": url_for(".preview", order_id=order_id),
            "confirm": url_for(".amendment", order_id=order_id),
        },
    )


def _order(session: Session, order_id: int) -> Order:
    return queries.get_for(session, g.actor, order_id)
