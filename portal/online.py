"""Paying online: only where the administrator has chosen a payment service."""

from decimal import Decimal

from flask import Blueprint, g, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from trade import clock
from trade.actor import Permission
from trade.connectors import gateways
from trade.connectors.gateways import Onward, Wanted, get_gateway
from trade.credit.queries import standing_of
from trade.db import read
from trade.errors import Refused
from trade.flows.pay_online import Begun, Token, begin_online_payment
from trade.money import rounded
from trade.receivables import parts
from web import headers
from web.access import requires
from web.answer import attempt, render, tell
from web.forms import Form, MoneyField
from web.public import public_address

bp = Blueprint("online", __name__)


class AmountForm(Form):
    amount = MoneyField(_("Amount"))


@bp.get("/credit/online-payments")
@requires(Permission.PAYMENT_PROVE)
def index() -> Response:
    """How much; what is due next stands there already."""
    with read() as session:
        return _show(session, None)


@bp.post("/credit/online-payments")
@requires(Permission.PAYMENT_PROVE)
def beginning() -> Response:
    """Write the payment down, then lead to the gateway; the money counts when the gateway has said so."""
    form = AmountForm(request.form)
    begun = attempt(form, begin_online_payment, Begun(form.amount.data)) if form.validate() else None
    onward = _onward(form, begun) if begun is not None else None
    with read() as session:
        if begun is None or onward is None:
            return _show(session, form)
        return _lead_on(session, begun, onward)


def _onward(form: Form, begun: Token) -> Onward | None:
    """Where to pay; the form says so when the gateway does not answer."""
    back = (public_address() or "") + url_for("portal.credit.index")
    try:
        return get_gateway(begun.gateway).start(Wanted(begun.token, begun.amount, begun.currency, back))
    except Refused as refusal:
        tell(form, refusal)
        return None


def _show(session: Session, form: AmountForm | None) -> Response:
    standing = standing_of(session, g.actor, g.actor.distributor_id, clock.today())
    if standing is None or not gateways.name_in_use(session):
        raise Refused("gateway.not_found")
    due = parts.next_due(session, standing.account_id)
    return render(
        session,
        "portal/online/amount.html",
        "amount",
        status=422 if form is not None else 200,
        form=form or AmountForm(data={"amount": _most(due)}),
        due=due,
        currency=standing.currency,
        today=clock.today(),
    )


def _most(due: tuple[object, Decimal] | None) -> Decimal | None:
    return rounded(due[1]) if due else None


def _lead_on(session: Session, begun: Token, onward: Onward) -> Response:
    """A page of its own, since no form of ours may lead away: a tap more, and it says how much."""
    response = render(session, "portal/online/onward.html", "onward", begun=begun, onward=onward)
    if onward.fields:
        headers.let_send_to(response, onward.url)
    return response
