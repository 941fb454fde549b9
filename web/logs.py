"""One JSON line per request and per failure: request id, actor, no secrets, no line breaks from outside."""

import json
import logging
import re
import sys
import time
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.tracebacks import ExceptionDictTransformer

from trade import db
from trade.db import Ran
from trade.errors import Refused
from web.statements import spent

PLAIN = ExceptionDictTransformer(show_locals=False)  # locals hold passwords and phones
PHONE = re.compile(r"(?<![0-9A-Za-z])(1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9A-Za-z])")
SECRET = re.compile(r"(?i)\b(bearer\s+|(?:password|passwd|secret|token|key)[=:]\s*)[^\s,;&\"']+")
KEYS = {"password", "secret", "token", "authorization", "cookie", "csrf_token"}
HIDDEN = "…"
# Asked every few seconds by machines: a line only when something is wrong.
QUIET = {"health.alive", "health.ready", "metrics.index"}
logger = structlog.get_logger("tongqu")


class PatientStream:
    """Standard error, which may lie on a full disk: a line that cannot be written fails nobody's order."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


class JsonFormatter(logging.Formatter):
    """What others log (gunicorn, libraries) in the shape of our own lines; `facts` of a record are its fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"event": record.getMessage(), "logger": record.name, "pid": record.process}
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = PLAIN(record.exc_info)
        line["level"] = record.levelname.lower()
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps(discreet(line), ensure_ascii=False, default=str)


def init_app(app: Flask) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(PLAIN),
            hush,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(PatientStream()),
    )
    db.watch(note)
    app.before_request(start)
    app.after_request(tell)


def speak_json() -> None:
    """Let the libraries of a program without gunicorn speak in the same shape."""
    handler = logging.StreamHandler(PatientStream())
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def hush(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The last step of every line of ours: nothing in it that is nobody's business."""
    return discreet(line)


def discreet(line: Mapping[str, Any]) -> dict[str, Any]:
    """Phones as 138****1234 and secrets not at all, at whatever depth; JSON itself escapes line breaks."""
    return {key: HIDDEN if key in KEYS else _discreet(value) for key, value in line.items()}


def _discreet(value: Any) -> Any:
    if isinstance(value, str):
        return SECRET.sub(rf"\1{HIDDEN}", PHONE.sub(r"\1****\2", value))
    if isinstance(value, Mapping):
        return discreet(value)
    if isinstance(value, list | tuple):
        return [_discreet(each) for each in value]
    return value


def start() -> None:
    """Remember when the request came; every line of it carries its id."""
    g.started = time.monotonic()
    spent.forget()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def note(ran: Ran) -> None:
    """Remember which use cases a request ran; what has an underscore is bookkeeping of the house."""
    if not has_request_context():
        return
    if not ran.flow.startswith("_"):
        g.setdefault("flows", {})[ran.flow] = ran.outcome
    if ran.code:
        g.refusal = ran.code


def hear(refusal: Refused) -> None:
    """Remember a refusal that no use case raised: the way in, a row of somebody else's."""
    if g.get("refusal") != refusal.code:
        g.refusal = g.told_off = refusal.code


def tell(response: Response) -> Response:
    """Say what was asked, by whom, and how it went; the query is left out, since it may name people."""
    if response.status_code == 200 and request.endpoint in QUIET:
        return response
    actor = g.get("actor")
    line = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "milliseconds": round(1000 * (time.monotonic() - g.get("started", time.monotonic())), 1),
        "person_id": actor.person_id if actor else None,
        "address": request.remote_addr,
        "statements": spent.statements,
        "database_milliseconds": round(1000 * spent.seconds, 1),
    }
    if actor and actor.on_behalf_of is not None:
        line["on_behalf_of"] = actor.on_behalf_of
    if flows := g.get("flows"):
        line["flow"] = ",".join(flows)
    if refusal := g.get("refusal"):
        line["refusal"] = refusal
    logger.info("request", **line)
    return response
