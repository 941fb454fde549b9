"""Pages asked for one by one within this process: milliseconds, CPU of this process and of the database, statements."""

import logging
import os
from collections.abc import Callable, Sequence

import structlog
from flask.testing import FlaskClient

from benchmarks import limits
from benchmarks.counting import statements
from benchmarks.measure import Row, load
from benchmarks.places import Place
from web.access import COOKIE
from wsgi import create_app

TURNS = 3
COUNT = 10


def visit(
    place: Place, url: str, pages: Sequence[tuple[str, str, str, str]], limit: tuple[str, str]
) -> list[Row]:
    """Each page (name, token, path, what must stand there) and the limit's in turn, three rounds of one client."""
    app = create_app(url, "benchmark " * 5)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    clients = {token: _client(app.test_client(), token) for _, token, _, _ in pages}
    looks = [_look(clients[token], path, mark) for _, token, path, mark in pages]
    looks.append(_look(limits.create_app(url).test_client(), *limit))
    sizes = [len(look()) for look in looks]  # warm, and looked into
    turns = [
        [load([look] * COUNT, [os.getpid()], place.roots, clients=1) for look in looks] for _ in range(TURNS)
    ]
    columns = list(zip(*turns, strict=True))
    counts = [str(statements(url, token, path, {})) for _, token, path, _ in pages]
    names = [*(name for name, *_ in pages), "limit: Flask + ORM + Jinja, 50 rows"]
    rows = zip(names, columns, [*counts, "1"], map(str, sizes), strict=True)
    return [Row(*each) for each in rows]


def _client(client: FlaskClient, token: str) -> FlaskClient:
    client.set_cookie(COOKIE, token)
    return client


def _look(client: FlaskClient, path: str, mark: str) -> Callable[[], bytes]:
    def look() -> bytes:
        answer = client.get(path)
        if answer.status_code != 200 or mark not in answer.text:
            raise RuntimeError(f"{path} answered {answer.status_code} without {mark}")
        return answer.data

    return look
