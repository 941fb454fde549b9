"""Signing in with the company's own login by OpenID Connect, off unless the operator names a provider.

The provider's answer changes nothing when it is read: the page it leads to sends it on, and only then it is redeemed.
"""

import os
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import flask
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import Blueprint, Flask, g, request, url_for
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from trade import clock
from trade.db import read, run
from trade.errors import Refused
from trade.flows.sign_in_by_provider import Vouched, sign_in_by_provider
from web import answer, words
from web.access import public
from web.forms import Form, TextField
from web.public import public_address, public_url
from web.redirects import is_safe_url, safe_next
from web.session import SignInForm, browser, enter, show_sign_in

bp = Blueprint("oidc", __name__)
log = structlog.get_logger("tongqu")
TIMEOUT = 10  # seconds for each question to the provider
LEEWAY = 60  # seconds by which clocks may differ
NEXT = "oidc_next"
# What proves the provider's own key: neither "none" nor a secret that both sides hold.
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SCOPE = "openid email profile"
UNPROVEN = (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError, RuntimeError)


@dataclass(frozen=True)
class Provider:
    """Who vouches for people, as the operator has it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""
    ties_by_mail: bool = False
    counts_factor: bool = False


class EntryForm(Form):
    code = TextField(longest=4000)
    state = TextField(longest=200)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["provider"] = provider
    app.register_blueprint(bp)


def provider() -> Provider | None:
    """The provider that the environment names; none without all three, a public address and a safe issuer."""
    issuer, client_id, secret = (_told(name) for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
    parts = urlsplit(issuer)
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    )
    if not (issuer and client_id and secret and is_safe and public_address()):
        return None
    return Provider(
        issuer,
        client_id,
        secret,
        name=_told("NAME")[:40],
        ties_by_mail=_told("TIE_BY_MAIL") in {"1", "yes", "true"},
        counts_factor=_told("SECOND_FACTOR") == "provider",
    )


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
        leaving: Response = _client(known, clock.today()).authorize_redirect(public_url("oidc.arrival"))
    except (RequestException, *UNPROVEN) as error:
        return _turned_away(Refused("provider.away"), error)
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
        claims = _claims(known)
    except RequestException as error:
        return _turned_away(Refused("provider.away"), error)
    except UNPROVEN as error:
        return _turned_away(Refused("provider.refused", keep={"error": type(error).__name__}), error)
    try:
        entered = run(sign_in_by_provider, g.actor, _vouched(known, claims))
    except Refused as refusal:
        return _turned_away(refusal)
    return enter(entered, target if is_safe_url(target) else url_for("session.start"))


def _claims(known: Provider) -> dict[str, Any]:
    """Redeem the code and believe the answer only if it is signed, fresh, and meant for this house and this browser.

    Raises one of UNPROVEN, or RequestException while the provider is away.
    """
    client = _client(known, clock.today())
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != known.issuer:
        raise ValueError("another issuer answers there")
    metadata["id_token_signing_alg_values_supported"] = SIGNED_BY
    expected: dict[str, Any] = {
        "iss": {"essential": True, "value": known.issuer},
        "aud": {"essential": True, "value": known.client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "nonce": {"essential": True},
    }
    token = client.authorize_access_token(claims_options=expected, leeway=LEEWAY)
    claims: dict[str, Any] = token.get("userinfo") or {}
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise ValueError("nobody is named")
    return claims


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


def _turned_away(refusal: Refused, error: Exception | None = None) -> Response:
    """The sign-in page with why; what the provider did wrong goes to the log, never a token."""
    if error is not None:
        log.warning("provider", refusal=refusal.code, error=f"{type(error).__name__}: {error}"[:300])
    answer.keep(refusal)
    form = SignInForm()
    form.refuse(words.say(refusal))
    return show_sign_in(form, status=words.status_of(refusal))


@lru_cache(2)
def _client(known: Provider, today: date) -> FlaskOAuth2App:
    """The provider as authlib knows it; what it says of itself is asked anew each day."""
    base = known.issuer.rstrip("/")
    return FlaskOAuth2App(
        FlaskIntegration("company"),
        "company",
        client_id=known.client_id,
        client_secret=known.client_secret,
        server_metadata_url=f"{base}/.well-known/openid-configuration",
        client_kwargs={
            "scope": SCOPE,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        },
    )


def _told(name: str) -> str:
    return os.environ.get(f"TONGQU_OIDC_{name}", "").strip()
