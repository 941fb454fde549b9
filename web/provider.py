"""Who vouches for people by OpenID Connect, as the environment names it; nobody by default."""

import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from web.public import public_address


class Away(Exception):
    """The provider does not answer."""


class Unproven(Exception):
    """What the provider answered proves nothing."""


@dataclass(frozen=True)
class Provider:
    """Who vouches for people, as the operator has it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""
    ties_by_mail: bool = False
    counts_factor: bool = False


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


def _told(name: str) -> str:
    return os.environ.get(f"TONGQU_OIDC_{name}", "").strip()
