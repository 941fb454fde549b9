"""Paying online: only where the brand has a gateway."""

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from trade.actor import Permission
from trade.connectors.gateways import GATEWAYS, Wanted, get_gateway
from trade.db import run
from trade.flows.pay_online import Begun, begin_online_payment
from web.access import requires
from web.answer import go
from web.forms import Form, MoneyField
from web.public import public_address

bp = Blueprint("online", __name__)


class AmountForm(Form):
    amount = MoneyField(is_grouped=True)


@bp.post("/credit/online-payments")
@requires(Permission.PAYMENT_PROVE)
def beginning() -> Response:
    """Write the payment down, then lead to the gateway; the money counts when the gateway has said so."""
    name = next(iter(GATEWAYS), "")
    gateway = get_gateway(name)
    form = AmountForm(request.form)
    if not form.validate():
        return go(url_for("portal.credit.index"))
    begun = run(begin_online_payment, g.actor, Begun(name, form.amount.data))
    back = (public_address() or "") + url_for("portal.credit.index")
    return go(gateway.start(Wanted(begun.token, begun.amount, begun.currency, back)).url)
