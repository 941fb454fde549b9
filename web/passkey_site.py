"""Whether browsers let this site have passkeys, and as which site they know it."""

import ipaddress

from flask import request
from flask_babel import lazy_gettext as _

from trade import settings
from trade.db import read
from trade.people.passkeys import Site

PLAIN = _("Passkeys need an address that begins with https; here the connection is not protected.")
NUMBER = _("Passkeys need a name in the address, such as portal.company.cn; this one is a number.")


def why_not() -> str:
    """Why no passkey can be made or used at this address; empty when it can."""
    host = _host()
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        is_safe = request.is_secure or host == "localhost" or host.endswith(".localhost")
        return "" if is_safe else str(PLAIN)
    return str(NUMBER)


def this_site() -> Site:
    """The site as the browser that asks knows it: what it signs must name the same."""
    with read() as session:
        brand = str(settings.load(session, "brand.name")["brand.name"])
    return Site(_host(), request.host_url.rstrip("/"), brand)


def _host() -> str:
    host = request.host
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
