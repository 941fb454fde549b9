"""Under which names this server answers: those that the operator gives, since links and checks of origin follow the Host."""

import os

from flask import Flask, Response, current_app, request
from werkzeug.sansio.utils import host_is_trusted

from web.public import public_address

VARIABLE = "TONGQU_HOSTS"
LOOPBACK = ("localhost", "127.0.0.1")  # probes of the machine itself
KEY = "TONGQU_HOSTS"
UNKNOWN = "This server does not go by that name; whoever operates it names it in TONGQU_HOSTS.\n"


def init_app(app: Flask) -> None:
    """Refuse every other Host before anything reads it; without TONGQU_HOSTS and TONGQU_PUBLIC_URL all are taken."""
    app.config[KEY] = names()
    if app.config[KEY]:
        app.before_request(refuse_unknown)


def names() -> tuple[str, ...]:
    """TONGQU_HOSTS split at commas (.brand.cn: with all below it), the public address, and the machine itself."""
    given = tuple(each.strip().lower() for each in os.environ.get(VARIABLE, "").split(",") if each.strip())
    if any(not host_is_trusted(each.removeprefix(".")) or ":" in each for each in given):
        raise SystemExit(
            f"{VARIABLE} is a list of host names without scheme and port, not '{','.join(given)}'."
        )
    public = (public_address() or "").partition("://")[2].partition(":")[0].lower()
    told = (*given, *([public] if public else []))
    return (*told, *LOOPBACK) if told else ()


def refuse_unknown() -> Response | None:
    """Answer a name that is not ours with nothing that could be kept, linked or believed."""
    host = request.headers.get("Host", "").lower()
    if host_is_trusted(host, current_app.config[KEY]):
        return None
    return Response(UNKNOWN, 400, content_type="text/plain; charset=utf-8")
