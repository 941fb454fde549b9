"""What people see when it did not work: what happened, what was kept, what to do, in their language."""

from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request, url_for
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.wrappers import Response as AnyResponse

from trade import clock
from trade.db import read
from trade.errors import Busy, Refused
from web import access, logs, words
from web.answer import keep, render
from web.redirects import referring_page, this_page
from web.requests import asks_by_itself, wants_block
from web.session import show_sign_in

KEPT_AT_MOST = 200  # fields of a form that are carried over an error
LAST_WORDS = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>通渠</title>
<h1>这一步没有做成</h1><p>问题在我们这边，已经记录。请稍后再试。</p><p lang="en">This step did not work. Our fault, recorded.</p>"""


@dataclass(frozen=True)
class Problem:
    """An error in words; `icon` and `tone` as in the look."""

    title: Any
    text: Any
    icon: str = "alert-circle"
    tone: str = ""
    way: str = ""  # the endpoint that helps on, and what its button says
    way_words: Any = ""


PROBLEMS = {
    400: Problem(
        _("This form has been open too long"),
        _("What you typed is kept; please send it once more."),
        icon="clock-pause",
    ),
    401: Problem(
        _("You are signed out"),
        _("What you typed is still here and comes back after signing in; files have to be chosen again."),
        icon="clock-pause",
        way="session.index",
        way_words=_("Sign in"),
    ),
    403: Problem(
        _("You may not do this"),
        _("If your work needs it, please ask an administrator."),
        icon="lock",
    ),
    404: Problem(
        _("This page does not exist or is not yours"),
        _("Go back, or start from the first page."),
        icon="search-off",
    ),
    405: Problem(
        _("This address does not work that way"),
        _("Go back, or start from the first page."),
        icon="search-off",
    ),
    413: Problem(
        _("This is too large to send"),
        _(
            "At most 20 MB are sent at once, so nothing of it arrived and nothing was changed. What you had typed on "
            "that page since it was last kept has to be typed again; please choose smaller files, or send them one "
            "after another."
        ),
        icon="file-alert",
    ),
    429: Problem(
        _("That was too often"),
        _("Please wait a little and try again; nothing was lost."),
        icon="clock-pause",
    ),
    500: Problem(
        _("This step did not work"),
        _("Our fault, recorded; what you typed is kept. Please try again in a moment."),
        icon="plug-connected-x",
        tone="is-danger",
    ),
    503: Problem(
        _("Very busy just now"),
        _("Nothing was changed and what you typed is kept; please try again in a few seconds."),
        icon="clock-pause",
    ),
}

# Forms whose answer is shown once and ends their token: in a browser that is in, the same again is a reload.
SHOW_CODES = {"second_factor.first_code", "security.first_code", "security.recovery_codes"}
CODES_WERE_SHOWN = Problem(
    _("Recovery codes are shown only once"),
    _("If you kept them, simply go on. If not, make ten new ones; the ones before then no longer work."),
    icon="key",
    way="security.index",
    way_words=_("Make new recovery codes"),
)


def init_app(app: Flask) -> None:
    app.log_exception = log_failure  # type: ignore[method-assign]
    app.register_error_handler(Refused, show_refusal)
    app.register_error_handler(Busy, show_busy)
    app.register_error_handler(CSRFError, show_stale_form)
    app.register_error_handler(InternalServerError, show_failure)
    app.register_error_handler(HTTPException, show_http)


def show_refusal(refusal: Refused) -> AnyResponse:
    """A refusal that no form can show: sign in, not allowed, not there, too often."""
    logs.hear(refusal)
    keep(refusal)
    status = words.status_of(refusal)
    if status == 401:
        return ask_to_sign_in()
    if status in {403, 404}:
        return show_problem(status)
    if status != 429:
        return show_problem(status, Problem(words.say(refusal), ""))
    response = show_problem(status, Problem(words.say(refusal), PROBLEMS[429].text, icon="clock-pause"))
    if (seconds := words.wait_of(refusal)) is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def ask_to_sign_in() -> AnyResponse:
    """Answer the sign-in form where the page would be; htmx is sent to it, and both come back afterwards.

    What a page asks by itself leaves it as it is, with what is being typed there, and only says so.
    """
    if asks_by_itself():
        return show_problem(401)
    if wants_block():
        response = Response("", 401)
        response.headers["HX-Redirect"] = url_for(
            "session.index", next=this_page(), out=1 if request.method == "POST" else None
        )
        response.vary.add("HX-Request-Type")
        return response
    return show_sign_in(status=401, next_page=this_page())


def show_busy(error: Busy) -> AnyResponse:
    """The database did not let us in: nothing was written, so the same again is right."""
    response = show_problem(503)
    response.headers["Retry-After"] = "5"
    return response


def show_stale_form(error: CSRFError) -> AnyResponse:
    """A form of an older session: who has signed out meanwhile signs in again, everyone else sends it once more."""
    view = current_app.view_functions.get(request.endpoint or "")
    if g.actor.person_id is None and getattr(view, "permission", access.PUBLIC) != access.PUBLIC:
        return ask_to_sign_in()
    if g.actor.person_id is not None and request.endpoint in SHOW_CODES:
        return show_problem(400, CODES_WERE_SHOWN)
    return show_problem(400)


def show_failure(error: InternalServerError) -> AnyResponse:
    """Our fault; when even the error page fails, plain words."""
    try:
        return show_problem(500)
    except Exception as worse:  # noqa: BLE001 (whatever it is, the person gets words)
        log_failure((type(worse), worse, worse.__traceback__))
        return Response(LAST_WORDS, 500, content_type="text/html; charset=utf-8")


def show_http(error: HTTPException) -> AnyResponse:
    """Whatever Flask itself answers: unknown pages, wrong methods, uploads that are too large."""
    if isinstance(error, NotFound):
        return show_problem(404)
    code = error.code or 500
    if code < 400:
        return error.get_response()  # a redirect
    answer = show_problem(code, PROBLEMS.get(code) or PROBLEMS[404 if code < 500 else 500])
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            answer.headers[name] = value
    return answer


def show_problem(status: int, problem: Problem | None = None) -> AnyResponse:
    """Answer the page, or for htmx a notice that leaves the form as it is."""
    problem = problem or PROBLEMS[status]
    facts: dict[str, Any] = {
        "problem": problem,
        "request_id": g.get("request_id", "-"),
        "now": clock.now(),
        "back": referring_page() if request.method == "POST" or status == 401 else "/",
        "again": _typed() if status in {400, 500, 503} and not problem.way and not wants_block() else [],
    }
    response = _rendered(status, facts)
    if wants_block():
        response.headers["HX-Retarget"] = "#problem"
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _rendered(status: int, facts: dict[str, Any]) -> AnyResponse:
    """With the frame where the database answers, without it where that is the trouble."""
    if status < 500 and g.get("actor") is not None:
        try:
            with read() as session:
                return render(session, "shared/problem.html", "problem", status=status, **facts)
        except Busy:
            pass
    return render(None, "shared/problem.html", "problem", status=status, **facts)


def _typed() -> list[tuple[str, str]]:
    """What was sent, to be sent once more from the error page; never a password, never the old token."""
    if request.method != "POST" or request.mimetype == "multipart/form-data":
        return []
    try:
        fields = list(request.form.items(multi=True))
    except HTTPException:
        return []
    kept = [
        (name, text)
        for name, text in fields
        if "password" not in name and name not in {"csrf_token", "current"}
    ]
    return kept[:KEPT_AT_MOST]


def log_failure(details: Any) -> None:
    """Write down an error that nobody foresaw, under the request id that the person sees."""
    structlog.get_logger("tongqu").error(
        "failure", exc_info=details, path=request.path, method=request.method
    )
