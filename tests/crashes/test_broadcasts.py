"""Kills while broadcasts are published at their moment and told: each once, to everybody, and nobody is told twice."""

import os
import time
from collections import Counter
from dataclasses import astuple, dataclass
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
All figures are counted in the database afterwards; twice and missing are of recipients and of messages together.

| database | kills | broadcasts | distributors | recipients | people | messages | twice | missing |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Counted:
    """What stood in the database after the kills."""

    broadcasts: int
    distributors: int
    recipients: int
    people: int
    messages: int
    twice: int
    missing: int


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
            counted = _counted(session, count)
        assert counted.broadcasts == KILLS and counted.people >= COMPANIES and counted.distributors == count
        assert (counted.twice, counted.missing) == (0, 0), counted
        assert kills > KILLS // 2, "the work was over before the kills fell"
    if os.environ.get("TONGQU_PROOF"):
        _write_down(database_url.partition("+")[0].partition(":")[0], kills, counted)


def _with_readers(session: Session, actor: Actor, companies: int) -> int:
    """So many companies more with somebody who reads; answers how many there are then."""
    for at in range(companies):
        company = crowd.make_company(session, actor, Company(f"TOLD-{at}", Decimal(1000)))
        crowd.hire(session, actor, Staff([f"reader-{at}"], company))
    return session.scalar(select(func.count()).select_from(crowd.Distributor)) or 0


def _put_off(writer: Actor, at: int) -> None:
    given = Text(
        "policy", f"政策 {at}", "第一条", Audience(is_everyone=True), "agree", clock.today() + timedelta(1)
    )
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


def _counted(session: Session, distributors: int) -> Counted:
    """What is there, held against one row for each distributor and one message for each person of each broadcast."""
    published = session.scalars(select(Broadcast).where(Broadcast.state == "published")).all()
    assert len({each.number for each in published}) == len(published)
    assert {each.recipients for each in published} == {distributors}
    posted = Counter(
        payload["broadcast_id"]
        for payload in session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == TOPIC))
    )
    assert posted == {each.id: 1 for each in published}
    reached = Counter(
        session.execute(select(BroadcastRecipient.broadcast_id, BroadcastRecipient.distributor_id))
    )
    heard = Counter(session.execute(select(Notice.outbox_id, Notice.person_id).where(Notice.topic == TOPIC)))
    people = {person for _message, person in heard}
    wanted = len(published) * (distributors + len(people))
    return Counted(
        len(published),
        distributors,
        reached.total(),
        len(people),
        heard.total(),
        reached.total() + heard.total() - len(reached) - len(heard),
        wanted - len(reached) - len(heard),
    )


def _write_down(database: str, kills: int, counted: Counted) -> None:
    """Put this database's row in place of the one before."""
    known = PAGE.read_text("utf-8") if PAGE.exists() else HEAD
    kept = [each for each in known.splitlines() if not each.startswith(f"| {database} ")]
    figures = " | ".join(f"{each:,}" for each in (kills, *astuple(counted)))
    PAGE.write_text("\n".join([*kept, f"| {database} | {figures} |", ""]), "utf-8")
