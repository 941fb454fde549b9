"""System status: what is wrong, in words; what was laid aside, once more; the books, proven."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, func, select

from ops.deeds import DEEDS, ERRANDS
from ops.worker import Worker
from tests.admin.site import Site
from tests.verify import planted
from trade import clock, db
from trade.audit import AuditEntry
from trade.backups import log
from trade.backups.log import Outcome
from trade.jobs import heartbeats, queue
from trade.jobs.models import Job
from trade.notices.models import Notice, OutboxMessage
from trade.watch import letters
from trade.watch.models import VerifyRun
from web.store import store

WATCH = {"system.tell": DEEDS["system.tell"]}
PROVE = {"verify.run": ERRANDS["verify.run"]}


@pytest.fixture
def laid_aside(site: Site) -> tuple[int, int]:
    """A job and a message that were tried too often."""
    return db.run(_lay_aside, site.actors["administrator"], None)


@pytest.fixture
def statements(site: Site) -> Iterator[list[str]]:
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        heard.append(statement)

    with site.app.app_context():
        engine = store.engine
    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


def test_it_says_what_is_wrong_and_when_all_is_well(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = site.browser("administrator")
    page = browser.get("/admin/status")
    assert page.status_code == 200 and "后台程序没有运行" in page.text and "一切正常" not in page.text
    monkeypatch.setattr("trade.watch.rules._copies", lambda state: iter(()))  # no backup here
    db.run(heartbeats.begin, site.actors["administrator"], "one")
    page = browser.get("/admin/status")
    assert "一切正常" in page.text and "后台程序没有运行" not in page.text


def test_it_keeps_its_budget_with_much_laid_aside(
    site: Site, laid_aside: tuple[int, int], statements: list[str]
) -> None:
    browser = site.browser("administrator")
    statements.clear()
    assert browser.get("/admin/status").status_code == 200
    questions = [each for each in statements if not each.startswith(("PRAGMA", "BEGIN"))]
    assert len(questions) <= 12, questions


def test_a_job_is_tried_again_once_whoever_taps_twice(site: Site, laid_aside: tuple[int, int]) -> None:
    job_id, message_id = laid_aside
    browser = site.browser("administrator")
    path = f"/admin/status/jobs/{job_id}/revival"
    assert browser.post(path).status_code == 303
    again = browser.post(path)
    assert again.status_code == 422 and "已经有人让它重新运行了" in again.text
    with db.read() as session:
        job = session.scalars(select(Job).where(Job.id == job_id)).one()
        assert (job.state, job.attempts) == ("waiting", 0)
        retried = select(func.count(AuditEntry.id)).where(AuditEntry.event == "job.retried")
        assert session.scalar(retried) == 1
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.id == message_id)).one()
        assert message.dead_at is not None


def test_without_its_guard_a_second_tap_would_be_told_that_it_worked(
    site: Site, laid_aside: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "revive_jobs", lambda session, *ids: [(each, "") for each in ids])
    browser = site.browser("administrator")
    path = f"/admin/status/jobs/{laid_aside[0]}/revival"
    assert [browser.post(path).status_code for _ in range(2)] == [303, 303]


def test_everything_is_tried_again_at_one_tap(site: Site, laid_aside: tuple[int, int]) -> None:
    browser = site.browser("administrator")
    assert browser.post("/admin/status/revival").status_code == 303
    with db.read() as session:
        assert not session.scalar(select(func.count(Job.id)).where(Job.state == "dead"))
        assert not session.scalar(
            select(func.count(OutboxMessage.id)).where(OutboxMessage.dead_at.is_not(None))
        )
        told = select(AuditEntry.event).where(AuditEntry.event.like("%.retried")).order_by(AuditEntry.event)
        assert session.scalars(told).all() == ["job.retried", "message.retried"]


def test_nobody_but_who_looks_after_the_program_retries(site: Site, laid_aside: tuple[int, int]) -> None:
    before = site.everything()
    for who in "rep", "finance":
        browser = site.browser(who)
        for path in "/admin/status/revival", f"/admin/status/jobs/{laid_aside[0]}/revival":
            assert browser.post(path).status_code == 403
    assert site.everything() == before


def test_the_books_are_proven_when_asked_and_a_breach_reaches_the_administrators(
    site: Site, database_url: str
) -> None:
    browser = site.browser("administrator")
    for _ in range(2):
        assert browser.post("/admin/status/verification").status_code == 303
    Worker({}, PROVE).drain()
    with db.read() as session:
        run = session.scalars(select(VerifyRun)).one()
        assert (run.breaches, run.source) == (0, "page") and run.invariants > 40 and run.finished_at
    planted.plant(database_url, planted.CREDIT[0])
    browser.post("/admin/status/verification")
    worker = Worker({}, PROVE)
    worker.drain()
    page = browser.get("/admin/status")
    assert "账目不符" in page.text
    with db.read() as session:
        topics = session.scalars(select(Notice.topic)).all()
        assert topics.count("system.verify.breached") == 1
        run_id = session.scalar(select(func.max(VerifyRun.id)))
    assert "credit.used" in browser.get(f"/admin/status/proofs/{run_id}").text


def test_what_stays_broken_is_told_once_a_day(site: Site, laid_aside: tuple[int, int]) -> None:
    for _ in range(2):
        Worker(WATCH, {}).once()
    with db.read() as session:
        topics = sorted(session.scalars(select(Notice.topic).where(Notice.topic.startswith("system."))))
    assert topics == ["system.job.dead", "system.message.dead"]


def test_a_backup_that_is_older_than_planned_is_told_once_a_day(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGQU_BACKUP_MINUTES", "60")
    start, told = (clock.now() + timedelta(days=1)).replace(hour=1), list[list[int]]()  # nine in the morning
    with time_machine.travel(start):
        made = Outcome("scheduled", start, "tongqu-1.tar", 1)
        db.run(log.note, site.actors["administrator"], made)
    for hours in (1, 3, 4, 27):  # an hour and a bit more is what the plan allows, and an hour to make one
        with time_machine.travel(start + timedelta(hours=hours)):
            for _ in range(2):
                Worker(WATCH, {}).once()
        with db.read() as session:
            late = select(Notice.person_id).where(Notice.topic == "system.backup.late")
            told.append(list(session.scalars(late)))
    administrator = site.world.people["administrator"]
    assert told == [[], [administrator], [administrator], [administrator] * 2]


def _lay_aside(session: Any, actor: Any, given: None) -> tuple[int, int]:
    queue.enqueue(session, "order.retest", "order.retest-1-v1", {"order_id": 1, "version": 1})
    job = session.scalars(select(Job)).one()
    job.state, job.attempts, job.last_error = "dead", 8, "no answer"
    message = OutboxMessage(topic="order.shipped", payload={}, attempts=8, dead_at=clock.now())
    session.add(message)
    session.flush()
    return job.id, message.id
