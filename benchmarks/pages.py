"""Pages asked for one by one within this process: milliseconds, CPU of this process and of the database, statements."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask.testing import FlaskClient

from benchmarks import limits
from benchmarks.counting import quiet_app, statements
from benchmarks.measure import Turns, load
from benchmarks.places import Place
from web.access import COOKIE

TURNS = 3
COUNT, WARM = 10, 2


@dataclass(frozen=True)
class Asked:
    """A page: its name in the table, who asks, where, and what must stand there."""

    what: str
    token: str
    path: str
    mark: str


def visit(
    place: Place, url: str, pages: Sequence[Asked], limit: tuple[str, str]
) -> list[tuple[Turns, Turns]]:
    """Each page beside the limit's, in turn, three rounds of one client."""
    app = quiet_app(url)
    clients = {page.token: _client(app.test_client(), page.token) for page in pages}
    looks = [_look(clients[page.token], page.path, page.mark) for page in pages]
    looks.append(_look(limits.create_app(url).test_client(), *limit))
    sizes = [max(len(look()) for _ in range(WARM)) for look in looks]
    counts = [*[COUNT] * len(pages), 5 * COUNT]
    turns = [
        [
            load([look] * count, [os.getpid()], place.roots, clients=1)
            for look, count in zip(looks, counts, strict=True)
        ]
        for _ in range(TURNS)
    ]
    *columns, last = zip(*turns, strict=True)
    found = []
    for page, column, length in zip(pages, columns, sizes, strict=False):
        sql, plain = statements(app, page.token, page.path, {}), Turns(column)
        facts = f"{sql} SQL, {length / 1000:.0f} kB before packing, of it database {plain.database:.1f} ms"
        found.append((Turns(column, facts), Turns(last)))
    return found


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
