"""How often one person, or one address of nobody known, may do what costs much: a ceiling that work does not reach.

Counted in this process's memory, or for all hosts together in Redis (TONGQU_REDIS_URL). While Redis is away each
process counts for itself, so nobody is kept from ordering. What must hold without it (wrong passwords, lists taken
out of the house within an hour) is counted in the database.
"""

import math
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from re import Pattern
from re import compile as pattern
from typing import Any

from flask import Flask, g, request
from flask_limiter import Limiter, RateLimitExceeded
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.wrappers import Response

from trade.errors import Refused
from web import errors
from web.requests import address

MINUTES_FROM = 91  # seconds; a longer wait is told in minutes
# A Redis that does not answer costs a request a tenth of a second, seldom: it is asked again after 1, 2, 4 … 32 s.
QUICK = {"socket_connect_timeout": 0.1, "socket_timeout": 0.1, "retry": Retry(NoBackoff(), 0)}
NEIGHBOURHOOD = 64  # bits of an IPv6 address: a customer of any provider has as many as he likes below that


@dataclass(frozen=True)
class Ceiling:
    """What is counted together, and how much of it is more than anybody's work."""

    name: str
    method: str
    routes: Pattern[str]
    rates: str
    asked: str = ""  # counts only where the address asks this


CEILINGS = (
    # A company of a hundred comes in through one address at nine; wrong passwords are counted in the database.
    Ceiling(
        "sign-in", "POST", pattern(r"/(sign-in|second-factor|invitation).*"), "120 per minute; 1500 per hour"
    ),
    Ceiling("reset", "POST", pattern(r"/password-reset.*"), "20 per minute; 100 per hour"),
    # Whoever asks from outside: a first page seldom, one's own page as often as a form is filled in.
    Ceiling("apply", "POST", pattern(r"/apply"), "10 per minute; 60 per hour"),
    Ceiling("application", "POST", pattern(r"/application.*"), "30 per minute; 300 per hour"),
    Ceiling("letter", "POST", pattern(r"/.+/(reset-code|invitation)"), "30 per minute; 300 per hour"),
    Ceiling("gateway", "POST", pattern(r"/online-payments"), "300 per minute"),
    Ceiling("export", "POST", pattern(r"/.+/(export|bad-rows)"), "12 per minute"),
    Ceiling("import-file", "GET", pattern(r"/admin/imports/.*(template|problems|file)"), "30 per minute"),
    Ceiling("paper", "GET", pattern(r"/.+/paper"), "40 per minute; 600 per hour"),
    Ceiling("papers", "POST", pattern(r"/admin/papers"), "10 per minute; 60 per hour"),
    Ceiling("why", "GET", pattern(r"/.+/(price|lookup)"), "120 per minute; 2000 per hour"),
    Ceiling("quote", "POST", pattern(r"/portal/quick/(check|scans|text)"), "120 per minute; 2000 per hour"),
    Ceiling("search", "GET", pattern(r"/(portal|admin)/[a-z-]+(/[a-z-]+)?"), "240 per minute", asked="q"),
    Ceiling(
        "upload",
        "POST",
        pattern(r"/.+/(attachments|pictures|imports|logo|licence|signature|receipt|files|proofs)"),
        "60 per minute; 600 per hour",
    ),
)


def init_app(app: Flask) -> None:
    """Count in front of the views that have a ceiling; TONGQU_LIMITS=off counts nothing (for tests and measures)."""
    if os.environ.get("TONGQU_LIMITS") == "off":
        return
    redis = os.environ.get("TONGQU_REDIS_URL", "")
    limiter = Limiter(
        who,
        storage_uri=redis or "memory://",
        storage_options={**QUICK} if redis else {},  # type: ignore[dict-item]
        strategy="sliding-window-counter",
        in_memory_fallback_enabled=bool(redis),
        # Two requests may find Redis gone at once; the second, too late for the fall-back, passes uncounted.
        swallow_errors=True,
        key_prefix="tongqu",
    )
    limiter.init_app(app)
    for ceiling in CEILINGS:
        _raise(app, limiter, ceiling)

    def too_often(error: RateLimitExceeded) -> Response:
        return show_too_often(_seconds(limiter, error))

    app.register_error_handler(RateLimitExceeded, too_often)


def who() -> str:
    """Whose doings are counted together: a person's, wherever they come from, else an address's."""
    if g.actor.person_id is not None:
        return f"person-{g.actor.person_id}"
    return f"address-{neighbourhood(address())}"


def neighbourhood(told: str) -> str:
    """The address, of IPv6 the network that one customer has."""
    try:
        known = ip_address(told)
    except ValueError:
        return told
    return told if known.version == 4 else str(ip_network((known, NEIGHBOURHOOD), strict=False))


def show_too_often(seconds: int) -> Response:
    """Say when to go on, in words and to machines; nothing was done, so nothing is lost."""
    if seconds < MINUTES_FROM:
        return errors.show_refusal(Refused("limit.wait_seconds", seconds=seconds))
    return errors.show_refusal(Refused("limit.wait_minutes", minutes=math.ceil(seconds / 60)))


def _raise(app: Flask, limiter: Limiter, ceiling: Ceiling) -> None:
    """Put one ceiling over every view whose address it names."""

    def is_free() -> bool:
        return bool(ceiling.asked) and not request.args.get(ceiling.asked, "").strip()

    count = limiter.shared_limit(
        ceiling.rates, scope=ceiling.name, methods=[ceiling.method], exempt_when=is_free
    )
    views: dict[str, Any] = app.view_functions
    for endpoint in covered(app, ceiling):
        views[endpoint] = count(views[endpoint])


def covered(app: Flask, ceiling: Ceiling) -> list[str]:
    """The endpoints that have this ceiling."""
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if ceiling.method in (rule.methods or ()) and ceiling.routes.fullmatch(rule.rule)
    }
    return sorted(found)


def _seconds(limiter: Limiter, error: RateLimitExceeded) -> int:
    """How long to wait; Redis may have gone in this very moment, and then it is the longest."""
    longest: int = error.limit.limit.get_expiry()
    with suppress(Exception):
        if limiter.current_limit is not None:
            return max(1, min(longest, math.ceil(limiter.current_limit.reset_at - time.time())))
    return longest
