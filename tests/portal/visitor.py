"""Somebody at the portal: signs in, reads pages, sends forms, and counts what it costs."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.reused import application
from tests.world import PASSWORD, World, world
from trade import db
from trade.orders.models import Order, OrderLine
from trade.settings import Setting
from web.store import store

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


def open_portal(url: str) -> Flask:
    """The whole application on a prepared database."""
    return application(url)


class Visitor:
    """One browser without JavaScript; with `partial` it asks as htmx does."""

    def __init__(self, app: Flask, name: str):
        self.app, self.client = app, app.test_client()
        self.token = ""
        answer = self.post("/sign-in", name=name, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        self.token = ""

    def get(self, url: str, *, partial: bool = False) -> TestResponse:
        return self.client.get(url, headers=HTMX if partial else {})

    def page(self, url: str) -> str:
        answer = self.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
        return answer.text

    def post(self, url: str, *, partial: bool = False, **form: Any) -> TestResponse:
        headers = HTMX if partial else {}
        return self.client.post(url, data={"csrf_token": self.csrf(), **form}, headers=headers)

    def csrf(self) -> str:
        """The token that a page of this session carries."""
        if not self.token:
            found = TOKEN.search(self.client.get("/sign-in", follow_redirects=True).text)
            assert found
            self.token = found[1]
        return self.token

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """Collect the statements that reach the database; beginning and ending a transaction are none."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(CONTROL):
                seen.append(statement)

        with self.app.app_context():
            engine = store.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)


def ids() -> World:
    with db.read() as session:
        return world(session)


def look(query: Callable[[Session], Any]) -> Any:
    with db.read() as session:
        return query(session)


def change_setting(key: str, value: object) -> None:
    """Set what an administrator would."""

    def change(session: Session, actor: object, given: None) -> None:
        row = session.scalar(select(Setting).where(Setting.key == key))
        if row is None:
            session.add(Setting(key=key, value=value))
        else:
            row.value = value

    db.run(change, None, None)  # type: ignore[arg-type]


def orders() -> list[Order]:
    return look(lambda session: list(session.scalars(select(Order).order_by(Order.id))))


def lines() -> list[OrderLine]:
    return look(lambda session: list(session.scalars(select(OrderLine).order_by(OrderLine.line_no))))


def plain(text: str) -> str:
    """A page without what differs at every request: the tokens of its forms."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text).strip()


def hidden(text: str, name: str) -> str:
    """The value of a hidden input."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found, name
    return found[1]
