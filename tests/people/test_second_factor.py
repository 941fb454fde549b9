"""The second factor over HTTP: set up, shown, replayed, lost, taken away; and what half a sign-in opens: nothing."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from press.notice_words import to_brand
from tests.portal.visitor import change_setting
from tests.reused import application
from tests.world import PASSWORD
from trade import db
from trade.audit import AuditEntry
from trade.notices.models import OutboxMessage
from trade.people import authenticators, recovery
from trade.people.models import HalfSignIn, LoginSession, Person, RecoveryCode
from web import access
from web.session import DEVICE_COOKIE, HALF_COOKIE

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
SECRET = re.compile(r'<code class="secret">([A-Z2-7 ]+)</code>')
CODE = re.compile(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>")
CSRF = re.compile(r'name="csrf-token" content="([^"]*)"')
INSIDE = ("/", "/password", "/security", "/security/app", "/portal/me", "/portal/catalog", "/admin/orders")


class Browser:
    """One browser without JavaScript, by which somebody signs in and sets up what is asked."""

    def __init__(self, app: Flask):
        self.client, self.token = app.test_client(), ""
        self.get("/sign-in")

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(path)
        if found := CSRF.search(answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **form})

    def sign_in(self, name: str, password: str = PASSWORD) -> TestResponse:
        self.get("/password")  # the form of signing in stands here too for whoever is not in
        answer = self.post("/sign-in", name=name, password=password)
        self.get(answer.headers.get("Location", "/"))
        return answer

    @property
    def is_in(self) -> bool:
        return self.client.get("/password").status_code == 200

    def set_up(self) -> tuple[pyotp.TOTP, list[str]]:
        """Set the app up inside and go on; answers the app and the recovery codes."""
        self.get("/security")
        assert self.post("/security/app/beginning", password=PASSWORD).status_code == 303
        return self.confirm("/security/app")

    def confirm(self, path: str) -> tuple[pyotp.TOTP, list[str]]:
        found = SECRET.search(self.get(path).text)
        assert found
        app = pyotp.TOTP(found[1].replace(" ", ""))
        page = self.post(path, code=app.at(now()))
        assert page.status_code == 200, page.text
        self.get("/security")
        return app, CODE.findall(page.text)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as stopped:
        yield stopped


@pytest.fixture
def app(database_url: str, clock: Any) -> Flask:
    return application(database_url)


def look(query: Any) -> Any:
    with db.read() as session:
        return session.scalar(query)


def events(name: str) -> int:
    return look(select(func.count()).where(AuditEntry.event == name))


def told(topic: str) -> int:
    return look(select(func.count()).where(OutboxMessage.topic == f"account.{topic}"))


def test_set_up_then_signed_in_with_a_code_that_counts_once(app, clock):
    here, elsewhere = Browser(app), Browser(app)
    here.sign_in("rep")
    elsewhere.sign_in("rep")
    first = here.client.get_cookie(access.COOKIE)
    counter, codes = here.set_up()
    assert len(set(codes)) == 10 and here.is_in and not elsewhere.is_in
    assert here.client.get_cookie(access.COOKIE) != first, "a new session after the factor"
    assert counter.secret not in str(look(select(authenticators.Authenticator.sealed)))
    half = elsewhere.sign_in("rep")
    assert half.headers["Location"].startswith("/second-factor") and not elsewhere.is_in
    used = counter.at(now())
    assert elsewhere.post("/second-factor", code=used).status_code == 422, (
        "the code that set it up is used up"
    )
    clock.shift(30)
    assert (
        elsewhere.post("/second-factor", code=counter.at(now() + timedelta(seconds=120))).status_code == 422
    )
    right = counter.at(now())
    assert elsewhere.post("/second-factor", code=f" {right[:3]} {right[3:]}").status_code == 303
    assert elsewhere.is_in and events("factor.set_up") == 1 and events("factor.wrong") == 2
    third = Browser(app)
    third.sign_in("rep")
    assert third.post("/second-factor", code=right).status_code == 422 and not third.is_in, "a replay"
    assert third.post("/second-factor", code=counter.at(now() - timedelta(seconds=30))).status_code == 422


def test_without_the_last_step_a_replay_would_pass(app, clock, monkeypatch):
    monkeypatch.setattr(authenticators, "take_step", lambda session, person_id, step: True)
    browser, other = Browser(app), Browser(app)
    browser.sign_in("rep")
    counter, _ = browser.set_up()
    other.sign_in("rep")
    assert other.post("/second-factor", code=counter.at(now())).status_code == 303 and other.is_in


def test_half_a_sign_in_opens_nothing_and_ends(app, clock):
    browser = Browser(app)
    browser.sign_in("rep")
    counter, _ = browser.set_up()
    half = Browser(app)
    half.sign_in("rep")
    token = half.client.get_cookie(HALF_COOKIE).value
    half.client.set_cookie(access.COOKIE, token)  # nor as a session's own token
    for path in INSIDE:
        answer = half.client.get(path)
        assert answer.status_code in {401, 303}, path
        assert answer.status_code == 401 or answer.headers["Location"] in {"/sign-in", "/portal", "/admin"}, (
            path
        )
    assert half.post("/security/app/beginning", password=PASSWORD).status_code == 401
    clock.shift(timedelta(minutes=11))
    late = half.post("/second-factor", code=counter.at(now()))
    assert late.status_code == 303 and late.headers["Location"].startswith("/sign-in") and not half.is_in
    assert look(select(func.count()).where(LoginSession.revoked_at.is_(None))) == 1


def at_once(app: Flask, code: str) -> list[bool]:
    """Two browsers, each half signed in, type the same recovery code in the same moment; answers who is in."""
    browsers = [Browser(app), Browser(app)]
    for each in browsers:
        each.sign_in("rep")
    gate = threading.Barrier(2)

    def type_it(browser: Browser) -> None:
        gate.wait()
        browser.post("/second-factor", code=code.upper().replace("-", " "))

    threads = [threading.Thread(target=type_it, args=(each,)) for each in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(each.is_in for each in browsers)


def test_of_two_browsers_with_one_recovery_code_one_comes_in(app):
    browser = Browser(app)
    browser.sign_in("rep")
    _, codes = browser.set_up()
    assert at_once(app, codes[0]) == [False, True]
    assert told("recovery_used") == 1
    again = Browser(app)
    again.sign_in("rep")
    assert again.post("/second-factor", code=codes[0]).status_code == 422
    assert again.post("/second-factor", code=codes[1]).status_code == 303 and again.is_in


def test_without_the_guard_both_would(app, monkeypatch):
    monkeypatch.setattr(recovery, "_is_open", lambda: ())
    browser = Browser(app)
    browser.sign_in("rep")
    _, codes = browser.set_up()
    assert at_once(app, codes[0]) == [True, True]


def test_wrong_codes_pause_but_never_the_persons_own_browser(app, clock):
    usual = Browser(app)
    usual.sign_in("rep")
    counter, _ = usual.set_up()
    thief = Browser(app)
    thief.sign_in("rep")
    wrong = f"{(int(counter.at(now())) + 111_111) % 1_000_000:06d}"
    for _ in range(5):
        assert thief.post("/second-factor", code=wrong).status_code == 422
    assert told("factor_guessed") == 1
    clock.shift(60)
    thief.sign_in("rep")
    assert thief.post("/second-factor", code=counter.at(now())).status_code == 429 and not thief.is_in
    assert usual.client.get_cookie(DEVICE_COOKIE) is not None
    usual.sign_in("rep")
    assert usual.post("/second-factor", code=counter.at(now())).status_code == 303 and usual.is_in
    for _ in range(6):
        thief.sign_in("rep", "wrong")
    assert thief.post("/sign-in", name="rep", password=PASSWORD).status_code == 429
    assert usual.sign_in("rep").headers["Location"].startswith("/second-factor"), (
        "guessing shuts nobody out at home"
    )


def test_required_of_staff_it_is_set_up_before_anything_else(app, clock):
    change_setting("login.second_factor", "staff")
    buyer, rep = Browser(app), Browser(app)
    buyer.sign_in("buyer")
    assert buyer.is_in, "the distributors' people are not asked"
    assert rep.sign_in("rep").headers["Location"].startswith("/second-factor/enrolment") and not rep.is_in
    assert rep.post("/second-factor/enrolment", code="000000").status_code == 422
    _, codes = rep.confirm("/second-factor/enrolment")
    assert rep.is_in and len(codes) == 10
    rep.get("/security")
    assert rep.post("/security/app/ending", password=PASSWORD).status_code == 422, "the last one stays"


def test_who_asks_for_it_has_it_and_others_are_signed_out(app, clock):
    chief, rep, buyer = Browser(app), Browser(app), Browser(app)
    for browser, who in ((chief, "administrator"), (rep, "rep"), (buyer, "buyer")):
        browser.sign_in(who)
    fields = dict(re.findall(r'name="([a-z_]+)"[^>]*? value="([^"]*)"', chief.get("/admin/settings").text))
    fields |= {"login_second_factor": "staff", "order_approve_first": "yes", "seen": "{}"}
    fields = {key: value for key, value in fields.items() if key not in {"csrf_token", "next", "membership"}}
    assert chief.post("/admin/settings", **fields).status_code == 422 and rep.is_in
    chief.set_up()
    chief.get("/admin/settings")
    answer = chief.post("/admin/settings", **fields)
    assert answer.status_code == 303, answer.text
    assert chief.is_in and buyer.is_in and not rep.is_in


def test_what_is_sensitive_asks_for_the_password_again(app, clock):
    browser = Browser(app)
    browser.sign_in("buyer")
    _, codes = browser.set_up()
    for path in ("app/beginning", "app/ending", "recovery-codes"):
        answer = browser.post(f"/security/{path}", password="wrong")
        assert answer.status_code == 422 and 'id="security"' in answer.text, path
    fresh = browser.post("/security/recovery-codes", password=PASSWORD)
    assert len(CODE.findall(fresh.text)) == 10 and not set(CODE.findall(fresh.text)) & set(codes)
    other = Browser(app)
    other.sign_in("buyer")
    assert other.post("/second-factor", code=codes[0]).status_code == 422, "old codes are worth nothing"
    browser.get("/security")
    assert browser.post("/security/app/ending", password=PASSWORD).status_code == 303 and browser.is_in
    assert other.sign_in("buyer").headers["Location"] == "/" and other.is_in


def test_codes_that_were_shown_once_say_so_when_their_page_is_loaded_again(app, clock):
    browser = Browser(app)
    browser.sign_in("rep")
    counter, _ = browser.set_up()
    made = look(select(func.max(RecoveryCode.id)))
    for path, form in (
        ("/security/app", {"code": counter.at(now())}),
        ("/second-factor/enrolment", {"code": counter.at(now())}),
        ("/security/recovery-codes", {"password": PASSWORD}),
    ):
        again = browser.client.post(path, data={"csrf_token": "of a form that is used up", **form})
        assert again.status_code == 400 and "恢复码只显示一次" in again.text and not CODE.findall(again.text)
        assert (
            'href="/security"' in again.text and "太久" not in again.text and "再提交一次" not in again.text
        )
    assert look(select(func.max(RecoveryCode.id))) == made
    before = browser.token
    assert len(CODE.findall(browser.post("/security/recovery-codes", password=PASSWORD).text)) == 10
    made = look(select(func.max(RecoveryCode.id)))
    browser.token = before
    assert browser.post("/security/recovery-codes", password=PASSWORD).status_code == 400
    assert look(select(func.max(RecoveryCode.id))) == made, "a reload makes no others unseen"


def test_an_administrator_takes_the_factor_of_whom_they_may_and_all_sessions_end(app, clock):
    rep, chief, manager = Browser(app), Browser(app), Browser(app)
    rep.sign_in("rep")
    rep.set_up()
    ids = {name: look(select(Person.id).where(Person.user_name == name)) for name in ("rep", "administrator")}
    manager.sign_in("manager")
    path = f"/admin/people/{ids['rep']}/second-factor-removal"
    manager.get("/password")
    assert manager.post(path).status_code == 403 and rep.is_in
    chief.sign_in("administrator")
    chief.get("/password")
    assert chief.post(f"/admin/people/{ids['administrator']}/second-factor-removal").status_code == 422
    assert chief.post(path).status_code == 303
    assert not rep.is_in and told("factor_cleared") == 1 and events("factor.cleared") == 1
    assert rep.sign_in("rep").headers["Location"] == "/" and rep.is_in


def test_a_new_browser_is_told_and_devices_are_ended_one_by_one(app, clock):
    here, there, third = Browser(app), Browser(app), Browser(app)
    here.sign_in("buyer")
    assert told("new_device") == 0, "the first browser is no news"
    there.sign_in("buyer")
    third.sign_in("buyer")
    assert told("new_device") == 2
    unknown = to_brand("account.new_device", {"device": "", "address": "127.0.0.1"}, str)
    assert "before: a browser of an unknown kind, from 127.0.0.1" in unknown
    here.get("/password")
    here.post("/sign-out")
    here.sign_in("buyer")
    assert told("new_device") == 2, "it was here before"
    page = here.get("/security").text
    found = re.findall(r"/security/devices/(\d+)/revocation", page)
    assert len(found) == 2 and "127.0.0.1" in page
    assert here.post(f"/security/devices/{found[0]}/revocation").status_code == 303
    assert [there.is_in, third.is_in].count(False) == 1 and here.is_in
    assert here.post("/security/other-devices/revocation").status_code == 303
    assert not there.is_in and not third.is_in and here.is_in
    stranger = Browser(app)
    stranger.sign_in("stranger")
    own = look(select(func.max(LoginSession.id)).where(LoginSession.revoked_at.is_(None)))
    here.get("/security")
    assert here.post(f"/security/devices/{own}/revocation").status_code == 404 and stranger.is_in


def test_a_new_password_ends_half_a_sign_in_too(app, clock):
    browser, half = Browser(app), Browser(app)
    browser.sign_in("rep")
    counter, _ = browser.set_up()
    half.sign_in("rep")
    words = "quite-another-sentence"
    browser.get("/password")
    assert browser.post("/password", current=PASSWORD, password=words, repeated=words).status_code == 303
    assert browser.is_in and look(select(func.count()).where(HalfSignIn.ended_at.is_(None))) == 0
    assert look(select(LoginSession.factor).where(LoginSession.revoked_at.is_(None))) == "app", (
        "it goes along"
    )
    clock.shift(30)
    assert half.post("/second-factor", code=counter.at(now())).status_code == 303 and not half.is_in
