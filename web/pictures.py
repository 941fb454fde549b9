"""Pictures of products, handed out once to each browser: what lies under an address never changes."""

from collections.abc import Callable

from flask import Response, request


def answer_picture(load: Callable[[], bytes], media_type: str, sha256: str) -> Response:
    """Answer a picture that never changes under its address, so that a browser asks once; it keeps it to itself."""
    is_known = sha256 in request.if_none_match
    response = Response(b"" if is_known else load(), 304 if is_known else 200, content_type=media_type)
    response.set_etag(sha256)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
