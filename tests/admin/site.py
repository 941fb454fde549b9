"""The brand's side over HTTP: people who are signed in, orders in every state, and the whole database to compare."""

import re
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.reused import application
from tests.world import actor_of, standing, world
from trade import clock, db
from trade.actor import Actor
from trade.db import Base
from trade.flows.decide_order import Decision, decide_order
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.submit_order import Submission, submit_order
from trade.orders.models import Order, OrderLine
from trade.people.models import Membership, Person
from trade.people.sessions import open_session
from trade.settings import Setting
from web.access import COOKIE

SECRET = "for tests only, and long enough"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
# What no refusal may touch; sessions and the audit of refusals may grow.
GUARDED = (
    *("sales_order", "order_line", "order_event", "approval_request", "approval_decision"),
    *("credit_account", "ledger_entry", "credit_limit", "payment", "stock", "stock_movement"),
    *("shipment", "shipment_line", "person", "membership", "setting", "attachment", "outbox_message", "job"),
    *("idempotency_key", "number_series"),
)


class Browser:
    """One person's browser."""

    def __init__(self, client: FlaskClient, token: str):
        self.client, self.token = client, token

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **options)


class Site:
    def __init__(self, app: Any):
        self.app = app
        with db.read() as session:
            self.world = world(session)
            self.actors: dict[str, Actor] = {name: actor_of(session, name) for name in self.world.people}

    def browser(self, who: str) -> Browser:
        token = db.run(_signed_in, self.actors[who], who)
        client = self.app.test_client()
        client.set_cookie(COOKIE, token)
        found = TOKEN.search(client.get("/password").text)
        assert found
        return Browser(client, found[1])

    def order(self, order_id: int) -> Order:
        with db.read() as session:
            return session.scalars(select(Order).where(Order.id == order_id)).one()

    def lines(self, order_id: int) -> list[OrderLine]:
        wanted = select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.line_no)
        with db.read() as session:
            return list(session.scalars(wanted))

    def submit(self, who: str = "buyer", **quantities: int) -> int:
        wanted = {self.world.skus[code]: quantity for code, quantity in quantities.items()}
        order_id = db.run(fill_cart, self.actors[who], Wishes(wanted))
        db.run(submit_order, self.actors[who], Submission(order_id, self.order(order_id).version))
        return order_id

    def pending(self, who: str = "buyer", **quantities: int) -> int:
        """An order that waits for its rep, since everything above ¥10.00 does."""
        self.set("order.approve_above", "10.00")
        order_id = self.submit(who, **(quantities or {"CP0515": 10}))
        assert self.order(order_id).approval_state == "pending"
        return order_id

    def approved(self, who: str = "buyer", **quantities: int) -> int:
        order_id = self.submit(who, **(quantities or {"CP0515": 10, "SQ5524": 20}))
        assert self.order(order_id).approval_state == "approved"
        return order_id

    def held(self) -> int:
        order_id = self.submit(SQ5524=1700, CP0515=300)
        assert self.order(order_id).approval_state == "held"
        return order_id

    def decide(self, order_id: int, decision: str, who: str, comment: str = "") -> None:
        given = Decision(order_id, self.order(order_id).version, decision, comment)
        db.run(decide_order, self.actors[who], given)

    def set(self, key: str, value: object) -> None:
        db.run(_set, self.actors["administrator"], (key, value))

    def everything(self) -> dict[str, list[Any]]:
        """All guarded rows, to be compared before and after a refusal; and the ledgers must agree with the balances."""
        tables = Base.metadata.tables
        with db.read() as session:
            standing(session)
            return {
                name: [
                    tuple(row) for row in session.execute(select(tables[name]).order_by(tables[name].c.id))
                ]
                for name in GUARDED
                if name in tables
            }


def open_site(url: str) -> Iterator[Site]:
    """Serve the database at `url` from this process."""
    yield Site(application(url))


def field_error(answer: TestResponse, field_id: str) -> str:
    """What stands beside a field, or nothing."""
    found = re.search(rf'id="{field_id}-error">([^<]+)<', answer.text)
    return found[1] if found else ""


def _signed_in(session: Any, actor: Actor, who: str) -> str:
    membership = session.scalars(
        select(Membership).join(Person, Person.id == Membership.person_id).where(Person.user_name == who)
    ).one()
    return open_session(session, membership.person_id, membership.id, "127.0.0.1", "test", clock.now())


def _set(session: Any, actor: Actor, given: tuple[str, object]) -> None:
    key, value = given
    found = session.scalar(select(Setting).where(Setting.key == key))
    if found is None:
        session.add(Setting(key=key, value=value))
    else:
        found.value = value
