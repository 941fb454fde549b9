"""Guessing passwords, many at once, on both databases; and what a guess tells about who exists."""

import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.databases import Prepare
from tests.security import figures
from tests.world import OPERATOR, PASSWORD, build_template
from trade import db
from trade.actor import Actor
from trade.people import attempts, passwords
from trade.people.models import LoginSession, Person
from trade.settings import DEFAULTS
from web.store import store
from wsgi import create_app

SECRET = "for tests only, and long enough"
CSRF = re.compile(r'name="csrf-token" content="([^"]*)"')
AT_ONCE = 64
MOST = int(DEFAULTS["login.attempts"])


@pytest.fixture
def prepare() -> Prepare:
    return build_template


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = create_app(database_url, SECRET)
    yield app
    with app.app_context():
        store.engine.dispose()


def guess(app: Flask, name: str, password: str, address: str) -> int:
    """Open the page and try once, from one address."""
    client = app.test_client()
    where = {"REMOTE_ADDR": address}
    form = CSRF.search(client.get("/sign-in", environ_base=where).text)
    data = {"csrf_token": form[1] if form else "", "name": name, "password": password}
    return client.post("/sign-in", data=data, environ_base=where).status_code


def at_once(app: Flask, tries: list[tuple[str, str]]) -> Counter[int]:
    """All tries at the same moment: (name, address); how many got which answer."""
    answers: Counter[int] = Counter()
    gate = threading.Barrier(len(tries))

    def one(name: str, address: str) -> None:
        gate.wait()
        answers[guess(app, name, "wrong again and again", address)] += 1

    threads = [threading.Thread(target=one, args=each) for each in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.proof
def test_sixty_four_at_once_get_no_more_guesses_than_one_after_another(app, database_url):
    kind = database_url.partition(":")[0].partition("+")[0]
    account = at_once(app, [("buyer", f"10.1.0.{number}") for number in range(AT_ONCE)])
    assert account == Counter({422: MOST, 429: AT_ONCE - MOST})
    assert guess(app, "buyer", "wrong", "10.9.9.9") == 429
    limit = MOST * attempts.ADDRESS_FACTOR
    address = at_once(app, [(f"nobody-{number}", "10.2.0.1") for number in range(AT_ONCE)])
    assert address == Counter({422: min(limit, AT_ONCE), 429: max(AT_ONCE - limit, 0)})
    figures.tell(
        f"Guessing, {kind}",
        f"{AT_ONCE} guesses at once at one account from {AT_ONCE} addresses: {account[422]} were compared, {account[429]} refused.",
        f"{AT_ONCE} accounts at once from one address: {address[422]} were compared, {address[429]} refused;",
        "nobody else was shut out.",
    )


def _keep(session: Session, actor: Actor, hashed: str) -> None:
    session.execute(update(Person).values(password_hash=hashed))


@pytest.mark.proof
def test_who_exists_is_told_neither_by_words_nor_by_time(app, database_url, monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    passwords._nobodys.cache_clear()
    monkeypatch.setattr(attempts, "_limits", lambda session: (10_000, 15))
    db.run(_keep, OPERATOR, passwords.hashed(PASSWORD))  # the world's own hashes are quick ones
    took: dict[str, list[float]] = {"buyer": [], "nobody": []}
    for number in range(2 * 25):
        name = ("buyer", "nobody")[number % 2]
        begun = time.perf_counter()
        assert guess(app, name, "wrong", "10.3.0.1") == 422
        took[name].append(time.perf_counter() - begun)
    passwords._nobodys.cache_clear()
    known, unknown = (1000 * statistics.median(took[name]) for name in ("buyer", "nobody"))
    assert 0.7 < known / unknown < 1.4
    kind = database_url.partition(":")[0].partition("+")[0]
    figures.tell(
        f"Who exists, {kind}",
        f"A wrong password for somebody and for nobody: {known:.0f} ms and {unknown:.0f} ms (medians of 25 with the",
        "shipped Argon2id); the pages are the same but for the name that was typed (tests/portal/test_threshold.py).",
    )


def test_nobody_is_in_after_any_number_of_wrong_guesses(sqlite_url):
    app = create_app(sqlite_url, SECRET)
    answers = at_once(app, [("buyer", f"10.1.0.{number}") for number in range(12)])
    assert answers == Counter({422: MOST, 429: 12 - MOST})
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 0
    with app.app_context():
        store.engine.dispose()


def test_without_the_pause_all_are_compared(sqlite_url, monkeypatch):
    monkeypatch.setattr(attempts, "_limits", lambda session: (1000, 15))
    app = create_app(sqlite_url, SECRET)
    assert at_once(app, [("buyer", "10.1.0.1")] * 8) == Counter({422: 8})
    with app.app_context():
        store.engine.dispose()
