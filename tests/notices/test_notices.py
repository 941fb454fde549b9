"""Messages: sent at least once, outside every transaction; people are told once, and only whom it concerns."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from ops.worker import Worker
from tests.world import actor_of, world
from trade import db
from trade.actor import Actor, system
from trade.db import read, run
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.read_notices import Reading, read_notices
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.submit_order import Submission, submit_order
from trade.jobs.leases import LAST_ATTEMPT, back_off
from trade.notices import delivery, outbox, queries
from trade.notices.models import Notice, OutboxMessage
from trade.orders.models import Order
from trade.people.models import Person
from trade.settings import Setting

ME = system("test")
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def bound(database_url: str) -> Iterator[Any]:
    engine = db.connect(database_url)
    yield engine
    engine.dispose()


def post(topic: str, **payload: Any) -> None:
    run(lambda session, actor, given: outbox.post(session, topic, **payload), ME, None)


def unread(session: Session, actor: Actor) -> int | None:
    return session.scalar(select(queries.unread(actor)))


def told() -> dict[str, list[str]]:
    """Who was told what, by topic."""
    found: dict[str, list[str]] = {}
    with read() as session:
        rows = session.execute(
            select(Notice.topic, Person.user_name)
            .join(Person, Person.id == Notice.person_id)
            .order_by(Notice.outbox_id, Person.user_name)
        )
        for topic, name in rows:
            found.setdefault(topic, []).append(name)
    return found


def submitted(first: bool) -> int:
    def fill(session: Any, actor: Any, given: None) -> None:
        if first:
            session.query(Setting).filter_by(key="order.approve_first").delete()

    run(fill, ME, None)
    with read() as session:
        buyer, skus = actor_of(session, "buyer"), world(session).skus
    order_id = run(fill_cart, buyer, Wishes({skus["CP0515"]: 2}))
    with read() as session:
        version = session.scalars(select(Order.version).where(Order.id == order_id)).one()
    run(submit_order, buyer, Submission(order_id, version))
    return order_id


def test_a_pending_order_tells_those_who_may_decide() -> None:
    submitted(first=True)
    Worker().drain()
    assert told() == {"order.pending": ["rep"]}


def test_an_approved_order_tells_the_distributor_and_its_rep_with_the_facts_that_people_want() -> None:
    order_id = submitted(first=False)
    Worker().drain()
    assert told() == {"order.approved": ["buyer", "clerk", "owner", "rep"]}
    with read() as session:
        notice = session.scalars(select(Notice)).first()
        assert notice is not None and notice.facts["order_id"] == order_id
        assert notice.facts["distributor"] == "漳州市鑫禾源食品商贸有限公司"
        assert notice.facts["number"] and Decimal(notice.facts["amount"]) == Decimal("86.40")


def test_a_payment_tells_the_distributors_people_and_no_stranger() -> None:
    with read() as session:
        finance, home = actor_of(session, "finance"), world(session).distributors["D1"]
    run(record_payment, finance, Receipt(home, NOON.date() - timedelta(days=400), Decimal("10.00"), "bank-1"))
    Worker().drain()
    assert told() == {"payment.recorded": ["buyer", "clerk", "owner"]}


def test_a_limit_tells_who_looks_after_the_money() -> None:
    with read() as session:
        home = world(session).distributors["D1"]
    post("credit.limit_changed", distributor_id=home)
    Worker().drain()
    assert told() == {"credit.limit_changed": ["clerk", "owner"]}


def test_a_message_that_nobody_listens_to_is_sent_to_nobody() -> None:
    post("weather.changed")
    worker = Worker()
    worker.drain()
    assert told() == {} and worker.tally.sent == 1 and not worker.is_needed()


def test_who_left_is_told_nothing() -> None:
    with read() as session:
        home = world(session).distributors["D1"]

    def leave(session: Any, actor: Any, given: None) -> None:
        session.query(Person).filter_by(user_name="owner").update({"is_active": False})

    run(leave, ME, None)
    post("credit.limit_changed", distributor_id=home)
    Worker().drain()
    assert told() == {"credit.limit_changed": ["clerk"]}


def test_the_same_message_twice_tells_once() -> None:
    with read() as session:
        home = world(session).distributors["D1"]
    post("credit.limit_changed", distributor_id=home)
    letter = run(outbox.claim, ME, timedelta(seconds=60))
    assert letter is not None
    deliver = lambda session, actor, given: delivery.deliver(session, given)
    assert len(run(deliver, ME, letter)) == 2
    assert run(deliver, ME, letter) == []


def test_what_leaves_the_building_leaves_outside_every_transaction_and_again_after_a_failure() -> None:
    seen: list[tuple[int, bool]] = []

    def send(letter: outbox.Letter) -> None:
        seen.append((letter.id, db._open.get()))
        if len(seen) == 1:
            raise ConnectionError("the carrier is down")

    worker = Worker(senders=[send])
    with time_machine.travel(NOON, tick=False) as clock:
        post("weather.changed")
        worker.drain()
        assert (worker.tally.failed, worker.tally.sent, len(seen)) == (1, 0, 1)
        clock.shift(back_off(1))
        worker.drain()
    assert (worker.tally.sent, [is_open for _, is_open in seen]) == (1, [False, False])


def test_what_cannot_be_sent_is_laid_aside_and_shown() -> None:
    def send(letter: outbox.Letter) -> None:
        raise ConnectionError("no such address")

    worker = Worker(senders=[send])
    with time_machine.travel(NOON, tick=False) as clock:
        post("weather.changed")
        for attempt in range(1, LAST_ATTEMPT + 1):
            worker.drain()
            clock.shift(back_off(attempt))
        assert not worker.is_needed()
    laid_aside = select(OutboxMessage.last_error).where(OutboxMessage.dead_at.is_not(None))
    with read() as session:
        assert session.scalars(laid_aside).all() == ["ConnectionError: no such address"]


def test_a_message_whose_sender_died_is_sent_by_the_next() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        post("weather.changed")
        dead = run(outbox.claim, ME, timedelta(seconds=60))
        assert dead is not None and run(outbox.claim, ME, timedelta(seconds=60)) is None
        clock.shift(timedelta(seconds=61))
        worker = Worker()
        worker.drain()
        assert worker.tally.sent == 1
        assert not run(lambda session, actor, given: outbox.mark_sent(session, dead), ME, None)


def test_a_deed_that_is_undone_leaves_no_message() -> None:
    def undone(session: Any, actor: Any, given: None) -> None:
        outbox.post(session, "weather.changed")
        raise ValueError

    with pytest.raises(ValueError):
        run(undone, ME, None)
    with read() as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_a_person_reads_their_own_notices_and_nobody_elses(bound: Any) -> None:
    with read() as session:
        home = world(session).distributors["D1"]
        actors = {name: actor_of(session, name) for name in ("owner", "clerk", "stranger")}
    for _ in range(3):
        post("credit.limit_changed", distributor_id=home)
    Worker().drain()

    statements: list[str] = []
    event.listen(bound, "before_cursor_execute", lambda c, cu, text, *_: statements.append(text))
    with read() as session:
        assert unread(session, actors["owner"]) == 3
        assert len([each for each in statements if "notice" in each]) == 1
        assert unread(session, actors["stranger"]) == 0
        newest, middle, _ = queries.listed(session, actors["owner"])
        assert newest.id > middle.id
        assert [
            each.id for each in queries.listed(session, actors["owner"], before_id=newest.id, limit=1)
        ] == [middle.id]
        newest_id, middle_id = newest.id, middle.id

    assert run(read_notices, actors["clerk"], Reading(notice_id=newest_id)) == 0
    assert run(read_notices, actors["owner"], Reading(notice_id=newest_id)) == 1
    assert run(read_notices, actors["owner"], Reading(notice_id=newest_id)) == 0
    assert run(read_notices, actors["owner"], Reading(up_to_id=middle_id)) == 2
    with read() as session:
        assert unread(session, actors["owner"]) == 0
        assert unread(session, actors["clerk"]) == 3
