"""Engines and applications that serve one test after another: what they compiled once stays compiled."""

from typing import Any

from flask import Flask
from sqlalchemy import URL, Engine, event, make_url

from trade import db
from web.store import store
from wsgi import create_app

SECRET = "for tests only, and long enough"


class Movable:
    """An engine that goes from one database to the next of its kind."""

    def __init__(self, engine: Engine):
        self.engine, self.url = engine, engine.url
        event.listen(engine, "do_connect", self._redirect)

    def to(self, url: URL) -> Engine:
        """Leave the database of the last test, and let run() and read() use this one."""
        self.engine.dispose()
        self.url = url
        return db.bind(self.engine)

    def _redirect(self, dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> None:
        arguments[:], wanted = dialect.create_connect_args(self.url)
        named.update(wanted)


_engines: dict[str, Movable] = {}
_applications: dict[str, tuple[Flask, Movable]] = {}


def connected(url: str) -> Engine:
    """What db.connect() does, by the engine that this process has for the kind of database."""
    wanted = make_url(db.psycopg_url(url))
    if wanted.drivername not in _engines:
        _engines[wanted.drivername] = Movable(db.connect(url))
    return _engines[wanted.drivername].to(wanted)


def application(url: str) -> Flask:
    """The whole application on a prepared database; who adds routes or faults to it makes their own."""
    wanted = make_url(db.psycopg_url(url))
    if wanted.drivername not in _applications:
        app = create_app(url, SECRET)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        with app.app_context():
            _applications[wanted.drivername] = app, Movable(store.engine)
    app, engine = _applications[wanted.drivername]
    engine.to(wanted)
    return app
