"""Distributors of the brand: who they are, what they owe, how much credit they have."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin.distributor_list import DISTRIBUTORS
from trade import clock, settings
from trade.actor import Permission
from trade.credit.ledger import GRACE
from trade.credit.queries import blocks_of, limits_told, standing_of
from trade.db import read
from trade.distributors import queries
from trade.flows.record_payment import record_payment
from trade.flows.set_credit import Block, NewLimit, set_block, set_limit
from trade.orders import queries as orders
from trade.receivables.payments import Receipt
from trade.receivables.queries import payments_of
from trade.windows import Window
from web.access import requires
from web.answer import attempt, go, render, say
from web.forms import CheckField, ChoiceField, DateField, Form, LongTextField, MoneyField, TextField
from web.i18n import money

bp = Blueprint("distributors", __name__)
SHOWN = 10
CHANGES = {  # what may be said about blocking, and what is answered
    "unblock": (_("Pause only when something is overdue"), _("New orders are possible again")),
    "block": (
        _("Pause new orders (held when submitted)"),
        _("New orders are paused; what is submitted is held"),
    ),
    "exempt": (
        _("Never pause, however late it pays"),
        _("This distributor is no longer paused for what is overdue"),
    ),
}
CHANGE_OF = {"on": "block", "auto": "unblock", "off": "exempt"}  # by what holds


class LimitForm(Form):
    amount = MoneyField(_("Credit limit"), is_positive=False)
    reason = LongTextField(_("Reason"), longest=500)
    until = DateField(
        _("Until"), is_needed=False, hint=_("Only for a temporary limit on top of the base one")
    )


class BlockForm(Form):
    change = ChoiceField(_("New orders"), choices=[(each, words) for each, (words, _told) in CHANGES.items()])
    reason = LongTextField(_("Reason"), longest=500)


class PaymentForm(Form):
    paid_on = DateField(_("Received on"))
    amount = MoneyField(_("Amount"))
    reference = TextField(
        _("Bank reference"), longest=80, hint=_("Counts once, so that no payment is entered twice")
    )
    is_later = CheckField(_("Keep it as a prepayment for now; otherwise it pays the debts due first"))
    note = LongTextField(_("Note"), longest=500, is_needed=False)
    currency = TextField(longest=3, is_needed=False)  # of the account, as the person saw it
    is_prepayment = CheckField(_("It is a prepayment, the amount is right"))


@bp.get("/distributors")
@requires(Permission.DISTRIBUTOR_READ)
def index() -> Response:
    with read() as session:
        listed = DISTRIBUTORS.open(session)
        return render(session, "admin/distributors/distributors.html", "distributors", listed=listed)


@bp.post("/distributors/export")
@requires(Permission.DISTRIBUTOR_READ)
def export() -> Response:
    return DISTRIBUTORS.export_sheet()


@bp.get("/distributors/<id:distributor_id>")
@requires(Permission.DISTRIBUTOR_READ)
def detail(distributor_id: int) -> Response:
    with read() as session:
        return _show(session, distributor_id)


@bp.post("/distributors/<id:distributor_id>/limits")
@requires(Permission.CREDIT_LIMIT)
def limits(distributor_id: int) -> Response:
    form = LimitForm(request.form)
    if form.validate():
        given = NewLimit(distributor_id, form.amount.data, form.reason.data, form.until.data)
        attempt(form, set_limit, given)
    if not form.errors:
        _say_limit(distributor_id, form)
        return go(url_for(".detail", distributor_id=distributor_id))
    with read() as session:
        return _show(session, distributor_id, limit=form)


@bp.post("/distributors/<id:distributor_id>/block")
@requires(Permission.CREDIT_LIMIT)
def block(distributor_id: int) -> Response:
    form = BlockForm(request.form)
    if form.validate():
        change, reason = form.change.data, form.reason.data
        given = Block(distributor_id, change == "block", reason, is_exempt=change == "exempt")
        attempt(form, set_block, given)
    if not form.errors:
        say(str(CHANGES[form.change.data][1]))
        return go(url_for(".detail", distributor_id=distributor_id))
    with read() as session:
        return _show(session, distributor_id, blocking=form)


@bp.post("/distributors/<id:distributor_id>/payments")
@requires(Permission.PAYMENT_RECORD)
def payments(distributor_id: int) -> Response:
    form = PaymentForm(request.form)
    if form.validate():
        given = Receipt(
            distributor_id,
            form.paid_on.data,
            form.amount.data,
            form.reference.data,
            form.note.data or "",
            form.is_prepayment.data,
            is_applied=not form.is_later.data,
            currency=form.currency.data or "",
        )
        attempt(form, record_payment, given)
    if not form.errors:
        amount = money(form.amount.data, _currency(distributor_id))
        say(gettext("Payment of %(amount)s recorded", amount=amount))
        return go(url_for(".detail", distributor_id=distributor_id))
    with read() as session:
        return _show(session, distributor_id, payment=form)


def _say_limit(distributor_id: int, form: LimitForm) -> None:
    """What was set, and what it comes to with the base limit when it is a temporary one."""
    with read() as session:
        standing = standing_of(session, g.actor, distributor_id, clock.today())
    currency = standing.currency if standing else "CNY"
    amount = money(form.amount.data, currency)
    if form.until.data and standing:
        whole = money(standing.effective_limit, currency)
        say(
            gettext(
                "The temporary limit of %(amount)s is in force, %(whole)s in all", amount=amount, whole=whole
            )
        )
    else:
        say(gettext("The credit limit is %(amount)s", amount=amount))


def _currency(distributor_id: int) -> str:
    with read() as session:
        return queries.get_for(session, g.actor, distributor_id).currency


def _show(
    session: Session,
    distributor_id: int,
    *,
    limit: LimitForm | None = None,
    blocking: BlockForm | None = None,
    payment: PaymentForm | None = None,
) -> Response:
    """The company with its account; a form that was refused comes back with what was typed, and with 422."""
    distributor = queries.get_for(session, g.actor, distributor_id)
    today = clock.today()
    standing = standing_of(session, g.actor, distributor_id, today)
    may_see_credit = g.actor.may(Permission.CREDIT_REVIEW)
    limits = limits_told(session, standing.account_id) if standing and may_see_credit else ()
    wanted = orders.ListFilter(distributor_id=distributor_id, is_own=True)
    latest = orders.listing(session, g.actor, wanted, Window(size=SHOWN)).rows
    may_see_payments = g.actor.may(Permission.PAYMENT_READ)
    return render(
        session,
        "admin/distributors/distributor.html",
        "distributor",
        status=422 if limit or blocking or payment else 200,
        distributor=distributor,
        periods=queries.periods_of(session, distributor_id),
        today=today,
        addresses=queries.addresses_of(session, distributor_id),
        standing=standing if may_see_credit else None,
        limits=limits,
        blocks=blocks_of(session, distributor_id) if standing and may_see_credit else (),
        grace=settings.load(session, GRACE)[GRACE] if standing and may_see_credit else 0,
        orders=latest if g.actor.may(Permission.ORDER_REVIEW) else (),
        payments=payments_of(session, g.actor, distributor_id, limit=SHOWN) if may_see_payments else (),
        may_see_payments=may_see_payments,
        may_see_credit=may_see_credit,
        may_set=g.actor.may(Permission.CREDIT_LIMIT),
        may_record=g.actor.may(Permission.PAYMENT_RECORD),
        limit=limit or LimitForm(),
        blocking=blocking
        or BlockForm(data={"change": CHANGE_OF[standing.block_mode if standing else "auto"]}),
        payment=payment or PaymentForm(data={"paid_on": today}),
    )
