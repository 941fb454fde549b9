"""What a request costs in the database: statements and time; and the slow ones by name."""

import os
import threading
import time
from typing import Any

import structlog
from flask import Flask
from sqlalchemy import Engine, event

from trade.db import flow_name
from web.store import store

LONGEST_STATEMENT = 4000  # characters in the log
BOOKKEEPING = ("PRAGMA", "BEGIN")  # how SQLite's transactions begin: their time counts, they are no questions
logger = structlog.get_logger("tongqu")


class Spent(threading.local):
    """What this thread has spent since its request, or its job, began."""

    statements = 0
    seconds = 0.0
    slow_after = 0.5  # seconds
    _began = 0.0

    def forget(self) -> None:
        self.statements, self.seconds = 0, 0.0


spent = Spent()


def init_app(app: Flask) -> None:
    """Watch the engine; TONGQU_SLOW_MILLISECONDS says what is slow, 0 that nothing is."""
    Spent.slow_after = slow_milliseconds() / 1000 or float("inf")
    with app.app_context():
        attach(store.engine)


def slow_milliseconds() -> int:
    given = os.environ.get("TONGQU_SLOW_MILLISECONDS", "500")
    if not given.isdecimal() or len(given) > 7:
        raise SystemExit("TONGQU_SLOW_MILLISECONDS is a whole number of milliseconds, such as 500.")
    return int(given)


def attach(engine: Engine) -> None:
    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", _end)


def _begin(*_: Any) -> None:
    spent._began = time.perf_counter()


def _end(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    seconds = time.perf_counter() - spent._began
    spent.seconds += seconds
    if not statement.startswith(BOOKKEEPING):
        spent.statements += 1
    if seconds > spent.slow_after:
        tell(statement, seconds)


def tell(statement: str, seconds: float) -> None:
    """Write down a slow statement as it was sent, without what was put in: that is people's."""
    logger.warning(
        "slow statement",
        statement=" ".join(statement.split())[:LONGEST_STATEMENT],
        milliseconds=round(1000 * seconds, 1),
        flow=flow_name() or None,
    )
