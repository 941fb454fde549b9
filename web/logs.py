"""One JSON line per request and per failure: request id, actor, no secrets, no line breaks from outside."""

import logging
import sys
import time
from contextlib import suppress

import structlog
from flask import Flask, Response, g, request
from structlog.tracebacks import ExceptionDictTransformer

PLAIN = ExceptionDictTransformer(show_locals=False)  # locals hold passwords and phones
logger = structlog.get_logger("tongqu")


class PatientStream:
    """Standard error, which may lie on a full disk: a line that cannot be written fails nobody's order."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


def init_app(app: Flask) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(PLAIN),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(PatientStream()),
    )
    app.before_request(start)
    app.after_request(tell)


def start() -> None:
    """Remember when the request came; every line of it carries its id."""
    g.started = time.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def tell(response: Response) -> Response:
    """Say what was asked, by whom, and how it went; the query is left out, since it may name people."""
    actor = g.get("actor")
    logger.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        milliseconds=round(1000 * (time.monotonic() - g.get("started", time.monotonic())), 1),
        person_id=actor.person_id if actor else None,
        address=request.remote_addr,
    )
    return response
