"""Text messages through whatever service apprise knows, by its address with {phone} where the number goes."""

import logging
import re
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import quote

from ops.channels.posting import PASSING
from trade.notices.channels import Way
from trade.notices.dispatches import Fate, Outcome

STATUS = re.compile(r"\berror=(\d{3})\b")
LONGEST = 300  # characters: what is longer is paid for several times


def send(way: Way, phone: str, text: str) -> Outcome:
    """Send a short text; the library says in its log alone what the service answered."""
    library = _library()
    address = way.secrets()["address"].replace("{phone}", quote(phone, safe=""))
    service = library.Apprise(asset=library.AppriseAsset(http_redirects=False))
    if not service.add(address):
        return Outcome(Fate.WRONG, "apprise does not understand this address")
    with library.LogCapture(level=logging.WARNING, fmt="%(message)s") as heard:
        is_sent = service.notify(body=text[:LONGEST])
        words = heard.getvalue().strip()
    if is_sent:
        return Outcome(Fate.SENT, "taken by the service")
    status = int(found[1]) if (found := STATUS.search(words)) else 0
    is_final = 400 <= status < 500 and status not in PASSING
    return Outcome(Fate.WRONG if is_final else Fate.DOWN, words or "the service did not take it")


@cache
def _library() -> Any:
    """Once per worker and only where a text is sent: it weighs as much as the rest of the worker."""
    return import_module("apprise")
