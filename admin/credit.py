"""Credit as finance works through it: accounts, requests for more, what is over, what is late, and groups."""

from typing import Any

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import inbox as pages
from admin.credit_list import ACCOUNTS
from admin.desk import show_desk
from admin.inbox import Decided, DecisionForm, Kind, YesNoForm
from trade import clock
from trade.actor import Actor, Permission
from trade.approvals.inbox import Item
from trade.credit import groups, requests
from trade.credit.queries import limits_of, standing_of
from trade.db import read
from trade.distributors.queries import credit_group_of, get_for
from trade.errors import Refused
from trade.flows.allow_over_limit import OverLimit, allow_over_limit
from trade.flows.decide_limit import LimitDecision, decide_limit
from trade.flows.set_group_limit import GroupLimit, set_group_limit
from trade.money import rounded
from trade.orders import queries as orders
from trade.people.queries import names_of
from trade.receivables import ageing, parts
from web import asked
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, DateField, Form, LongTextField, MoneyField, VersionForm

bp = Blueprint("credit", __name__)
BY = {
    "distributor": _("Distributor"),
    "rep": _("Sales representative"),
    "territory": _("Territory"),
}
BUCKETS = (
    _("Not due"),
    _("1 to 7 days"),
    _("8 to 30 days"),
    _("31 to 60 days"),
    _("61 to 90 days"),
    _("Over 90 days"),
)
CHARTED = 12


