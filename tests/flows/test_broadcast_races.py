"""What two people, or two workers, do with one broadcast at once; each guard has a twin without it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Event

import pytest
from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError

from tests.flows.cast import Cast
from trade import clock, db
from trade.broadcasts import audience, publishers, recipients, states
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import (
    Broadcast,
    BroadcastAcknowledgement,
)
from trade.errors import Refused
from trade.flows.acknowledge_broadcast import Agreement, acknowledge_broadcast
from trade.flows.publish_broadcast import (
    Moment,
    Publication,
    Recall,
    publish_broadcast,
    publish_due_broadcast,
    recall_broadcast,
    schedule_broadcast,
)
from trade.flows.write_broadcast import (
    SeenBroadcast,
    Text,
    create_broadcast,
)
from trade.notices.models import OutboxMessage

pytestmark = pytest.mark.usefixtures("verified")
EVERYBODY = Audience(is_everyone=True)


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))


def said(wanted: Audience = EVERYBODY, **more) -> Text:
    given = Text("policy", "政策", "第一条", wanted, "agree", clock.today() + timedelta(days=5))
    return replace(given, **more)


def published(cast: Cast, given: Text | None = None) -> int:
    broadcast_id = db.run(create_broadcast, cast["marketing"], given or said())
    with db.read() as session:
        count = audience.count(session, cast["marketing"], (given or said()).audience)
    db.run(publish_broadcast, cast["marketing"], Publication(broadcast_id, 1, count))
    return broadcast_id


def is_said_after_recall(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Somebody confirms and stops just before the word is written; a recall comes meanwhile: is it over by then?"""
    broadcast_id = published(cast)
    is_asked, is_recalled, late = Event(), Event(), []
    note = recipients.note_read

    def slowly(*given) -> bool:
        is_asked.set()
        late.append(is_recalled.wait(0.7))
        return note(*given)

    def take_back() -> None:
        is_asked.wait(5)
        db.run(recall_broadcast, cast["marketing"], Recall(broadcast_id, 2, "错"))
        is_recalled.set()

    with monkeypatch.context() as pause, ThreadPoolExecutor(2) as pool:
        pause.setattr(recipients, "note_read", slowly)
        word = pool.submit(db.run, acknowledge_broadcast, cast["owner"], Agreement(broadcast_id, True))
        pool.submit(take_back).result()
        word.result()
    with db.read() as session:
        assert session.scalar(select(func.count(BroadcastAcknowledgement.id))) == 1
        assert session.scalar(select(Broadcast.state).where(Broadcast.id == broadcast_id)) == "recalled"
    return late[0]


def test_no_word_is_written_after_a_recall_that_comes_at_once(cast: Cast, monkeypatch) -> None:
    assert not is_said_after_recall(cast, monkeypatch)


def test_without_the_held_row_a_word_is_written_after_the_recall(
    cast: Cast, monkeypatch, database_url
) -> None:
    monkeypatch.setattr(Select, "with_for_update", lambda self, **_how: self)
    assert is_said_after_recall(cast, monkeypatch) == database_url.startswith(
        "postgresql"
    )  # SQLite: one writer


def by_two_workers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], int]:
    """What becomes of two workers who both have before them that its moment has come; how often it is told."""
    broadcast_id = db.run(create_broadcast, cast["marketing"], said())
    db.run(schedule_broadcast, cast["marketing"], Moment(broadcast_id, 1, clock.now() + timedelta(hours=1)))
    both, asked = Barrier(2), publishers.actor_of

    def together(*given):
        with suppress(BrokenBarrierError):  # where writers take turns nobody else comes
            both.wait(0.7)
        return asked(*given)

    def publish() -> str:
        try:
            with clock.set_to(clock.now() + timedelta(hours=2)):
                return str(
                    db.run(publish_due_broadcast, cast["administrator"], SeenBroadcast(broadcast_id, 2))
                )
        except (Refused, IntegrityError) as error:
            return type(error).__name__

    with monkeypatch.context() as pause:
        pause.setattr(publishers, "actor_of", together)
        with ThreadPoolExecutor(2) as pool:
            done = sorted(each.result() for each in [pool.submit(publish), pool.submit(publish)])
    with db.read() as session:
        posted = select(func.count(OutboxMessage.id)).where(OutboxMessage.topic == "broadcast.published")
        return done, session.scalar(posted) or 0


def test_of_two_workers_at_its_moment_one_publishes(cast: Cast, monkeypatch, database_url) -> None:
    other = "Refused" if database_url.startswith("postgresql") else "False"
    assert by_two_workers(cast, monkeypatch) == (sorted([other, "True"]), 1)


def test_without_the_guard_both_workers_publish_and_only_the_history_stops_one(
    cast: Cast, monkeypatch, database_url
) -> None:
    def unguarded(session, row, after: str, version: int, **values) -> bool:
        moved = (
            update(Broadcast).where(Broadcast.id == row.id).values(state=after, version=version + 1, **values)
        )
        session.execute(moved.execution_options(synchronize_session="fetch"))
        return True

    monkeypatch.setattr(states, "move_once", unguarded)
    other = "IntegrityError" if database_url.startswith("postgresql") else "False"
    assert by_two_workers(cast, monkeypatch) == (sorted([other, "True"]), 1)
