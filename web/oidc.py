"""Signing in with the company's own login by OpenID Connect, off unless the operator names a provider.

The provider's answer changes nothing when it is read: the page it leads to sends it on, and only then it is redeemed.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

import flask
import structlog
from flask import Blueprint, Flask, g, request, url_for
from werkzeug.wrappers import Response

from trade.db import read, run
from trade.errors import Refused
from trade.flows.sign_in_by_provider import Vouched, sign_in_by_provider
from web import answer, words
from web.access import public
from web.forms import Form, TextField
from web.provider import Away, Provider, Unproven, provider
from web.public import public_url
from web.redirects import is_safe_url, safe_next
from web.session import SignInForm, browser, enter, show_sign_in

bp = Blueprint("oidc", __name__)
log = structlog.get_logger("tongqu")
NEXT = "oidc_next"


class EntryForm(Form):
    code = TextField(longest=4000)
    state = TextField(longest=200)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["provider"] = provider
    app.register_blueprint(bp)


@bp.get("/sign-in/company")
@public
def departure() -> Response:
    """Lead to the provider, with a state, a nonce and a challenge that this browser alone holds the answers to."""
    known = provider()
    if known is None:
        return flask.redirect(url_for("session.index"), 303)
    for key in [each for each in flask.session if each.startswith("_state_company_")]:
        flask.session.pop(key)  # of a sign-in that was left: a cookie holds 4 KB
    flask.session[NEXT] = safe_next("")
    try:
        leaving: Response = _vouching().lead(known, public_url("oidc.arrival"))
    except Away as error:
        return _turned_away(Refused("provider.away"), error.__cause__)
    return leaving


@bp.get("/sign-in/company/answer")
@public
def arrival() -> Response:
    """Where the provider leads back to: nothing is believed or changed before the page's button sends it on."""
    if provider() is None:
        return flask.redirect(url_for("session.index"), 303)
    form = EntryForm(request.args)
    if not form.validate():
        refused = Refused("provider.refused", keep={"error": request.args.get("error", "")[:60]})
        return _turned_away(refused)
    with read() as session:
        return answer.render(session, "shared/session/company.html", "company", form=form)


@bp.post("/sign-in/company")
@public
def entry() -> Response:
    """Redeem what the provider has sent, and let in whom this house knows."""
    known, form = provider(), EntryForm(request.form)
    if known is None or not form.validate():
        return _turned_away(Refused("provider.refused", keep={}))
    target = flask.session.pop(NEXT, "")
    try:
        claims = _vouching().redeemed(known)
    except Away as error:
        return _turned_away(Refused("provider.away"), error.__cause__)
    except Unproven as error:
        why = type(error.__cause__).__name__
        return _turned_away(Refused("provider.refused", keep={"error": why}), error.__cause__)
    try:
        entered = run(sign_in_by_provider, g.actor, _vouched(known, claims))
    except Refused as refusal:
        return _turned_away(refusal)
    return enter(entered, target if is_safe_url(target) else url_for("session.start"))


def _vouching() -> ModuleType:
    """The half that speaks the protocol: where nobody named a provider its libraries are never read."""
    return import_module("web.vouching")


def _vouched(known: Provider, claims: dict[str, Any]) -> Vouched:
    """What of the claims counts here: a mail that is verified, a second factor that was asked for (RFC 8176)."""
    email = claims.get("email")
    is_verified = claims.get("email_verified") is True and isinstance(email, str)
    methods = claims.get("amr")
    has_factor = isinstance(methods, list) and "mfa" in methods
    return Vouched(
        issuer=known.issuer,
        subject=claims["sub"],
        email=str(email) if is_verified else None,
        has_factor=known.counts_factor and has_factor,
        may_tie=known.ties_by_mail,
        browser=browser(),
    )


def _turned_away(refusal: Refused, error: BaseException | None = None) -> Response:
    """The sign-in page with why; what the provider did wrong goes to the log, never a token."""
    if error is not None:
        log.warning("provider", refusal=refusal.code, error=f"{type(error).__name__}: {error}"[:300])
    answer.keep(refusal)
    form = SignInForm()
    form.refuse(words.say(refusal))
    return show_sign_in(form, status=words.status_of(refusal))
