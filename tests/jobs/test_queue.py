"""Jobs: done once, given back with patience, taken over from the dead."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from ops.deeds import Deed
from ops.worker import Worker
from trade import db
from trade.actor import Actor, system
from trade.audit import AuditEntry
from trade.db import read, run
from trade.errors import Refused
from trade.jobs import queue, schedule
from trade.jobs.leases import LAST_ATTEMPT, back_off
from trade.jobs.models import Job
from trade.jobs.queue import Claim
from trade.numbers import NumberSeries, draw

ME = system("test")
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.fixture(autouse=True)
def bound(database_url: str) -> Iterator[None]:
    engine = db.connect(database_url)
    yield
    engine.dispose()


def put(key: str, kind: str = "count", **payload: object) -> bool:
    return run(lambda session, actor, given: queue.enqueue(session, kind, key, payload), ME, None)


def count(session: object, actor: Actor, day: str) -> None:
    """An effect that shows how often it happened: each run draws the next number."""
    draw(session, "T", datetime.fromisoformat(day).date())  # type: ignore[arg-type]


COUNTING = {"count": Deed(count, lambda day: day)}


def counted() -> int:
    with read() as session:
        return session.scalar(select(NumberSeries.last).where(NumberSeries.prefix == "T")) or 0


def job(key: str) -> Job:
    with read() as session:
        found = session.scalars(select(Job).where(Job.key == key)).one()
        session.expunge(found)
        return found


def test_the_same_work_is_put_down_once_and_done_once() -> None:
    assert put("a", day="2026-11-21") and not put("a", day="2026-11-21")
    worker = Worker(COUNTING)
    worker.drain()
    assert (counted(), job("a").state, worker.tally.done) == (1, "done", 1)
    assert not put("a", day="2026-11-21")
    worker.drain()
    assert counted() == 1


def test_a_job_waits_until_it_is_due() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        run(
            lambda s, a, g: queue.enqueue(s, "count", "a", {"day": "2026-11-21"}, NOON + timedelta(hours=1)),
            ME,
            None,
        )
        worker = Worker(COUNTING)
        assert not worker.is_needed()
        worker.drain()
        assert counted() == 0
        clock.shift(timedelta(hours=1))
        assert worker.is_needed()
        worker.drain()
        assert counted() == 1


def test_a_worker_that_died_gives_its_job_to_the_next_when_the_lease_is_over() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        put("a", day="2026-11-21")
        assert run(queue.claim, ME, Claim(["count"])) is not None
        worker = Worker(COUNTING)
        worker.drain()
        assert counted() == 0
        clock.shift(timedelta(seconds=61))
        worker.drain()
        assert (counted(), job("a").attempts) == (1, 2)


def test_who_lost_the_lease_cannot_finish_and_its_effect_is_undone() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        put("a", day="2026-11-21")
        slow = run(queue.claim, ME, Claim(["count"]))
        clock.shift(timedelta(seconds=61))
        Worker(COUNTING).drain()

        def too_late(session: object, actor: Actor, given: None) -> None:
            count(session, actor, "2026-11-21")
            queue.finish(session, slow)  # type: ignore[arg-type]

        with pytest.raises(queue.LeaseLost):
            run(too_late, ME, None)
        assert counted() == 1


def test_a_failure_leaves_no_effect_and_is_tried_again_each_time_later_until_it_is_dead() -> None:
    def breaks(session: object, actor: Actor, day: str) -> None:
        count(session, actor, day)
        raise ValueError("not today\x00")

    worker = Worker({"count": Deed(breaks, lambda day: day)})
    with time_machine.travel(NOON, tick=False) as clock:
        put("a", day="2026-11-21")
        for attempt in range(1, LAST_ATTEMPT + 1):
            worker.drain()
            assert job("a").attempts == attempt
            worker.drain()
            assert job("a").attempts == attempt, "not before it is due"
            clock.shift(back_off(attempt))
        dead = job("a")
        assert (dead.state, counted(), dead.last_error) == ("dead", 0, "ValueError: not today")
        assert not worker.is_needed()
        assert run(queue.revive, ME, dead.id)
        Worker(COUNTING).drain()
        assert (job("a").state, counted()) == ("done", 1)


def test_a_job_that_kills_its_workers_is_laid_aside() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        put("a", day="2026-11-21")
        for _ in range(LAST_ATTEMPT):
            assert run(queue.claim, ME, Claim(["count"])) is not None
            clock.shift(timedelta(seconds=61))
        assert run(queue.claim, ME, Claim(["count"])) is None
        assert job("a").state == "dead"


def test_long_work_that_comes_further_is_not_laid_aside_until_nobody_moves_it() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        put("a", day="2026-11-21")
        for came in range(1, 2 * LAST_ATTEMPT):
            task = run(queue.claim, ME, Claim(["count"]))
            assert task is not None
            kept = run(queue.keep, ME, queue.Step(task, came, 100, timedelta(seconds=60)))
            again = run(
                queue.keep, ME, queue.Step(kept, 1, 100, timedelta(seconds=60))
            )  # of what was done before
            assert (job("a").done, job("a").attempts, again.attempts) == (came, 1, 1)
            clock.shift(timedelta(seconds=61))
        for _ in range(LAST_ATTEMPT - 1):
            task = run(queue.claim, ME, Claim(["count"]))
            assert task is not None
            run(queue.keep, ME, queue.Step(task, came, 100, timedelta(seconds=60)))
            clock.shift(timedelta(seconds=61))
        assert run(queue.claim, ME, Claim(["count"])) is None
        assert (job("a").state, job("a").done) == ("dead", came)


def test_a_refusal_is_an_answer_and_what_it_keeps_is_written_down() -> None:
    def refuses(session: object, actor: Actor, day: str) -> None:
        count(session, actor, day)
        raise Refused("order.changed_meanwhile", keep={"order_id": 7})

    put("a", day="2026-11-21")
    Worker({"count": Deed(refuses, lambda day: day)}).drain()
    assert (job("a").state, job("a").last_error) == ("done", "refused: order.changed_meanwhile")
    assert counted() == 0
    with read() as session:
        assert session.scalars(select(AuditEntry.facts)).all() == [{"order_id": 7}]


def test_unknown_kinds_wait_for_a_worker_that_knows_them() -> None:
    put("a", kind="later")
    worker = Worker(COUNTING)
    worker.drain()
    assert job("a").state == "waiting" and not worker.is_needed()


def test_several_workers_share_the_work_without_doing_any_twice() -> None:
    for number in range(24):
        put(f"a-{number}", day="2026-11-21")
    workers = [Worker(COUNTING) for _ in range(4)]
    threads = [threading.Thread(target=worker.drain) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted() == 24
    assert sum(worker.tally.done for worker in workers) == 24


def test_a_round_puts_down_one_job_per_document_and_comes_back() -> None:
    found = [schedule.Work("count", "count-1", {"day": "2026-11-21"})]
    look = schedule.Round("count", schedule.every(minutes=1), lambda session, now: found)
    worker = Worker(COUNTING)
    worker.rounds, worker.kinds = {look.key: look}, ("count", look.key)
    with time_machine.travel(NOON, tick=False) as clock:
        run(schedule.plant, ME, [look])
        worker.drain()
        assert counted() == 1
        assert job(look.key).due_at == NOON + timedelta(minutes=1)
        clock.shift(timedelta(minutes=1))
        worker.drain()
        assert counted() == 1, "the key was done"
        found.append(schedule.Work("count", "count-2", {"day": "2026-11-21"}))
        run(schedule.call_in, ME, [look])
        worker.drain()
        assert counted() == 2


def test_a_round_that_fails_is_tried_for_ever() -> None:
    def breaks(session: object, now: datetime) -> list[schedule.Work]:
        raise ValueError("not today")

    look = schedule.Round("count", schedule.every(minutes=1), breaks)
    worker = Worker(COUNTING)
    worker.rounds, worker.kinds = {look.key: look}, ("count", look.key)
    with time_machine.travel(NOON, tick=False) as clock:
        run(schedule.plant, ME, [look])
        for _ in range(LAST_ATTEMPT + 3):
            worker.drain()
            clock.shift(timedelta(hours=1))
        assert job(look.key).state == "waiting"


def test_the_day_begins_where_the_brand_is() -> None:
    following = schedule.daily(datetime(2026, 1, 1, 0, 1).time())
    assert following(datetime(2026, 11, 21, 15, 59, tzinfo=UTC)) == datetime(2026, 11, 21, 16, 1, tzinfo=UTC)
    assert following(datetime(2026, 11, 21, 16, 1, tzinfo=UTC)) == datetime(2026, 11, 22, 16, 1, tzinfo=UTC)


def test_tidying_drops_what_was_done_long_ago_and_keeps_the_rest() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        put("old", day="2026-11-21")
        Worker(COUNTING).drain()
        clock.shift(timedelta(days=31))
        put("waiting", kind="later")
        assert run(queue.tidy, ME, 30) == 1
        with read() as session:
            assert session.scalars(select(Job.key)).all() == ["waiting"]