class LimitDecisionForm(YesNoForm):
    amount = MoneyField(_("Amount"))
    until = DateField(_("Last day"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Who says no gives nothing, so that amount and day may be empty."""
        if self.decision.data == pages.NO:
            self.amount.validators = self.until.validators = ()
        return bool(super().validate(extra_validators))


class OverLimitForm(VersionForm):
    amount = MoneyField(_("Over the limit"))
    reason = LongTextField(_("Reason"), longest=500)


class GroupLimitForm(Form):
    currency = ChoiceField(_("Currency"), choices=[])
    amount = MoneyField(_("Limit of all together"), is_positive=False)
    until = DateField(_("Last day, for a temporary limit on top"), is_needed=False)
    reason = LongTextField(_("Reason"), longest=500)


@bp.get("/credit")
@requires(Permission.CREDIT_REVIEW)
def index() -> Response:
    with read() as session:
        waiting = requests.to_decide(session, g.actor)
        return render(
            session, "admin/credit/accounts.html", "credit", listed=ACCOUNTS.open(session), waiting=waiting
        )


@bp.post("/credit/export")
@requires(Permission.CREDIT_REVIEW)
def export() -> Response:
    return ACCOUNTS.export_sheet()


@bp.get("/credit/ageing")
@requires(Permission.CREDIT_REVIEW)
def age() -> Response:
    """What is owed by how late it is, as a chart and a table."""
    by = asked.text("by") if asked.text("by") in ageing.GROUPS else "distributor"
    with read() as session:
        lines = ageing.lines(session, g.actor, by, clock.today())
        whole = max((line.owed for line in lines), default=None)
        return render(
            session,
            "admin/credit/ageing.html",
            "ageing",
            by=by,
            groups=BY,
            buckets=BUCKETS,
            lines=lines,
            charted=lines[:CHARTED],
            whole=whole,
            totals=ageing.totals(lines),
            today=clock.today(),
        )


@bp.get("/credit/requests/<id:request_id>")
@requires(Permission.CREDIT_REVIEW)
def wanted(request_id: int) -> Response:
    with read() as session:
        return _show_request(session, request_id, None)


@bp.post("/credit/requests/<id:request_id>/decision")
@requires(Permission.CREDIT_LIMIT)
def decision(request_id: int) -> Response:
    def show_document(session: Session, form: DecisionForm) -> Response:
        return _show_request(session, request_id, form)

    def show_item(session: Session, item: Item, form: DecisionForm) -> Response:
        return show_desk(session, item.request.id, form)

    return pages.answer(requests.SUBJECT, request_id, show_document, show_item)


@bp.post("/orders/<id:order_id>/over-limit-approval")
@requires(Permission.CREDIT_EXCEED)
def over_limit(order_id: int) -> Response:
    """Let one order go beyond the limit, with a reason."""
    form = OverLimitForm(request.form)
    if form.validate():
        given = OverLimit(order_id, form.version.data, form.amount.data, form.reason.data)
        state = attempt(form, allow_over_limit, given)
        if state is not None:
            say(gettext("Approved beyond the limit; valid for this order only"))
            return go(url_for("admin.orders.detail", order_id=order_id))
    with read() as session:
        order = orders.get_for(session, g.actor, order_id)
        return _show_over(session, order, form)


@bp.get("/orders/<id:order_id>/over-limit-approval")
@requires(Permission.CREDIT_EXCEED)
def over_limit_form(order_id: int) -> Response:
    with read() as session:
        return _show_over(session, orders.get_for(session, g.actor, order_id), None)


@bp.get("/credit/groups/<id:group_id>")
@requires(Permission.CREDIT_REVIEW)
def group(group_id: int) -> Response:
    with read() as session:
        return _show_group(session, group_id, None)


@bp.post("/credit/groups/<id:group_id>/limits")
@requires(Permission.CREDIT_LIMIT)
def group_limit(group_id: int) -> Response:
    with read() as session:
        form = _group_form(session, group_id, request.form)
    if form.validate():
        given = GroupLimit(group_id, form.currency.data, form.amount.data, form.reason.data, form.until.data)
        attempt(form, set_group_limit, given)
        if not form.errors:
            say(gettext("Limit of the group set"))
            return go(url_for(".group", group_id=group_id))
    with read() as session:
        return _show_group(session, group_id, form)


def _show_request(session: Session, request_id: int, form: DecisionForm | None) -> Response:
    facts = _load(session, g.actor, request_id)
    found, before = facts["found"], facts["before"]
    asked = requests.find_asked(session, g.actor, found.id) if g.actor.may(Permission.CREDIT_LIMIT) else None
    return render(
        session,
        "admin/credit/request.html",
        "request",
        status=422 if form else 200,
        asked=asked,
        given=requests.given_for(session, [found, *before]),
        answers=pages.answers_of(requests.SUBJECT, found.id, found.version, asked, facts, form),
        **facts,
    )


def _load(session: Session, actor: Actor, request_id: int) -> dict[str, Any]:
    """What is asked for, how the account stands, what is due next, and what was asked for before."""
    found = requests.get_for(session, actor, request_id)
    today = clock.today()
    distributor = get_for(session, actor, found.distributor_id)
    return {
        "found": found,
        "title": distributor.name,
        "distributor": distributor,
        "standing": standing_of(session, actor, found.distributor_id, today),
        "due": parts.next_due(session, found.account_id),
        "before": requests.of_distributor(session, actor, found.distributor_id)[:6],
        "names": names_of(session, {found.person_id}),
        "today": today,
    }


def _given(decided: Decided) -> LimitDecision:
    form = decided.form
    is_given = decided.is_yes and form is not None
    return LimitDecision(
        decided.subject_id,
        decided.version,
        decided.decision,
        decided.comment,
        form["amount"].data if is_given else None,
        form["until"].data if is_given else None,
        decided.step,
    )


pages.register(
    Kind(
        subject=requests.SUBJECT,
        words=_("Temporary limit"),
        panel="admin/inbox/limit_request.html",
        load=_load,
        decision_url=lambda request_id: url_for("admin.credit.decision", request_id=request_id),
        url=lambda request_id, facts: url_for("admin.credit.wanted", request_id=request_id),
        flow=decide_limit,
        given=_given,
        form=lambda facts: LimitDecisionForm,
        preset=lambda facts: {"amount": rounded(facts["found"].amount), "until": facts["found"].until},
        fields="admin/inbox/limit_fields.html",
        answers=(pages.YES, pages.NO),
        yes=lambda facts: gettext("Give this limit"),
        said={pages.YES: _("Temporary limit given"), pages.NO: _("Request refused")},
        may_tick=True,
    )
)


def _show_over(session: Session, order: orders.Order, form: OverLimitForm | None) -> Response:
    standing = standing_of(session, g.actor, order.distributor_id, clock.today())
    over = None
    if standing is not None:
        needed = order.gross if order.approval_state == "held" else 0
        over = max(needed - standing.available, standing.available * 0)
    return render(
        session,
        "admin/credit/over.html",
        "over",
        status=422 if form else 200,
        order=order,
        standing=standing,
        over=over,
        form=form or OverLimitForm(data={"amount": over and rounded(over)}),
    )


def _group_form(session: Session, group_id: int, data: object = None) -> GroupLimitForm:
    found = groups.exposures(session, [group_id]).get(group_id, [])
    form = GroupLimitForm(data)
    form.currency.choices = [(each.currency, each.currency) for each in found] or [("CNY", "CNY")]
    return form


def _show_group(session: Session, group_id: int, form: GroupLimitForm | None) -> Response:
    found = credit_group_of(session, group_id)
    if found is None or not g.actor.scope.is_everyone:
        raise Refused("credit_group.not_found")
    accounts = groups.accounts_of(session, group_id)
    return render(
        session,
        "admin/credit/group.html",
        "group",
        status=422 if form else 200,
        found=found,
        accounts=accounts,
        exposures=groups.exposures(session, [group_id]).get(group_id, []),
        limits={each.id: limits_of(session, each.id) for each in accounts},
        members=groups.members_of(session, g.actor, group_id),
        form=form or _group_form(session, group_id),
        may_set=g.actor.may(Permission.CREDIT_LIMIT),
        today=clock.today(),
    )
