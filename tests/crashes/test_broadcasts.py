"""Kills while broadcasts are published at their moment and told: each once, to everybody, and nobody is told twice."""

import os
import time
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.crashes.conftest import Open
from tests.crashes.site import Crew, wait_until
from tests.races import crowd
from tests.races.crowd import Company, Staff
from tests.world import OPERATOR, actor_of
from trade import clock, db
from trade.actor import Actor
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import Broadcast, BroadcastRecipient
from trade.flows.publish_broadcast import Moment, schedule_broadcast
from trade.flows.write_broadcast import Text, create_broadcast
from trade.notices.models import Notice, OutboxMessage

COMPANIES, KILLS = 120, 60
TOPIC = "broadcast.published"
PAGE = Path("docs/proof/broadcasts.md")
HEAD = """# Broadcasts: killed at their moment

Written by `./test --proof tests/crashes/test_broadcasts.py`. Broadcasts to every distributor whose moment has come wait
for the worker, which is killed (-9) again and again while it publishes them and tells everybody. Afterwards each was
published once, with one row for every distributor and one message for every person, and `tongqu verify` names nothing.

| database | kills | broadcasts | distributors | messages | twice | missing |
|---|---|---|---|---|---|---|
"""


@pytest.mark.proof
def test_kill_9_while_broadcasts_come_to_their_moment(open_site: Open, database_url: str) -> None:
    with open_site(Crew((), has_worker=False, lease=1)) as site:
        count = db.run(_with_readers, OPERATOR, COMPANIES)
        with db.read() as session:
            writer = actor_of(session, "marketing")
        with clock.set_to(clock.now() - timedelta(hours=1)):
            for at in range(KILLS):
                _put_off(writer, at)
        kills = 0
        site.worker.start()
        while not _is_over():
            before = _told()
            wait_until(lambda before=before: _told() != before or _is_over())  # type: ignore[misc]
            time.sleep(site.dice.uniform(0.0, 0.08))
            if kills < KILLS:
                site.worker.kill()
                site.worker.start()
                kills += 1
        site.wait_until_sent()
        site.worker.stop()
        assert site.look().is_clean, site.look()
        with db.read() as session:
            messages = _prove_each_once(session, count)
        assert kills > KILLS // 2, "the work was over before the kills fell"
    if os.environ.get("TONGQU_PROOF"):
        _write_down(database_url.partition("+")[0].partition(":")[0], kills, count, messages)


def _with_readers(session: Session, actor: Actor, companies: int) -> int:
    """So many companies more with somebody who reads; answers how many there are then."""
    for at in range(companies):
        company = crowd.make_company(session, actor, Company(f"TOLD-{at}", Decimal(1000)))
        crowd.hire(session, actor, Staff([f"reader-{at}"], company))
    return session.scalar(select(func.count()).select_from(crowd.Distributor)) or 0


def _put_off(writer: Actor, at: int) -> None:
    given = Text("policy", f"政策 {at}", "第一条", Audience(is_everyone=True), "agree", clock.today())
    broadcast_id = db.run(create_broadcast, writer, given)
    moment = clock.now() + timedelta(minutes=1)
    db.run(schedule_broadcast, writer, Moment(broadcast_id, 1, moment))


def _told() -> tuple[int, int]:
    """Broadcasts that are out, and messages about them."""
    with db.read() as session:
        out = select(func.count()).where(Broadcast.state == "published")
        told = select(func.count()).where(Notice.topic == TOPIC)
        return session.scalar(out) or 0, session.scalar(told) or 0


def _is_over() -> bool:
    with db.read() as session:
        waiting = select(Broadcast.id).where(Broadcast.state == "scheduled").limit(1)
        unsent = select(OutboxMessage.id).where(OutboxMessage.topic == TOPIC, OutboxMessage.sent_at.is_(None))
        return session.scalar(waiting) is None and session.scalar(unsent.limit(1)) is None


def _prove_each_once(session: Session, count: int) -> int:
    published = session.scalars(select(Broadcast).where(Broadcast.state == "published")).all()
    assert len(published) == KILLS and len({each.number for each in published}) == KILLS
    posted = Counter(
        payload["broadcast_id"]
        for payload in session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == TOPIC))
    )
    assert posted == {each.id: 1 for each in published}
    rows = Counter(session.scalars(select(BroadcastRecipient.broadcast_id)))
    assert rows == {each.id: each.recipients for each in published}
    heard = Counter(tuple(row) for row in session.execute(_messages()))
    people = {person for _message, person in heard}
    assert set(heard.values()) == {1} and len(heard) == len(people) * KILLS and len(people) >= COMPANIES
    assert {each.recipients for each in published} == {count}
    return len(heard)


def _messages():
    return select(Notice.outbox_id, Notice.person_id).where(Notice.topic == TOPIC)


def _write_down(database: str, kills: int, count: int, messages: int) -> None:
    """Put this database's row in place of the one before."""
    known = PAGE.read_text("utf-8") if PAGE.exists() else HEAD
    kept = [each for each in known.splitlines() if not each.startswith(f"| {database} ")]
    PAGE.write_text(
        "\n".join([*kept, f"| {database} | {kills} | {KILLS} | {count} | {messages} | 0 | 0 |", ""]), "utf-8"
    )
