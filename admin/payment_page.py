"""One payment: what it settled, what is left of it, and what finance can do with that."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.payments import bp
from trade import clock
from trade.actor import Actor, Permission
from trade.books.models import OpenItem
from trade.db import read
from trade.distributors import queries as distributors
from trade.flows.apply_payment import Choice, TakenBack, apply_payment, unapply_payment
from trade.flows.refund_payment import Back, refund_payment
from trade.flows.void_payment import Slip, void_payment
from trade.money import rounded
from trade.people.queries import names_of
from trade.receivables import payments, queries
from trade.receivables.rules import spread
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import DateField, Form, LongTextField, MoneyField, TextField
from web.i18n import money

MOST_DEBTS = 200  # on one page, the first due first


class LeftForm(Form):
    left = MoneyField(is_positive=False)  # of the payment, as the person saw it


class ApplyForm(LeftForm):
    """An amount for each open debt; made by `apply_form`."""


class RefundForm(LeftForm):
    refunded_on = DateField(_("Paid back on"))
    amount = MoneyField(_("Amount"))
    reference = TextField(
        _("Bank reference"), longest=80, hint=_("Of the transfer that went out; it counts once")
    )
    note = LongTextField(_("Note"), longest=500, is_needed=False)


class VoidForm(Form):
    reason = LongTextField(_("Reason"), longest=500)


@bp.get("/payments/<id:payment_id>")
@requires(Permission.PAYMENT_READ)
def detail(payment_id: int) -> Response:
    with read() as session:
        return _show(session, payment_id)


@bp.post("/payments/<id:payment_id>/applications")
@requires(Permission.PAYMENT_RECORD)
def applications(payment_id: int) -> Response:
    """Settle debts with what is left: those due first, or by the amounts that were typed."""
    with read() as session:
        payment = queries.get_for(session, g.actor, payment_id)
        debts = debts_of(session, payments.item_of(session, payment))
    form = settle(
        debts, payment.currency, apply_payment, lambda left, amounts: Choice(payment_id, left, amounts)
    )
    return _back(payment_id, form, applying=form)


@bp.post("/payments/<id:payment_id>/applications/<id:application_id>/reversal")
@requires(Permission.PAYMENT_RECORD)
def reversal(payment_id: int, application_id: int) -> Response:
    """Take one application back: the debt is open again."""
    form = Form()
    attempt(form, unapply_payment, TakenBack(payment_id, application_id))
    if not form.errors:
        say(gettext("Taken back; the debt is open again"))
    return _back(payment_id, form, undoing=form)


@bp.post("/payments/<id:payment_id>/voiding")
@requires(Permission.PAYMENT_RECORD)
def voiding(payment_id: int) -> Response:
    """Take back a payment that should not have been recorded."""
    form = VoidForm(request.form)
    if form.validate():
        attempt(form, void_payment, Slip(payment_id, form.reason.data))
    if not form.errors:
        say(gettext("The payment is void; its bank reference is free again"))
    return _back(payment_id, form, slip=form)


@bp.post("/payments/<id:payment_id>/refunds")
@requires(Permission.PAYMENT_RECORD)
def refunds(payment_id: int) -> Response:
    """Record that what is left went back, whole or in part."""
    form = RefundForm(request.form)
    if form.validate():
        given = Back(
            payment_id,
            form.left.data,
            form.refunded_on.data,
            form.amount.data,
            form.reference.data,
            form.note.data or "",
        )
        attempt(form, refund_payment, given)
    if not form.errors:
        say(gettext("Refund of %(amount)s recorded", amount=_spelled(payment_id, form.amount.data)))
    return _back(payment_id, form, refunding=form)


def settle(
    debts: Sequence[OpenItem],
    currency: str,
    flow: Callable[[Session, Actor, Any], Decimal],
    choose: Callable[[Decimal, dict[int, Decimal]], Any],
) -> Form:
    """Settle debts by what was sent, those due first or each as typed; answers the form with what was in the way."""
    is_oldest = "oldest" in request.form
    form = LeftForm(request.form) if is_oldest else apply_form(debts)(request.form)
    if form.validate():
        amounts = {} if is_oldest else _typed(form, debts)
        if not form.errors:
            settled = attempt(form, flow, choose(form.left.data, amounts))
            if settled is not None:
                say(gettext("%(amount)s settled", amount=money(settled, currency)))
    return form


def debts_of(session: Session, item: OpenItem) -> Sequence[OpenItem]:
    """The debts that one page offers to settle with an item."""
    return queries.debts_of(session, item.account_id)[:MOST_DEBTS]


def apply_form(debts: Sequence[OpenItem], amounts: dict[int, Decimal] | None = None) -> type[ApplyForm]:
    """A field for each open debt, filled with what would be settled oldest first."""
    fields = {
        f"amount_{debt.id}": MoneyField(
            debt.number,
            is_positive=False,
            is_needed=False,
            default=(amounts or {}).get(debt.id),
        )
        for debt in debts
    }
    return type("DebtsForm", (ApplyForm,), fields)


def _typed(form: Form, debts: Sequence[OpenItem]) -> dict[int, Decimal]:
    """What was typed for each debt; more than is open of one is told beside it."""
    found = {}
    for debt in debts:
        field = form[f"amount_{debt.id}"]
        if not field.data:
            continue
        found[debt.id] = field.data
        if field.data > debt.amount - debt.applied:
            left = f"{debt.amount - debt.applied:.2f}"
            form.refuse(gettext("Of this debt only %(left)s is open", left=left), field.name)
    if not found and not form.errors:
        form.refuse(gettext("Please enter an amount for at least one debt"))
    return found


def _spelled(payment_id: int, amount: Decimal) -> str:
    with read() as session:
        return money(amount, queries.get_for(session, g.actor, payment_id).currency)


def _back(payment_id: int, form: Form, **refused: Form) -> Response:
    """Back to the page after a deed; refused, the page with what was typed."""
    if not form.errors:
        return go(url_for(".detail", payment_id=payment_id))
    with read() as session:
        return _show(session, payment_id, **refused)


def _show(
    session: Session,
    payment_id: int,
    *,
    applying: Form | None = None,
    undoing: Form | None = None,
    slip: Form | None = None,
    refunding: Form | None = None,
) -> Response:
    payment = queries.get_for(session, g.actor, payment_id)
    item = payments.item_of(session, payment)
    return render(
        session,
        "admin/payments/payment.html",
        "payment",
        status=422 if applying or undoing or slip or refunding else 200,
        payment=payment,
        target=f"payment-{payment_id}",
        deed=lambda verb, **more: url_for(f"admin.payments.{verb}", payment_id=payment_id, **more),
        distributor=distributors.get_for(session, g.actor, payment.distributor_id),
        names=names_of(session, {payment.person_id}),
        may_record=g.actor.may(Permission.PAYMENT_RECORD) and payment.voided_at is None,
        slip=slip or VoidForm(),
        **sheet(session, item, payment.currency, applying, undoing, refunding),
    )


def sheet(
    session: Session,
    item: OpenItem,
    currency: str,
    applying: Form | None,
    undoing: Form | None,
    refunding: Form | None,
) -> dict[str, Any]:
    """What the page of a payment and of a credit note both show: what it settled, what is left, what is open."""
    left = item.amount - item.applied if item.voided_at is None else Decimal(0)
    debts = queries.debts_of(session, item.account_id) if left else []
    shown = debts[:MOST_DEBTS]
    preset = spread(left, [(debt.id, debt.amount - debt.applied) for debt in shown])
    is_by_hand = isinstance(applying, ApplyForm)
    filled = apply_form(shown, {key: rounded(amount) for key, amount in preset.items()})
    usual = {"refunded_on": clock.today(), "amount": rounded(left) or None}
    return {
        "item": item,
        "currency": currency,
        "left": left,
        "used": queries.settled_by(session, item.id),
        "debts": shown,
        "more": len(debts) - len(shown),
        "applying": applying if is_by_hand else filled(),
        "oldest": applying if applying is not None and not is_by_hand else None,
        "undoing": undoing,
        "refunding": refunding or RefundForm(data=usual),
        "today": clock.today(),
    }
