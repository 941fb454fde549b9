"""Under which address people reach this installation: told by the operator, never by a request's Host header."""

import os
from urllib.parse import urlsplit

from flask import url_for


def public_address() -> str | None:
    """TONGQU_PUBLIC_URL as scheme and host alone; none when it is not set or is not one."""
    parts = urlsplit(os.environ.get("TONGQU_PUBLIC_URL", "").strip())
    is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    return f"{parts.scheme}://{parts.netloc}" if is_whole else None


def public_url(endpoint: str, **values: str) -> str:
    """A link for a letter or another house, to a page of ours. Raises RuntimeError without a public address."""
    base = public_address()
    if base is None:
        raise RuntimeError("TONGQU_PUBLIC_URL is not set")
    return base + url_for(endpoint, **values)
