"""What a request is: its id, its address, whether htmx asks for a part of a page."""

import re
import secrets

from flask import g, request

LARGEST_FORM = 1024 * 1024
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


def name_request() -> None:
    """Give the request the id under which logs, audit and error pages know it; a proxy's is kept when clean."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def refuse_essays() -> None:
    """Let only uploads be large: a form that is not one is read into memory whole, and written back on an error."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = LARGEST_FORM


def wants_block() -> bool:
    """Whether htmx will swap a part of the page; history and boosted navigation want the whole."""
    htmx = getattr(request, "htmx", False)
    return bool(htmx) and request.headers.get("HX-Request-Type") == "partial"


def asks_by_itself() -> bool:
    """Whether a page asks without anybody having sent a form or followed a link: a look-up, a poll, a count."""
    source = request.headers.get("HX-Source", "").partition("#")[0]
    return wants_block() and source not in {"", "form", "button", "a"}


def address() -> str:
    return request.remote_addr or "-"


def origin() -> str:
    """Where a deed comes from, for the audit: address and request id."""
    return f"{address()} {g.request_id}"


def user_agent() -> str:
    return "".join(mark for mark in request.user_agent.string if mark.isprintable())[:200]
