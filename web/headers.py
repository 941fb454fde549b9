from urllib.parse import urlsplit

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; "
    "worker-src 'self'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

TLS_ALWAYS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def init_app(app: Flask) -> None:
    app.after_request(protect)


def protect(response: Response) -> Response:
    """Tell the browser to trust nothing but this site, and to keep no copy of a private page."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.set(*TLS_ALWAYS)
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    return response


def let_send_to(response: Response, url: str) -> None:
    """Let the forms of this one page lead to another site too, such as that of a payment gateway."""
    site = urlsplit(url)
    wider = POLICY.replace("form-action 'self'", f"form-action 'self' {site.scheme}://{site.netloc}")
    response.headers["Content-Security-Policy"] = wider


def of_file(*, is_secure: bool) -> list[tuple[str, str]]:
    """What a file of the program itself is protected by, which no request hook sees; it may be kept."""
    told = [(name, value) for name, value in ALWAYS.items() if name != "Cache-Control"]
    return [*told, TLS_ALWAYS] if is_secure else told
