"""Pages asked for one by one within this process: milliseconds, CPU of this process and of the database, statements."""

import os
from collections.abc import Callable, Sequence

from flask.testing import FlaskClient

from benchmarks.counting import statements
from benchmarks.measure import Row, load
from benchmarks.places import Place
from web.access import COOKIE
from wsgi import create_app

TURNS = 3
COUNT = 10


def visit(place: Place, url: str, pages: Sequence[tuple[str, str, str, str]]) -> list[Row]:
    """Each page (name, token, path, what must stand there) in turn, three rounds of one client."""
    app = create_app(url, "benchmark " * 5)
    clients = {token: _client(app.test_client(), token) for _, token, _, _ in pages}
    sizes = [
        len(_look(clients[token], path, mark)()) for _, token, path, mark in pages
    ]  # warm, and looked into
    turns = [
        [
            load([_look(clients[token], path, mark)] * COUNT, [os.getpid()], place.roots, clients=1)
            for _, token, path, mark in pages
        ]
        for _ in range(TURNS)
    ]
    columns = list(zip(*turns, strict=True))
    return [
        Row(name, column, str(statements(url, token, path, {})), str(size))
        for (name, token, path, _), column, size in zip(pages, columns, sizes, strict=True)
    ]


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
