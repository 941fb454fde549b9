"""How many SQL statements one request costs, login, frame and all."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog
from flask import Flask
from sqlalchemy import Engine, event

from web.access import COOKIE
from wsgi import create_app

NOT_COUNTED = ("BEGIN", "PRAGMA", "COMMIT", "ROLLBACK", "SELECT pg_catalog", "select current_schema", "show ")


def quiet_app(url: str) -> Flask:
    """The application within this process, without its log of requests."""
    app = create_app(url, "benchmark " * 5)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return app


def statements(app: Flask, token: str, path: str, headers: Mapping[str, str]) -> int:
    """Count those of a GET, the second time it is asked."""
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    client.get(path, headers=headers)
    with counted() as seen:
        answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return len(seen)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that any engine of this process runs."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(NOT_COUNTED):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
