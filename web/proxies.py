"""Who asks, when a proxy speaks for them: believed from as many proxies as the operator names, from nobody otherwise."""

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

MOST = 5
VARIABLE = "TONGQU_PROXIES"


def init_app(app: Flask) -> None:
    """Take address and scheme from the last TONGQU_PROXIES hops; the Host header goes through every proxy as it came."""
    hops = count()
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0
        )


def count() -> int:
    """How many proxies stand in front; a server that guesses would let anybody choose the address that is locked out."""
    given = os.environ.get(VARIABLE, "").strip() or "0"
    if not (given.isascii() and given.isdecimal() and int(given) <= MOST):
        raise SystemExit(
            f"{VARIABLE} is the number of proxies in front of this server, 0 to {MOST}, not '{given}'."
        )
    return int(given)
