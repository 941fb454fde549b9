"""Signing in, and what everybody meets at the door: languages, errors, headers, forged forms."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event, func, select, update
from werkzeug.test import TestResponse

from tests.databases import Prepare, begin_with
from tests.tables import migrated
from tests.world import password_hash
from trade import db
from trade.actor import Permission, system
from trade.audit import AuditEntry
from trade.distributors.models import Distributor
from trade.errors import Busy
from trade.flows.create_person import NewPerson, create_person
from trade.people import roles
from trade.people.models import LoginGuess, LoginSession, Membership, Person, Role, RolePermission
from web import access
from web.access import COOKIE, public, requires
from web.redirects import is_safe_url
from wsgi import create_app

SECRET = "for tests only, and long enough"
PASSWORD = "correct horse 1"
PHONE, STAFF = "13800000001", "wang.min"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
WRONG = {"zh_CN": "账号或密码不对", "en": "Name or password is not right"}
HOSTILE = [
    *(
        "",
        " ",
        "//evil.cn",
        "///evil.cn",
        "////evil.cn",
        "/\\evil.cn",
        "\\\\evil.cn",
        "/\t/evil.cn",
        "/\n/evil.cn",
    ),
    *(
        "http://evil.cn",
        "https:evil.cn",
        "HTTPS://evil.cn/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.cn",
    ),
    *(
        "\t//evil.cn",
        "/a\r\nSet-Cookie: x=1",
        "/a\x00b",
        "/%0a\u2028b",
        "/\u3000/evil.cn",
        "@evil.cn",
        "/a\\..\\b",
    ),
    *("/" + "a" * 3000, "mailto:a@b.cn", "//user@evil.cn/", "/ //evil.cn", "../orders"),
]


@pytest.fixture
def prepare() -> Prepare:
    return build


def build(url: str) -> None:
    """One distributor with a buyer who is its finance person too, and an administrator."""
    begin_with(migrated, url)
    engine = db.connect(url)
    operator = system("test")
    db.run(roles.seed, operator, None)
    hashed = password_hash(PASSWORD)
    distributor_id = db.run(add_distributor, operator, "漳州市鑫禾源食品商贸有限公司")
    buyer = NewPerson(
        "陈志强", "buyer", hashed, phone=PHONE, email="Chen@Example.CN", distributor_id=distributor_id
    )
    db.run(create_person, operator, buyer)
    db.run(add_role, operator, "distributor_finance")
    db.run(create_person, operator, NewPerson("王敏", "administrator", hashed, user_name=STAFF))
    engine.dispose()


def add_distributor(session, actor, name) -> int:
    distributor = Distributor(code="D1", name=name, sort_key="zzs", search_text="zzs", invoice_title=name)
    session.add(distributor)
    session.flush()
    return distributor.id


def add_role(session, actor, code) -> None:
    buyer = session.scalars(select(Person).where(Person.phone == PHONE)).one()
    role = session.scalars(select(Role).where(Role.code == code)).one()
    first = session.scalars(select(Membership).where(Membership.person_id == buyer.id)).one()
    session.add(Membership(person_id=buyer.id, distributor_id=first.distributor_id, role_id=role.id))


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = create_app(database_url, SECRET)

    @app.get("/probe")
    @requires(Permission.ORDER_READ)
    def probe() -> str:
        return "seen"

    @app.get("/broken")
    @app.post("/broken-post", endpoint="broken_post")
    @public
    def broken() -> str:
        raise KeyError("planted")

    @app.route("/busy", methods=["GET", "POST"])
    @public
    def busy() -> str:
        raise Busy

    yield app
    from web.store import store

    with app.app_context():
        store.engine.dispose()


@pytest.fixture
def browser(app: Flask) -> "Visitor":
    return Visitor(app.test_client())


class Visitor:
    """Somebody with a browser and without JavaScript."""

    def __init__(self, client: FlaskClient):
        self.client = client
        self.token = ""

    def open(self, path: str, headers: dict[str, str] | None = None) -> TestResponse:
        answer = self.client.get(path, headers=headers)
        if found := re.search('name="csrf-token" content="([^"]*)"', answer.text):
            self.token = found[1]
        return answer

    def send(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token, **fields}, headers=headers)

    def sign_in(self, name: str = PHONE, password: str = PASSWORD, **rest: object) -> TestResponse:
        self.open("/sign-in")
        answer = self.send("/sign-in", name=name, password=password, **rest)
        return answer

    @property
    def cookie(self) -> str | None:
        found = self.client.get_cookie(COOKIE)
        return found.value if found else None


def count(model: type[db.Base]) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def events() -> list[str]:
    with db.read() as session:
        return list(session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_signing_in_answers_page_fragment_and_error_in_both_languages(browser, locale):
    browser.client.set_cookie("locale", locale)
    page = browser.open("/sign-in")
    assert page.status_code == 200 and ("登录" in page.text) == (locale == "zh_CN")
    assert 'content="defaultSettleDelay: 0"' in page.text, "else htmx sets `style` attributes against the CSP"
    whole = browser.send("/sign-in", name=PHONE, password="wrong")
    assert whole.status_code == 422 and WRONG[locale] in whole.text and "<html" in whole.text
    assert 'aria-describedby="password-error"' in whole.text and f'value="{PHONE}"' in whole.text
    assert "处要改" not in whole.text and "needs a change" not in whole.text, "two fields need no count"
    part = browser.send("/sign-in", HTMX, name=PHONE, password="wrong")
    assert part.status_code == 422 and WRONG[locale] in part.text and "<html" not in part.text
    assert part.text.startswith('<section class="card card-body stack" id="session-sign-in" data-sign-in>')
    assert "HX-Request-Type" in part.headers["Vary"]
    done = browser.send("/sign-in", name=PHONE, password=PASSWORD)
    assert done.status_code == 303 and done.headers["Location"] == "/"


@pytest.mark.parametrize("name", [PHONE, "chen@example.cn", " CHEN@example.cn ", STAFF, STAFF.upper()])
def test_three_kinds_of_name_sign_in(browser, name):
    assert browser.sign_in(name).status_code == 303
    assert browser.open("/password").status_code == 200


def test_htmx_is_led_on_as_a_whole_page(browser):
    browser.open("/sign-in")
    answer = browser.send("/sign-in", HTMX, name=PHONE, password=PASSWORD, next="/orders?state=held")
    assert answer.status_code == 200 and answer.headers["HX-Redirect"] == "/orders?state=held"


def test_nobody_is_asked_to_sign_in_and_comes_back(browser):
    answer = browser.open("/probe?q=茶")
    assert answer.status_code == 401 and 'name="next" value="/probe?q=' in answer.text
    part = browser.open("/probe", HTMX)
    assert part.status_code == 401 and part.headers["HX-Redirect"] == "/sign-in?next=/probe"
    answer = browser.send("/sign-in", name=PHONE, password=PASSWORD, next="/probe?q=1")
    assert answer.headers["Location"] == "/probe?q=1" and browser.open("/probe").text == "seen"


def test_a_hostile_next_leads_home(browser):
    assert browser.sign_in(next="//evil.cn").headers["Location"] == "/"


@pytest.mark.parametrize("target", HOSTILE)
def test_a_redirect_never_leaves_this_site(target):
    assert not is_safe_url(target)


@pytest.mark.parametrize("target", ["/", "/portal/orders?state=held&page=2", "/a/b#c", "/搜索?q=龙井"])
def test_addresses_of_ours_are_safe(target):
    assert is_safe_url(target)


def test_who_may_not_is_told_and_it_is_kept(browser):
    browser.sign_in(STAFF)
    answer = browser.open("/probe")
    assert answer.status_code == 403 and "您没有做这一步的权限" in answer.text
    assert events()[-1] == "access.denied"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", f"/portal/orders/{10**20}", 404),
        ("GET", "/sign-out", 405),
        ("GET", "/busy", 503),
    ],
)
def test_errors_are_pages_and_fragments(browser, method, path, status):
    whole = browser.client.open(path, method=method)
    assert whole.status_code == status and "<html" in whole.text and 'class="state' in whole.text
    part = browser.client.open(path, method=method, headers=HTMX)
    assert part.status_code == status and "<html" not in part.text and 'class="state' in part.text
    assert part.headers["HX-Retarget"] == "#problem", "what was typed stays on the page"
    assert status != 503 or part.headers["Retry-After"] == "5"
    assert status != 405 or "POST" in whole.headers["Allow"]


def test_our_fault_has_words_and_a_number_and_keeps_what_was_typed(app, browser, capsys):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = browser.open("/broken", {"X-Request-Id": "abc-123"})
    assert answer.status_code == 500 and "问题在我们这边" in answer.text and "abc-123" in answer.text
    assert "planted" not in answer.text and "Traceback" not in answer.text
    browser.open("/sign-in")
    typed = browser.send("/broken-post", remark="周二上午送", password="secret-thing")
    assert typed.status_code == 500 and 'name="remark" value="周二上午送"' in typed.text
    assert "secret-thing" not in typed.text
    logged = capsys.readouterr().err
    assert '"request_id": "abc-123"' in logged and "secret-thing" not in logged


def test_a_forged_form_is_refused_and_keeps_what_was_typed(browser):
    answer = browser.client.post("/sign-in", data={"name": PHONE, "password": PASSWORD})
    assert answer.status_code == 400 and f'name="name" value="{PHONE}"' in answer.text
    assert PASSWORD not in answer.text and browser.cookie is None
    assert browser.client.post("/language", data={"locale": "en"}).status_code == 400


def test_a_token_of_the_time_before_signing_in_is_worth_nothing(browser):
    browser.sign_in()
    assert browser.send("/sign-out").status_code == 400


def test_guessing_is_stopped_and_the_right_password_too(browser):
    with time_machine.travel(datetime(2026, 11, 21, 2, tzinfo=UTC), tick=False) as clock:
        for _ in range(5):
            assert browser.sign_in(password="wrong").status_code == 422
        stopped = browser.sign_in()
        assert stopped.status_code == 429 and "请等 15 分钟再试" in stopped.text and browser.cookie is None
        other = Visitor(browser.client.application.test_client())
        assert other.sign_in(STAFF).status_code == 303, "another account is not locked"
        clock.shift(15 * 60 + 1)
        assert browser.sign_in().status_code == 303
    assert events().count("login.wrong") == 5 and "login.too_many" in events()


def test_guessing_from_one_address_is_stopped(browser):
    full = LoginGuess(key="address:127.0.0.1", tries=50, since=datetime.now(UTC))
    db.run(lambda session, actor, row: session.add(row), system("guesses"), full)
    assert browser.sign_in().status_code == 429


def test_unknown_and_known_accounts_fail_alike(browser):
    known, unknown = (browser.sign_in(name, "wrong").text for name in (PHONE, "13900000009"))
    same = [re.sub('(value|content)="[^"]*"', "", text) for text in (known, unknown)]
    assert same[0] == same[1]


def test_a_new_session_at_every_login_and_the_old_one_ends(browser):
    browser.sign_in()
    first = browser.cookie
    browser.client.post("/sign-out")
    other = Visitor(browser.client.application.test_client())
    other.client.set_cookie(COOKIE, str(first))
    other.open("/password")
    answer = other.send("/sign-in", name=PHONE, password=PASSWORD)
    assert answer.status_code == 303 and other.cookie != first
    stale = browser.client.application.test_client()
    stale.set_cookie(COOKIE, str(first))
    assert stale.get("/probe").status_code == 401
    with db.read() as session:
        hashes = session.scalars(select(LoginSession.token_hash)).all()
    assert first not in hashes and all(len(each) == 64 for each in hashes)


def test_signing_out_ends_the_session_itself(browser):
    browser.sign_in()
    token = browser.cookie
    browser.open("/password")
    assert browser.send("/sign-out").status_code == 303 and browser.cookie is None
    browser.client.set_cookie(COOKIE, str(token))
    assert browser.open("/probe").status_code == 401


def test_a_new_password_ends_every_other_session(app, browser):
    browser.sign_in()
    elsewhere = Visitor(app.test_client())
    elsewhere.sign_in()
    browser.open("/password")
    new = {"current": PASSWORD, "password": "a quite new one", "repeated": "a quite new one"}
    assert browser.send("/password", **(new | {"repeated": "other"})).status_code == 422
    assert "容易被猜到" in browser.send("/password", **(new | {"password": PHONE, "repeated": PHONE})).text
    assert "现在的密码不对" in browser.send("/password", **(new | {"current": "wrong"})).text
    done = browser.send("/password", **new)
    assert done.status_code == 303 and "密码已更换" in browser.open("/password").text
    assert elsewhere.open("/probe").status_code == 401
    assert Visitor(app.test_client()).sign_in().status_code == 422
    assert Visitor(app.test_client()).sign_in(password="a quite new one").status_code == 303


@pytest.mark.parametrize("what", ["person", "membership", "role", "permission"])
def test_what_is_taken_away_is_gone_at_the_next_request(browser, what):
    browser.sign_in()
    assert browser.open("/probe").status_code == 200
    db.run(take_away, system("test"), what)
    assert browser.open("/probe").status_code == (403 if what == "permission" else 401)


def take_away(session, actor, what) -> None:
    buyer = session.scalars(select(Role).where(Role.code == "buyer")).one()
    statements = {
        "person": update(Person).where(Person.phone == PHONE).values(is_active=False),
        "membership": update(Membership).where(Membership.role_id == buyer.id).values(is_active=False),
        "role": update(Role).where(Role.id == buyer.id).values(is_archived=True),
        "permission": delete(RolePermission).where(RolePermission.role_id == buyer.id),
    }
    session.execute(statements[what])


def test_another_role_under_a_new_session(browser):
    browser.sign_in()
    first = browser.cookie
    page = browser.open("/portal/me").text
    other = re.search('name="membership" value="([0-9]+)"', page)[1]
    assert "漳州市鑫禾源" in page and "采购" in page
    assert browser.send("/membership", membership=other).status_code == 303 and browser.cookie != first
    assert "经销商财务" in browser.open("/portal/me").text
    assert browser.send("/membership", membership="99999").status_code == 404
    assert browser.send("/membership", membership="1e5").status_code == 404


def test_a_get_writes_nothing(app, browser):
    browser.sign_in()
    written: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        if not re.match(r"\s*(SELECT|WITH|PRAGMA|BEGIN|SHOW)", statement, re.IGNORECASE):
            written.append(statement)

    from web.store import store

    with app.app_context():
        event.listen(store.engine, "before_cursor_execute", note)
        later = datetime.now(UTC).timestamp() + 600
        with time_machine.travel(later):
            for path in "/", "/password", "/portal/me", "/sign-in", "/nope":
                browser.open(path)
            assert not written
            browser.send("/membership", membership="0")
        event.remove(store.engine, "before_cursor_execute", note)
    assert any("seen_at" in statement for statement in written), "a POST does, so the watch works"


def test_a_page_costs_two_statements_around_it(app, browser):
    browser.sign_in()
    asked: list[str] = []
    from web.store import store

    with app.app_context():
        engine = store.engine
    event.listen(engine, "before_cursor_execute", lambda c, u, statement, *rest: asked.append(statement))
    assert "陈志强" in browser.open("/password").text
    selects = [statement for statement in asked if not re.match("PRAGMA|BEGIN|SHOW", statement)]
    assert len(selects) == 2, selects


def test_headers_on_every_answer(browser):
    for path in "/sign-in", "/nope", "/probe":
        answer = browser.open(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Strict-Transport-Security" not in answer.headers
        assert not re.search(r"""\sstyle=|<style|\son[a-z]+=|javascript:|hx-on""", answer.text)
    secure = browser.client.application.test_client().get("/sign-in", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookies = secure.headers.getlist("Set-Cookie")
    assert cookies and all("Secure; HttpOnly" in cookie for cookie in cookies)


@pytest.mark.parametrize("given", ["a\nb", "<script>", "a" * 65, "茶", ""])
def test_a_request_id_of_others_is_taken_only_when_clean(browser, given):
    answer = browser.client.get("/sign-in", environ_base={"HTTP_X_REQUEST_ID": given})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])


@pytest.mark.parametrize("name", ["a\0b", "x" * 101, "", "\u202eabc"])
def test_what_cannot_be_kept_is_told_beside_its_field(browser, name):
    answer = browser.sign_in(name)
    assert answer.status_code == 422 and 'id="name-error"' in answer.text


def test_two_names_or_a_huge_request_are_refused(browser):
    browser.open("/sign-in")
    data = {"csrf_token": browser.token, "name": [PHONE, "b"], "password": PASSWORD}
    assert browser.client.post("/sign-in", data=data).status_code == 422 and browser.cookie is None
    huge = {"csrf_token": browser.token, "name": "x" * 3_000_000}
    assert browser.client.post("/sign-in", data=huge).status_code == 413


def test_a_route_without_a_guard_stops_the_start(app):
    app.add_url_rule("/open", view_func=lambda: "", endpoint="open")
    with pytest.raises(RuntimeError, match="open"):
        access.refuse_unguarded(app)


@pytest.mark.parametrize("secret", ["", "short", "change-me", "a" * 40])
def test_a_guessable_secret_stops_the_start(monkeypatch, tmp_path, secret):
    monkeypatch.setenv("TONGQU_SECRET_KEY", secret)
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit):
        create_app(f"sqlite:///{tmp_path}/x.db")


@pytest.mark.browser
@pytest.mark.parametrize(
    "device",
    [
        "phone",
        "plain_desk",
        *(pytest.param(each, marks=pytest.mark.proof) for each in ("desk", "plain_phone")),
    ],
)
def test_a_real_browser_signs_in_under_the_strict_policy(request, served, device):
    """The browser fixtures fail a test on any complaint, a violated policy among them."""
    page = request.getfixturevalue(device).new_page()
    page.goto("/sign-in?next=/portal/me")
    page.fill("#name", PHONE)
    page.fill("#password", "wrong")
    page.click("button.btn-primary")
    page.wait_for_selector("text=账号或密码不对")
    assert page.input_value("#name") == PHONE
    page.fill("#password", PASSWORD)
    page.click("button.btn-primary")
    page.wait_for_selector("h2:has-text('陈志强')")
    page.click(
        "#me ~ section button:has-text('English')" if "phone" in device else "main button:has-text('English')"
    )
    page.wait_for_selector("main button:has-text('Sign out')")
    page.click("main button:has-text('Sign out')")
    page.wait_for_selector("#name")
