"""One line of a bank: whose it is, what it pays, and the decision about it."""

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin import bank_words
from admin.bank import bp
from trade.actor import Permission
from trade.banking import knowing, lines, matching
from trade.banking.lines import Seen
from trade.db import read
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor
from trade.flows.match_bank_line import (
    Aside,
    Confirmation,
    Same,
    confirm_bank_line,
    reopen_bank_line,
    set_bank_line_aside,
    tie_bank_line,
)
from trade.people.queries import names_of
from trade.receivables import queries
from web import asked
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import ChoiceField, Form, LongTextField, TextField, VersionForm, WholeNumberField


class ConfirmForm(VersionForm):
    distributor = TextField(_("Distributor (code, or a part of its name)"), longest=100)
    way = ChoiceField(
        _("Where it goes"),
        choices=[
            ("proposed", _("As shown")),
            ("oldest", _("To the debts due first")),
            ("later", _("Keep it as a prepayment for now")),
        ],
        default="proposed",
    )
    shown = TextField(longest=40, is_needed=False)
    whose = WholeNumberField(is_needed=False)  # the distributor whose documents were shown


class ReasonForm(VersionForm):
    reason = LongTextField(_("Reason"), longest=300)


class SameForm(VersionForm):
    payment = WholeNumberField()


@bp.get("/bank/lines/<id:line_id>")
@requires(Permission.PAYMENT_RECORD)
def line(line_id: int) -> Response:
    with read() as session:
        return _show(session, line_id)


@bp.post("/bank/lines/<id:line_id>/confirmation")
@requires(Permission.PAYMENT_RECORD)
def confirmation(line_id: int) -> Response:
    """Book it for the distributor; another one than shown is looked at first."""
    form = ConfirmForm(request.form)
    chosen = None
    with read() as session:
        lines.get_for(session, g.actor, line_id)
        if form.validate():
            chosen = lines.find_distributor(session, g.actor, form.distributor.data)
        if not form.errors and chosen is None:
            form.refuse(
                gettext("Not one distributor, but none or several; please give its code"), "distributor"
            )
        if chosen is None:
            return _show(session, line_id, confirming=form)
    if chosen.id != form.whose.data:
        return go(url_for(".line", line_id=line_id, distributor=chosen.id))
    seen = Seen(line_id, form.version.data)
    given = Confirmation(seen, chosen.id, form.way.data, form.shown.data or "")
    attempt(form, confirm_bank_line, given)
    return _onward(line_id, gettext("Booked for %(name)s", name=chosen.name), form, confirming=form)


@bp.post("/bank/lines/<id:line_id>/aside")
@requires(Permission.PAYMENT_RECORD)
def aside(line_id: int) -> Response:
    """It is no distributor's money."""
    form = ReasonForm(request.form)
    if form.validate():
        given = Aside(Seen(line_id, form.version.data), form.reason.data)
        attempt(form, set_bank_line_aside, given)
    return _onward(line_id, gettext("Set aside"), form, leaving=form)


@bp.post("/bank/lines/<id:line_id>/tie")
@requires(Permission.PAYMENT_RECORD)
def tie(line_id: int) -> Response:
    """It is a payment that was recorded already."""
    form = SameForm(request.form)
    if form.validate():
        attempt(form, tie_bank_line, Same(Seen(line_id, form.version.data), form.payment.data))
    return _onward(line_id, gettext("Linked; the money is booked once"), form, tying=form)


@bp.post("/bank/lines/<id:line_id>/reopening")
@requires(Permission.PAYMENT_RECORD)
def reopening(line_id: int) -> Response:
    """Take the decision back, with the payment and all that it settled."""
    form = ReasonForm(request.form)
    if form.validate():
        attempt(form, reopen_bank_line, Aside(Seen(line_id, form.version.data), form.reason.data))
    if not form.errors:
        say(gettext("Taken back; the line waits again"))
        return go(url_for(".line", line_id=line_id))
    with read() as session:
        return _show(session, line_id, reopening_=form)


def _onward(line_id: int, said: str, form: Form, **refused: Form) -> Response:
    """On to the next line that waits; refused, the line with what was typed."""
    with read() as session:
        if form.errors:
            return _show(session, line_id, **refused)
        following = lines.next_open(session, g.actor)
    say(said)
    return go(url_for(".line", line_id=following) if following else url_for(".index"))


def _show(
    session: Session,
    line_id: int,
    *,
    confirming: Form | None = None,
    leaving: Form | None = None,
    tying: Form | None = None,
    reopening_: Form | None = None,
) -> Response:
    found = lines.get_for(session, g.actor, line_id)
    mapping = lines.mapping_of(session, found)
    payment = queries.get_for(session, g.actor, found.payment_id) if found.payment_id else None
    whose = _whose(session, payment.distributor_id if payment else found.proposed_id)
    debts: list[matching.Debt] = []
    if whose is not None and found.state == "open":
        known = knowing.debts(session, mapping.legal_entity_id, mapping.currency, [whose.id])
        debts = list(known.get(whose.id, ()))
    parts = matching.plan(found.amount, debts, matching.named(found.reference, debts))
    by_id = {each.id: each for each in debts}
    is_open = found.state == "open"
    same = queries.same_amount(session, whose.id, found.amount, found.day) if whose and is_open else []
    preset = {
        "distributor": whose.code if whose else "",
        "shown": matching.digest(parts),
        "whose": whose.id if whose else None,
    }
    return render(
        session,
        "admin/bank/line.html",
        "line",
        status=422 if confirming or leaving or tying or reopening_ else 200,
        found=found,
        mapping=mapping,
        words=bank_words,
        whose=whose,
        is_proposed=whose is not None and whose.id == found.proposed_id,
        payment=payment,
        parts=[(by_id[each.debt_id], each.amount) for each in parts],
        rest=found.amount - sum(each.amount for each in parts),
        shown=matching.digest(parts),
        same=same,
        names=names_of(session, {found.person_id}),
        confirming=confirming or ConfirmForm(data=preset),
        leaving=leaving or ReasonForm(),
        tying=tying,
        reopening=reopening_ or ReasonForm(),
    )


def _whose(session: Session, usual: int | None) -> Distributor | None:
    """The distributor that the person wants to look at, else the one proposed."""
    wanted = asked.number("distributor") or usual
    return None if wanted is None else distributors.get_for(session, g.actor, wanted)
