"""Passkeys: made after the password, answered once, refused when copied; and in a real browser."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.people.soft_key import PRESENT, SoftKey
from tests.people.test_second_factor import Browser, app, clock, events, look, told
from tests.portal.visitor import change_setting
from tests.world import PASSWORD
from trade.people import passkeys
from trade.people.models import LoginSession, Passkey
from web.session import HALF_COOKIE

__all__ = ["app", "clock"]  # fixtures


def add(browser: Browser, key: SoftKey, name: str = "我的手机") -> Any:
    """Make a passkey inside, as the script does."""
    browser.get("/security")
    asked = browser.post("/security/passkey-challenges", password=PASSWORD, name=name)
    assert asked.status_code == 200, asked.text
    return browser.post("/security/passkeys", name=name, answer=key.made(json.loads(asked.text)))


def challenge(browser: Browser) -> dict[str, Any]:
    browser.get("/sign-in")
    return json.loads(browser.post("/sign-in/passkey-challenges").text)


def enter(browser: Browser, answer: str) -> int:
    return browser.post("/sign-in/passkey", answer=answer).status_code


def test_a_passkey_is_made_after_the_password_and_signs_in_alone(app: Flask, clock: Any):
    inside, outside, key = Browser(app), Browser(app), SoftKey()
    inside.sign_in("rep")
    inside.get("/security")
    assert inside.post("/security/passkey-challenges", password="wrong", name="x").status_code == 409
    assert add(inside, key).status_code == 303 and told("passkey_added") == 1
    assert "我的手机" in inside.get("/security").text
    assert enter(outside, key.used(challenge(outside))) == 303 and outside.is_in
    session = look(select(LoginSession).order_by(LoginSession.id.desc()).limit(1))
    assert session.factor == "passkey" and events("passkey.added") == 1
    change_setting("login.second_factor", "staff")
    again = Browser(app)
    assert again.sign_in("rep").headers["Location"].startswith("/second-factor?")
    assert enter(again, key.used(challenge(again))) == 303 and again.is_in, "it is the second factor too"
    own = look(select(Passkey.id))
    inside.get("/security")
    assert inside.post(f"/security/passkeys/{own}/ending", password=PASSWORD).status_code == 422, (
        "the last one"
    )
    change_setting("login.second_factor", "off")
    assert inside.post(f"/security/passkeys/{own}/ending", password="wrong").status_code == 422
    assert outside.is_in and look(select(func.count(Passkey.id))) == 1
    assert inside.post(f"/security/passkeys/{own}/ending", password=PASSWORD).status_code == 303
    assert inside.is_in and not outside.is_in
    late = Browser(app)
    assert enter(late, key.used(challenge(late))) == 422 and not late.is_in


def test_an_answer_counts_once_and_only_from_whom_it_was_asked(app: Flask, clock: Any):
    inside, key = Browser(app), SoftKey()
    inside.sign_in("rep")
    add(inside, key)
    before = look(select(func.count(LoginSession.id)))
    browser = Browser(app)
    answer = key.used(challenge(browser))
    other = Browser(app)
    challenge(other)
    assert enter(other, answer) == 422 and not other.is_in, "another browser was asked something else"
    clock.shift(timedelta(minutes=6))
    assert enter(browser, answer) == 422 and not browser.is_in, "too late"
    unverified = key.used(challenge(browser), flags=PRESENT)
    assert enter(browser, unverified) == 422 and not browser.is_in, "the owner was not verified"
    elsewhere = key.used(challenge(browser), origin="http://localhost.evil.cn")
    assert enter(browser, elsewhere) == 422 and not browser.is_in, "asked on another site"
    assert look(select(func.count(LoginSession.id))) == before
    right = key.used(challenge(browser))
    assert enter(browser, right) == 303 and browser.is_in
    browser.get("/password")
    browser.post("/sign-out")
    browser.get("/sign-in")
    assert enter(browser, right) == 422 and not browser.is_in, "sent twice"


def test_a_copied_key_is_refused_and_its_owner_told(app: Flask, clock: Any):
    inside, key = Browser(app), SoftKey()
    inside.sign_in("rep")
    add(inside, key)
    first, copy = Browser(app), Browser(app)
    assert enter(first, key.used(challenge(first))) == 303
    key.count -= 1  # the copy does not know that the other was used
    assert enter(copy, key.used(challenge(copy))) == 422 and not copy.is_in
    assert told("passkey_copied") == 1 and events("passkey.copied") == 1


def test_without_the_counter_the_copy_would_pass(app: Flask, clock: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passkeys.UsedKey, "is_copied", False)
    inside, key = Browser(app), SoftKey()
    inside.sign_in("rep")
    add(inside, key)
    first, copy = Browser(app), Browser(app)
    assert enter(first, key.used(challenge(first))) == 303
    key.count -= 1
    assert enter(copy, key.used(challenge(copy))) == 303 and copy.is_in


def test_a_passkey_of_another_is_no_second_factor(app: Flask, clock: Any):
    rep, finance, key = Browser(app), Browser(app), SoftKey()
    finance.sign_in("finance")
    add(finance, key)
    rep.sign_in("rep")
    rep.set_up()
    half = Browser(app)
    half.sign_in("rep")
    asked = json.loads(half.post("/sign-in/passkey-challenges").text)
    assert enter(half, key.used(asked)) == 422 and not half.is_in
    assert half.client.get_cookie(HALF_COOKIE) is not None, "the code can still be typed"


def test_where_passkeys_cannot_be_the_page_says_why(app: Flask, clock: Any):
    browser = Browser(app)
    browser.sign_in("rep")
    for host, words in (("192.168.1.5", "数字地址"), ("portal.cn", "https")):
        browser.client.set_cookie(
            "tongqu_session", browser.client.get_cookie("tongqu_session").value, domain=host
        )
        page = browser.client.get("/security", base_url=f"http://{host}")
        assert page.status_code == 200 and words in page.text and "data-passkey=" not in page.text
    assert "data-passkey=" in browser.get("/security").text


@pytest.mark.browser
def test_a_real_browser_makes_a_passkey_and_signs_in_with_it(served: Any, open_context: Any):
    page = open_context("phone", base_url=served.base_url.replace("127.0.0.1", "localhost")).new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    can = {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": kind | can})
    page.goto("/sign-in?next=/security")
    page.fill("#name", "buyer")
    page.fill("#password", PASSWORD)
    page.click("#session-sign-in form:first-of-type button")
    page.wait_for_url(re.compile("/security$"))
    page.click("summary:has-text('新增通行密钥')")
    page.fill("#passkey-name", "我的手机")
    page.fill("#passkey-password", PASSWORD)
    page.click("button:has-text('创建通行密钥')")
    page.wait_for_selector(".device:has-text('我的手机')")
    page.context.clear_cookies()
    page.goto("/sign-in?next=/portal/me")
    page.click("button:has-text('用通行密钥登录')")
    page.wait_for_url(re.compile("/portal/me$"))
