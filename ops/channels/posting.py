"""One POST: no redirects, no proxy from the environment, a short answer, and what its status means."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from trade import clock
from trade.notices.dispatches import Fate, Outcome

TIMEOUT = 10.0  # seconds for each step; the postman keeps the time of the whole
LONGEST_ANSWER = 4096  # bytes
PASSING = {408, 425, 429}


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    retry_after: str = ""

    def json(self) -> dict[str, Any]:
        """The body as an object; nothing for anything else."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def post(url: str, body: bytes, headers: Mapping[str, str], *, may_be_plain: bool) -> Answer:
    """Send and listen to the beginning of the answer. Raises OSError and HTTPException."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ({"https", "http"} if may_be_plain else {"https"}):
        raise ValueError("an address begins with https://")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        own = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "tongqu"}
        connection.request("POST", target, body, own | dict(headers))
        response = connection.getresponse()
        text = response.read(LONGEST_ANSWER).decode("utf-8", "replace")
        return Answer(response.status, text, response.headers.get("Retry-After", ""))
    finally:
        connection.close()


def judged(answer: Answer) -> Outcome:
    """What a status means: taken, never, or later."""
    words = f"{answer.status} {http.client.responses.get(answer.status, '')} {answer.body.strip()}".strip()
    if 200 <= answer.status < 300:
        return Outcome(Fate.SENT, words)
    if 300 <= answer.status < 400:
        return Outcome(Fate.WRONG, f"{words} (redirects are not followed)")
    if answer.status in PASSING or answer.status >= 500:
        return Outcome(Fate.DOWN, words, waited(answer.retry_after))
    return Outcome(Fate.WRONG, words)


def waited(retry_after: str) -> timedelta | None:
    """What Retry-After asks for: seconds or a moment (RFC 9110, 10.2.3)."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 8:
        return timedelta(seconds=int(retry_after))
    try:
        moment = parsedate_to_datetime(retry_after)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - clock.now()


def stamp(now: datetime, unit: int = 1) -> str:
    """Seconds, or by 1000 milliseconds, since 1970."""
    return str(int(now.timestamp() * unit))
