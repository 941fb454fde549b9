"""The half of the company login that speaks OpenID Connect; loaded when a provider is named, for it weighs 35 MB."""

from datetime import date
from functools import lru_cache
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from trade import clock
from web.provider import Away, Provider, Unproven

TIMEOUT = 10  # seconds for each question to the provider
LEEWAY = 60  # seconds by which clocks may differ
# What proves the provider's own key: neither "none" nor a secret that both sides hold.
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SCOPE = "openid email profile"
UNPROVEN = (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError, RuntimeError)


def lead(known: Provider, back: str) -> Response:
    """Lead to the provider, and from there to `back`; raises Away."""
    try:
        leaving: Response = client(known, clock.today()).authorize_redirect(back)
    except (RequestException, *UNPROVEN) as error:
        raise Away from error
    return leaving


def redeemed(known: Provider) -> dict[str, Any]:
    """What the provider says of the person for the code in the form; raises Away or Unproven."""
    try:
        return _claims(known)
    except RequestException as error:
        raise Away from error
    except UNPROVEN as error:
        raise Unproven from error


def _claims(known: Provider) -> dict[str, Any]:
    """Believe the answer only if it is signed, fresh, and meant for this house and this browser."""
    asked = client(known, clock.today())
    metadata = asked.load_server_metadata()
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
    token = asked.authorize_access_token(claims_options=expected, leeway=LEEWAY)
    found: dict[str, Any] = token.get("userinfo") or {}
    subject = found.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= 255:
        raise ValueError("nobody is named")
    return found


@lru_cache(2)
def client(known: Provider, today: date) -> FlaskOAuth2App:
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
