from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, g, has_request_context, request

LINKS = 4096


def init_app(app: Flask) -> None:
    """Let templates link without building each address anew: a page of products names each of them five times."""

    @lru_cache(maxsize=LINKS, typed=True)
    def known(root: str, endpoint: str, values: tuple[tuple[str, object], ...]) -> str:
        return app.url_for(endpoint, **dict(values))  # type: ignore[arg-type]

    def link(endpoint: str, **values: object) -> str:
        is_plain = (
            all(isinstance(value, int | str) for value in values.values()) and "_external" not in values
        )
        if endpoint.startswith(".") or not is_plain or not has_request_context():
            return app.url_for(endpoint, **values)  # type: ignore[arg-type]
        return known(request.root_path, endpoint, tuple(values.items()))

    app.jinja_env.globals["url_for"] = link


def is_safe_url(target: str | None) -> bool:
    """Whether a redirect to `target` stays on this site, for the browsers that mend what is broken.

    Only an absolute path is: browsers take tabs and newlines out, read a backslash as a slash, and `//host` as a host.
    """
    if not target or len(target) > 2000 or not target.startswith("/") or target.startswith("//"):
        return False
    if "\\" in target or any(not mark.isprintable() or mark.isspace() for mark in target):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and not parts.path.startswith("//")


def safe_next(fallback: str) -> str:
    """Where to go after signing in: where the person wanted to, if that is here."""
    wanted = request.values.get("next")
    return wanted if wanted is not None and is_safe_url(wanted) else fallback


def this_page() -> str:
    """The page that somebody looks at, to come back to after signing in; a POST has none of its own."""
    found: str | None = g.get("this_page")
    if found is None:
        found = g.this_page = request.full_path.rstrip("?") if request.method == "GET" else referring_page()
    return found


def referring_page() -> str:
    """The page of this site that led here, as htmx names it or the browser does, or the first one."""
    referrer = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    back = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    return back if referrer.netloc == request.host and is_safe_url(back) else "/"
