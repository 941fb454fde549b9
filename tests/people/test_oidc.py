"""The company's own login: only what is signed, fresh and meant for this browser counts, and only for whom the house knows."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.people.provider import CLIENT, KEY, OTHER_KEY, SECRET, LocalProvider
from tests.portal.visitor import TOKEN, change_setting, look
from tests.reused import application
from trade import db
from trade.actor import system
from trade.audit import AuditEntry
from trade.flows.tie_identity import Tie, tie_identity, untie_identity
from trade.people.identities import PersonIdentity
from trade.people.models import LoginSession, Person
from web import oidc, vouching
from web.access import COOKIE

HERE = "https://portal.yunxiu.example"
MAIL = {"email": "Buyer@D1.cn", "email_verified": True}


@pytest.fixture(scope="module")
def served() -> Iterator[LocalProvider]:
    provider = LocalProvider()
    yield provider
    provider.close()


@pytest.fixture
def company(served: LocalProvider, monkeypatch: pytest.MonkeyPatch) -> LocalProvider:
    told = {"ISSUER": served.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "NAME": "云岫"}
    for name, value in told.items():
        monkeypatch.setenv(f"TONGQU_OIDC_{name}", value)
    monkeypatch.setenv("TONGQU_PUBLIC_URL", HERE)
    served.claims, served.header, served.metadata = {"sub": "u-1"}, {"alg": "ES256", "kid": "one"}, {}
    served.key, served.says_token, served.is_away = KEY, True, False
    vouching.client.cache_clear()
    return served


@pytest.fixture
def app(database_url: str) -> Flask:
    return _opened(database_url)


@pytest.fixture
def lite(sqlite_url: str) -> Flask:
    return _opened(sqlite_url)


def _opened(url: str) -> Flask:
    app = application(url)
    change(update(Person).where(Person.user_name == "buyer").values(email="buyer@d1.cn"))
    return app


def change(statement: Any) -> None:
    db.run(lambda session, actor, given: session.execute(statement) and None, system("test"), None)


def id_of(name: str) -> int:
    return look(lambda session: session.scalar(select(Person.id).where(Person.user_name == name)))


def tied(name: str, company: LocalProvider, subject: str = "u-1") -> None:
    db.run(tie_identity, system("test"), Tie(id_of(name), company.issuer, subject))


def count(what: Any, *which: Any) -> int:
    return look(lambda session: session.scalar(select(func.count(what)).where(*which)))


class Somebody:
    """One browser on its way to the provider and back."""

    def __init__(self, app: Flask):
        self.client = app.test_client()

    def leave(self, **asked: str) -> str:
        answer = self.client.get("/sign-in/company", query_string=asked)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def come_back(self, code: str, state: str) -> Any:
        page = self.client.get("/sign-in/company/answer", query_string={"code": code, "state": state})
        assert page.status_code == 200 and COOKIE not in str(page.headers)
        form = {"code": code, "state": state, "csrf_token": TOKEN.search(page.text)[1]}
        return self.client.post("/sign-in/company", data=form)

    def sign_in(self, company: LocalProvider, **asked: str) -> Any:
        return self.come_back(*company.approve(self.leave(**asked)))


def is_in(answer: Any) -> bool:
    return answer.status_code == 303 and any(
        each.startswith(f"{COOKIE}=") for each in answer.headers.getlist("Set-Cookie")
    )


def test_somebody_who_is_tied_comes_in(app, company):
    tied("buyer", company)
    somebody = Somebody(app)
    url = somebody.leave(next="/portal/orders")
    assert url.startswith(f"{company.issuer}/authorize?")
    assert "redirect_uri=https%3A%2F%2Fportal.yunxiu.example%2Fsign-in%2Fcompany%2Fanswer" in url
    lured = Somebody(app).client.get("/sign-in/company", headers={"Host": "evil.cn"})
    assert "evil.cn" not in lured.headers["Location"]
    answer = somebody.come_back(*company.approve(url))
    assert is_in(answer) and answer.headers["Location"] == "/portal/orders"
    assert somebody.client.get("/portal").status_code == 200
    outside = Somebody(app).sign_in(company, next="//evil.cn")
    assert is_in(outside) and outside.headers["Location"] == "/"
    change(update(Person).where(Person.user_name == "buyer").values(is_active=False))
    assert not is_in(Somebody(app).sign_in(company))
    assert "云岫" in Somebody(app).client.get("/sign-in").text


def test_nobody_is_made_and_strangers_hear_why(lite, company):
    before = count(Person.id)
    company.claims |= MAIL
    answer = Somebody(lite).sign_in(company)  # the mail is known, but may tie nobody
    assert answer.status_code == 422 and "企业账号已验证，但这里还没有人与它关联" in answer.text
    assert (count(Person.id), count(PersonIdentity.id), count(LoginSession.id)) == (before, 0, 0)
    assert count(AuditEntry.id, AuditEntry.event == "provider.unknown") == 1


def test_a_verified_mail_ties_once_where_the_operator_lets_it(app, company, monkeypatch):
    monkeypatch.setenv("TONGQU_OIDC_TIE_BY_MAIL", "yes")
    company.claims |= MAIL
    assert is_in(Somebody(app).sign_in(company))
    assert is_in(Somebody(app).sign_in(company)) and count(PersonIdentity.id) == 1
    company.claims["sub"] = "u-2"  # another subject with the same mail
    assert not is_in(Somebody(app).sign_in(company)) and count(PersonIdentity.id) == 1
    db.run(untie_identity, system("test"), id_of("buyer"))
    for odd in (
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
    ):
        company.claims = {"sub": "u-3"} | MAIL | odd
        assert not is_in(Somebody(app).sign_in(company)), odd
    assert count(PersonIdentity.id) == 0


def spoilt(**claims: Any) -> Any:
    return lambda company: company.claims.update(claims)


BAD = {
    "nonce of another": spoilt(nonce="another"),
    "no nonce": spoilt(nonce=None),
    "audience": spoilt(aud="another-house"),
    "audience with our name beside": spoilt(aud="another-house", azp=CLIENT),
    "expired": spoilt(exp=int(time.time()) - 3600, iat=int(time.time()) - 7200),
    "no end": spoilt(exp=None),
    "issuer": spoilt(iss="https://evil.cn"),
    "nobody named": spoilt(sub=None),
    "no signature": lambda company: company.header.update(alg="none"),
    "signed by the shared secret": lambda company: company.header.update(alg="HS256"),
    "another key": lambda company: setattr(company, "key", OTHER_KEY),
    "no token": lambda company: setattr(company, "says_token", False),
    "another house's metadata": lambda company: company.metadata.update(issuer="https://evil.cn"),
}


@pytest.mark.parametrize("fault", BAD)
def test_what_is_not_proven_lets_nobody_in(lite, company, fault):
    tied("buyer", company)
    BAD[fault](company)
    answer = Somebody(lite).sign_in(company)
    assert answer.status_code == 422 and "企业账号没有给出可信的身份" in answer.text
    assert count(LoginSession.id) == 0


def test_without_the_checks_bad_answers_pass(lite, company, monkeypatch):
    """The twin: what authlib checks by itself leaves the audience alone."""
    tied("buyer", company)
    company.claims |= {"aud": "another-house", "azp": CLIENT}
    real = vouching.FlaskOAuth2App.authorize_access_token
    monkeypatch.setattr(
        vouching.FlaskOAuth2App,
        "authorize_access_token",
        lambda self, **given: real(self, leeway=given["leeway"]),
    )
    assert is_in(Somebody(lite).sign_in(company))


def test_an_answer_is_good_once_and_in_the_browser_that_asked(lite, company):
    tied("buyer", company)
    asked, other = Somebody(lite), Somebody(lite)
    code, state = company.approve(asked.leave())
    assert other.come_back(code, state).status_code == 422  # another browser has no such state
    assert asked.come_back(code, "another-state").status_code == 422
    assert code in company.codes  # neither was redeemed
    assert is_in(asked.come_back(code, state))
    assert asked.come_back(code, state).status_code == 422
    # A code that was slipped in from another sign-in fails at the challenge.
    mine, _ = company.approve(Somebody(lite).leave())
    fresh = Somebody(lite)
    _, own_state = company.approve(fresh.leave())
    assert fresh.come_back(mine, own_state).status_code == 422
    refused = fresh.client.get("/sign-in/company/answer?error=access_denied&state=x")
    assert refused.status_code == 422 and "data-goes-on" not in refused.text


def test_the_second_factor_is_the_houses_unless_the_operator_trusts_the_providers(lite, company, monkeypatch):
    tied("administrator", company)
    change_setting("login.second_factor", "staff")
    awaited = []
    monkeypatch.setattr(oidc, "enter", lambda entered, target: awaited.append(entered.awaits) or ("", 303))

    def sign_in(*methods: str) -> str:
        company.claims["amr"] = list(methods)
        assert Somebody(lite).sign_in(company).status_code == 303
        return awaited[-1]

    assert sign_in("pwd", "mfa") == "enrolment" and count(LoginSession.id) == 0
    monkeypatch.setenv("TONGQU_OIDC_SECOND_FACTOR", "provider")
    assert sign_in("pwd", "mfa") == "" and count(LoginSession.id) == 1
    assert sign_in("pwd") == "enrolment"  # the provider asked for a password alone


def test_off_is_off_and_away_is_said(lite, company, monkeypatch):
    company.is_away = True
    answer = Somebody(lite).client.get("/sign-in/company")
    assert answer.status_code == 422 and "企业账号暂时没有回应" in answer.text
    for name, value in {"CLIENT_SECRET": "", "ISSUER": "http://login.yunxiu.example"}.items():
        with monkeypatch.context() as patch:
            patch.setenv(f"TONGQU_OIDC_{name}", value)
            assert Somebody(lite).client.get("/sign-in/company").headers["Location"] == "/sign-in"
            assert "/sign-in/company" not in Somebody(lite).client.get("/sign-in").text
    assert SECRET not in repr(oidc.provider()) and replace(oidc.provider()).client_secret == SECRET
