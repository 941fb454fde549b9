"""Where a payment gateway tells that somebody has paid: signed, so it needs no session and no token of ours."""

from flask import Blueprint, Flask, Response, request
from flask_wtf import CSRFProtect

from trade import actor
from trade.connectors.gateways import GATEWAYS, get_gateway
from trade.db import run
from trade.errors import Refused
from trade.flows.pay_online import hear_online_payment
from web import asked
from web.access import public

bp = Blueprint("gateways", __name__)
LARGEST = 64 * 1024  # bytes of a callback


def init_app(app: Flask, csrf: CSRFProtect | None) -> None:
    """Callbacks are signed instead of carrying a token of ours."""
    if csrf is not None:
        csrf.exempt(bp)
    app.register_blueprint(bp)


@bp.post("/online-payments")
@public
def callback() -> Response:
    """Book what was paid, once; the gateway repeats itself until it hears 200."""
    name = asked.text("gateway") or next(iter(GATEWAYS), "")
    gateway = get_gateway(name)
    if (request.content_length or 0) > LARGEST:
        raise Refused("gateway.unsigned")
    heard = gateway.hear(dict(request.headers), request.get_data(cache=False))
    run(hear_online_payment, actor.system(f"gateway {name}"), heard)
    return Response("ok", content_type="text/plain")
