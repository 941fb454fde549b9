"""How the house answers: one block, alone for htmx and inside its page for everyone else."""

from collections.abc import Callable
from functools import cache
from secrets import token_urlsafe
from typing import Any, TypeVar

from flask import flash, g, get_flashed_messages, make_response, redirect, render_template, request
from jinja2_fragments.flask import render_block
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from trade.actor import Actor
from trade.db import run
from trade.errors import Refused
from trade.flows.keep_refusal import keep_refusal
from web import words
from web.forms import Form
from web.frame import EMPTY, Frame, load_frame
from web.requests import wants_block

Given = TypeVar("Given")
Answer = TypeVar("Answer")
Flow = Callable[[Session, Actor, Given], Answer]
TOAST = Markup('<p class="toast-line" role="status">{}</p>')


def attempt(form: Form, flow: Flow[Given, Answer], given: Given) -> Answer | None:
    """Run the flow and return what it answers; refused, the form says why and `form.errors` is not empty.

    A refusal with the fact `field` is told beside that field. 401, 403, 404 and 429 end the request.
    """
    try:
        return run(flow, g.actor, given)
    except Refused as refusal:
        tell(form, refusal)
        return None


def tell(form: Form, refusal: Refused, field: str | None = None) -> None:
    """Say a refusal beside `field`, else beside the one that it names; 401, 403, 404 and 429 end the request."""
    hear(refusal)
    if refusal.code.endswith(".sent_already"):  # under this name; what is sent next is another one
        form["key"].raw_data, form["key"].data = None, token_urlsafe(16)
    form.refuse(words.say(refusal), field or str(refusal.facts.get("field", "")))


def hear(refusal: Refused) -> None:
    """Write down a refusal that a form can show; any other is raised again."""
    if words.status_of(refusal) != 422:
        raise refusal
    keep(refusal)


def show(
    session: Session, page: str, block: str, here: str, form: Form | None, /, **context: Any
) -> Response:
    """Answer 422 when the form has errors, 303 to `here` after a plain POST that worked, else block or page."""
    has_errors = form is not None and bool(form.errors)
    if request.method == "POST" and not has_errors and not wants_block():
        return redirect(here, 303)
    return render(session, page, block, status=422 if has_errors else 200, form=form, **context)


def render(
    session: Session | None, page: str, block: str, /, *, status: int = 200, **context: Any
) -> Response:
    """Render the named block for htmx, the page for everyone else; both come from one template."""
    context |= {"frame": _lazy_frame(session), "status": status}
    if wants_block():
        body = str(render_block(page, block, **context)) + _toasts()
    else:
        body = render_template(page, **context)
    response = make_response(body, status)
    response.vary.add("HX-Request-Type")
    return response


def go(url: str) -> Response:
    """Lead to another page after a deed: 303, for htmx a redirect that it follows as a whole page."""
    if not wants_block():
        return redirect(url, 303)
    response = make_response("", 200)
    response.headers["HX-Redirect"] = url
    return response


def say(message: str) -> None:
    """Show a line at the foot of the next answer: what was done, in words that name the effect."""
    flash(message)


def keep(refusal: Refused) -> None:
    """Write down, in a short transaction of its own, what must outlive a refusal."""
    if refusal.keep is not None:
        run(keep_refusal, g.actor, refusal)


def _lazy_frame(session: Session | None) -> Frame:
    """The frame, loaded when a template first asks: a block that shows nothing of it costs nothing."""

    @cache
    def load() -> Frame:
        return EMPTY if session is None else load_frame(session, g.actor, g.signed_in)

    return LocalProxy(load)  # type: ignore[return-value]


def _toasts() -> str:
    lines = [TOAST.format(line) for line in get_flashed_messages()]
    return f'<div id="toasts" hx-swap-oob="innerHTML">{"".join(lines)}</div>' if lines else ""
