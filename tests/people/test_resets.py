"""A forgotten password: nobody learns who exists, a way in is good once, and nobody helps beyond their reach."""

import email
import email.policy
import re
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from flask import Flask, url_for
from sqlalchemy import func, select, update

from ops.channels.postman import for_app
from ops.deeds import DEEDS
from tests.notices import others
from tests.portal.visitor import TOKEN, Visitor, look
from tests.reused import application
from tests.world import PASSWORD
from trade import clock, db, sealing
from trade.actor import system
from trade.audit import AuditEntry
from trade.distributors import members
from trade.distributors.models import Distributor
from trade.flows import issue_reset_code
from trade.flows.ask_reset import JOB, PURPOSE, TOPIC, send_reset_link
from trade.jobs.models import Job
from trade.notices import channels
from trade.notices.models import Dispatch, NoticeChannel
from trade.people import passwords, resets
from trade.people.models import Membership, Person, Role, RolePermission
from trade.people.resets import PasswordReset
from web.access import COOKIE
from web.public import public_url

NEW = "a-quite-new-sentence"
HERE = "https://portal.yunxiu.example"
CODE = re.compile(r"<output>([2-9A-HJKMNP-Z]{4} [2-9A-HJKMNP-Z]{4})</output>")


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public address, so that there is somewhere for a link to lead."""
    monkeypatch.setenv("TONGQU_PUBLIC_URL", HERE)


@pytest.fixture
def app(database_url: str) -> Flask:
    """Where the databases may differ."""
    return _opened(database_url)


@pytest.fixture
def lite(sqlite_url: str) -> Flask:
    """Where it is about rules and words."""
    return _opened(sqlite_url)


def _opened(url: str) -> Flask:
    app = application(url)
    db.run(_prepare, system("test"), None)
    return app


def _prepare(session: Any, actor: Any, given: None) -> None:
    """A way out for mail, and an address for the buyer."""
    usual: dict[str, Any] = {"groups": [], "settings": {}, "sealed": channels.seal({})}
    session.add(NoticeChannel(kind="mail", name="mail", per_minute=60, **usual))
    session.execute(update(Person).where(Person.user_name == "buyer").values(email="buyer@d1.cn"))


class Stranger:
    """Somebody who is not signed in."""

    def __init__(self, app: Flask, address: str = "10.9.9.9"):
        self.client = app.test_client()
        self.base = {"REMOTE_ADDR": address}
        page = self.client.get("/password-reset/code", environ_base=self.base)
        self.token = TOKEN.search(page.text)[1]

    def post(self, url: str, **form: str) -> Any:
        given = {"csrf_token": self.token, **form}
        return self.client.post(url, data=given, environ_base=self.base)

    def by_code(self, name: str, code: str, password: str = NEW) -> Any:
        return self.post("/password-reset/code", name=name, code=code, password=password, repeated=password)

    def by_link(self, key: str, password: str = NEW) -> Any:
        return self.post("/password-reset/link", key=key, password=password, repeated=password)


def person(name: str) -> Person:
    return look(lambda session: session.scalars(select(Person).where(Person.user_name == name)).one())


def id_of(name: str) -> int:
    return person(name).id


def knows(name: str, password: str) -> bool:
    return passwords.matches(person(name).password_hash, password)


def change(statement: Any) -> None:
    db.run(lambda session, actor, given: session.execute(statement) and None, system("test"), None)


def keys() -> list[str]:
    """The keys of the links that wait to be mailed, oldest first."""
    wanted = select(Dispatch.facts).where(Dispatch.topic == TOPIC).order_by(Dispatch.id)
    found = look(lambda session: list(session.scalars(wanted)))
    return [sealing.unseal(facts["sealed"], PURPOSE) for facts in found]


def sent(name: str = "buyer") -> str:
    """What the worker does with a wish."""
    assert db.run(send_reset_link, system("worker"), name)
    return keys()[-1]


def code_for(helper: Visitor, url: str) -> str:
    page = helper.post(url)
    assert page.status_code == 200, page.text
    return CODE.search(page.text)[1]


def team_code(owner: Visitor, name: str = "buyer") -> str:
    return code_for(owner, f"/portal/team/{id_of(name)}/reset-code")


# ── Who exists is nobody's business ──────────────────────────────────────────────────────────────────────────────


def test_asking_tells_nobody_who_exists(app, monkeypatch):
    real, spoken, rows = passwords.matches, set(), set()
    for name in ("buyer", "nobody-here", "clerk", "buyer@d1.cn"):  # with mail, unknown, without mail, by mail
        stranger = Stranger(app)
        answer = stranger.post("/password-reset", name=name)
        page = stranger.client.get(answer.headers["Location"], environ_base=stranger.base)
        spoken.add((answer.status_code, answer.headers["Location"], re.sub(r'"[\w.-]{40,}"', "", page.text)))
        rows.add(look(lambda session: session.scalar(select(func.count(Job.id)).where(Job.kind == JOB))))
    assert len(spoken) == 1 and rows == {1, 2, 3, 4}
    assert look(lambda session: session.scalar(select(func.count(PasswordReset.id)))) == 0
    code = team_code(Visitor(app, "owner"))
    calls, heard = [], set()
    monkeypatch.setattr(passwords, "matches", lambda *given: calls.append(given[0] is None) or real(*given))
    for name in ("buyer", "nobody-here", "clerk"):  # with an open code, unknown, without a code
        answer = Stranger(app).by_code(name, "WRNG2345")
        plain = re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.text)
        heard.add((answer.status_code, plain))
    assert calls == [False, True, True] and len(heard) == 1  # one Argon2 each
    monkeypatch.undo()
    assert Stranger(app).by_code("buyer", code.lower()).status_code == 303


def test_who_keeps_asking_waits_and_no_mailbox_is_filled(lite):
    stranger = Stranger(lite)
    answers = {
        name: [stranger.post("/password-reset", name=name).status_code for _ in range(6)]
        for name in ("buyer", "x")
    }
    assert answers["buyer"] == answers["x"] == [303] * 5 + [429]
    for _ in range(8):
        db.run(send_reset_link, system("worker"), "buyer")
    assert len(keys()) == resets.LINKS_AN_HOUR


def test_the_worker_mails_only_who_can_come_in(lite):
    change(update(Person).where(Person.user_name == "owner").values(email="o@d1.cn", is_active=False))
    change(update(Person).where(Person.user_name == "rep").values(email="r@brand.cn", password_hash=None))
    for name in ("owner", "rep", "clerk", "nobody-here", ""):
        assert not db.run(send_reset_link, system("worker"), name)
    assert keys() == []


def test_the_mail_holds_a_link_that_works_and_the_house_keeps_none(lite):
    with others.smtp() as server:
        way = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "portal@brand.cn"}
        change(update(NoticeChannel).values(settings=way, may_be_private=True))
        Stranger(lite).post("/password-reset", name="buyer")
        payload = look(lambda session: session.scalars(select(Job.payload).where(Job.kind == JOB)).one())
        deed = DEEDS[JOB]
        assert db.run(deed.flow, system("worker"), deed.given(**payload))
        postman = for_app(lite)
        while postman.step():
            pass
    mail = email.message_from_bytes(server.heard[0], policy=email.policy.default)
    assert mail["To"] == "buyer <buyer@d1.cn>"
    url = re.search(rf"{HERE}(/password-reset/link\?key=(\S+))", mail.get_body(("plain",)).get_content())
    kept = look(lambda session: str(session.execute(select(Dispatch.facts, Dispatch.last_answer)).all()))
    kept += look(lambda session: str(session.execute(select(PasswordReset.secret_hash)).all()))
    assert url[2] not in kept
    stranger = Stranger(lite)
    assert stranger.client.get(url[1], environ_base=stranger.base).status_code == 200
    assert stranger.by_link(url[2]).status_code == 303 and knows("buyer", NEW)


# ── A link ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_link_works_once_and_signs_everybody_out(app):
    before = Visitor(app, "buyer")
    key, code = sent(), team_code(Visitor(app, "owner"))
    stranger = Stranger(app)
    page = stranger.client.get(f"/password-reset/link?key={key}", environ_base=stranger.base)
    assert page.status_code == 200 and "buyer" not in page.text
    assert stranger.by_link(key, "short").status_code == 422
    answer = stranger.by_link(key)
    assert answer.status_code == 303 and COOKIE not in answer.headers.get("Set-Cookie", "")
    assert knows("buyer", NEW) and before.get("/portal").status_code == 401
    assert stranger.by_link(key, PASSWORD).status_code == 422
    assert Stranger(app).by_code("buyer", code, PASSWORD).status_code == 422  # the other reset is dead too
    assert knows("buyer", NEW)
    told = select(AuditEntry.event).where(AuditEntry.subject_id == id_of("buyer"))
    assert "password.reset_by_link" in look(lambda session: set(session.scalars(told)))


@pytest.mark.parametrize("deed", ["newer", "password", "mail", "role", "shut out", "too late"])
def test_a_link_dies_with_what_it_was_made_for(lite, deed):
    key, mine = sent(), Person.user_name == "buyer"
    changes = {
        "newer": lambda: sent(),
        "password": lambda: change(update(Person).where(mine).values(password_hash=passwords.hashed("x"))),
        "mail": lambda: change(update(Person).where(mine).values(email="other@d1.cn")),
        "role": lambda: change(
            update(Membership)
            .where(Membership.person_id == id_of("buyer"))
            .values(role_id=select(Role.id).where(Role.code == "owner").scalar_subquery())
        ),
        "shut out": lambda: change(update(Person).where(mine).values(is_active=False)),
        "too late": lambda: None,
    }
    changes[deed]()
    before = person("buyer").password_hash
    with time_machine.travel(clock.now() + timedelta(minutes=31 if deed == "too late" else 1)):
        assert Stranger(lite).by_link(key).status_code == 422
    assert person("buyer").password_hash == before


def _race(app: Flask, key: str) -> list[int]:
    browsers, ready, heard = [Stranger(app) for _ in range(2)], Barrier(2), []

    def go(browser: Stranger, password: str) -> None:
        ready.wait()
        heard.append(browser.by_link(key, password).status_code)

    threads = [Thread(target=go, args=(each, f"{NEW}-{at}")) for at, each in enumerate(browsers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sorted(heard)


def test_two_browsers_get_one_use_out_of_a_link(app):
    assert _race(app, sent()) == [303, 422]
    ended = select(func.count(AuditEntry.id)).where(AuditEntry.event == "password.reset_by_link")
    assert look(lambda session: session.scalar(ended)) == 1


def test_without_the_guard_both_get_it(lite, monkeypatch):
    """The twin: a take that looks only whose reset it is lets both through."""

    def unguarded(session: Any, reset_id: int, now: Any) -> Person:
        owner = select(PasswordReset.person_id).where(PasswordReset.id == reset_id).scalar_subquery()
        return session.scalars(select(Person).where(Person.id == owner)).one()

    key, together, real = sent(), Barrier(2), passwords.hashed
    monkeypatch.setattr(resets, "take", unguarded)
    monkeypatch.setattr(passwords, "hashed", lambda password: (together.wait(10), real(password))[1])
    assert _race(lite, key) == [303, 303]


def test_a_hosts_name_in_a_request_never_reaches_the_link(lite, monkeypatch):
    with lite.test_request_context(
        "/password-reset", headers={"Host": "evil.cn", "X-Forwarded-Host": "evil.cn"}
    ):
        assert public_url("reset.link", key="k") == f"{HERE}/password-reset/link?key=k"
        assert "evil.cn" in url_for("reset.link", key="k", _external=True)  # the twin: what a request says
    answer = Stranger(lite).client.get("/password-reset", headers={"Host": "evil.cn"})
    assert "evil.cn" not in answer.text
    for odd in ("", "portal.example", "javascript:alert(1)", "https://a@evil.cn", "ftp://x"):
        monkeypatch.setenv("TONGQU_PUBLIC_URL", odd)
        assert Stranger(lite).client.get("/password-reset").text.count('name="name"') == 0  # no mail, no form


# ── A code ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_guessing_a_code_ends_it(app):
    code = team_code(Visitor(app, "owner"))
    before = person("buyer").password_hash
    heard = [Stranger(app).by_code("buyer", "WRNG2345").status_code for _ in range(5)]
    assert heard == [422] * 5
    assert Stranger(app).by_code("buyer", code).status_code == 429
    # Under another name and from elsewhere nobody waits, but the code is dead.
    assert Stranger(app, "10.8.8.8").by_code("buyer@d1.cn", code).status_code == 422
    assert person("buyer").password_hash == before


def test_without_counting_the_code_itself_another_name_goes_on(lite, monkeypatch):
    """The twin of the guess count."""
    code = team_code(Visitor(lite, "owner"))
    monkeypatch.setattr(resets, "count_guess", lambda session, reset_id: None)
    for _ in range(5):
        Stranger(lite).by_code("buyer", "WRNG2345")
    assert Stranger(lite, "10.8.8.8").by_code("buyer@d1.cn", code).status_code == 303


def test_a_pause_after_wrong_passwords_is_no_pause_for_codes_and_ends_with_them(lite):
    stranger = Stranger(lite)
    for _ in range(6):
        paused = stranger.post("/sign-in", name="buyer", password="wrong-wrong-wrong")
    assert paused.status_code == 429
    assert Stranger(lite).by_code("buyer", team_code(Visitor(lite, "owner"))).status_code == 303
    assert Stranger(lite).post("/sign-in", name="buyer", password=NEW).status_code == 303


def test_who_may_make_a_code_for_whom(lite):
    owner, rep, manager, administrator = (
        Visitor(lite, each) for each in ("owner", "rep", "manager", "administrator")
    )
    home, away = (
        look(lambda s, c=c: s.scalar(select(Distributor.id).where(Distributor.code == c)))
        for c in ("D1", "D2")
    )
    at = "/admin/distributors/{}/people/{}/reset-code".format
    refused = [
        (owner, f"/portal/team/{id_of('stranger')}/reset-code", 404),
        (owner, f"/portal/team/{id_of('rep')}/reset-code", 404),
        (owner, f"/portal/team/{id_of('owner')}/reset-code", 422),  # oneself
        (rep, at(away, id_of("stranger")), 404),
        (rep, at(home, id_of("stranger")), 404),
        (rep, at(home, id_of("rep")), 404),
        (rep, at(home, id_of("administrator")), 404),
        (manager, at(home, id_of("rep")), 404),  # never staff
        (administrator, at(home, id_of("rep")), 404),
        (rep, f"/admin/people/{id_of('buyer')}/reset-code", 403),
        (Visitor(lite, "warehouse"), at(home, id_of("buyer")), 403),
        (Visitor(lite, "buyer"), f"/portal/team/{id_of('clerk')}/reset-code", 403),
    ]
    for helper, url, status in refused:
        assert helper.post(url).status_code == status, url
    assert look(lambda session: session.scalar(select(func.count(PasswordReset.id)))) == 0
    allowed = [
        (rep, at(home, id_of("buyer"))),
        (manager, at(home, id_of("owner"))),
        (administrator, f"/admin/people/{id_of('rep')}/reset-code"),
    ]
    for helper, url in allowed:
        assert code_for(helper, url)
    page = rep.page(f"/admin/distributors/{home}/people")
    assert "/reset-code" in page and "/removal" not in page and "/role" not in page


def _also_at(session: Any, actor: Any, given: tuple[str, str]) -> None:
    name, code = given
    role = session.scalars(select(Role.id).where(Role.code == "buyer")).one()
    place = session.scalars(select(Distributor.id).where(Distributor.code == code)).one()
    who = session.scalars(select(Person.id).where(Person.user_name == name)).one()
    session.add(Membership(person_id=who, distributor_id=place, role_id=role))


def _lose(session: Any, actor: Any, given: tuple[str, str]) -> None:
    role, permission = given
    row = select(RolePermission).join(Role, Role.id == RolePermission.role_id)
    session.delete(
        session.scalars(row.where(Role.code == role, RolePermission.permission == permission)).one()
    )


def test_nobody_opens_what_lies_beyond_their_own_rights(app, monkeypatch):
    url = f"/portal/team/{id_of('buyer')}/reset-code"
    db.run(_also_at, system("test"), ("buyer", "D2"))
    owner, rep = Visitor(app, "owner"), Visitor(app, "rep")
    home = look(lambda session: session.scalar(select(Distributor.id).where(Distributor.code == "D1")))
    for helper, each in (
        (owner, url),
        (rep, f"/admin/distributors/{home}/people/{id_of('buyer')}/reset-code"),
    ):
        assert helper.post(each).status_code == 422  # works elsewhere too
    change(update(Membership).where(Membership.distributor_id != home).values(is_active=False))
    db.run(_lose, system("test"), ("owner", "order.submit"))
    assert owner.post(url).status_code == 422  # may send orders, which the owner no longer may
    assert look(lambda session: session.scalar(select(func.count(PasswordReset.id)))) == 0
    monkeypatch.setattr(resets, "rights_at", lambda *given: frozenset())  # the twin
    assert owner.post(url).status_code == 200


def test_without_the_scope_a_strangers_people_are_reached(lite, monkeypatch):
    """The twin of the 404s above."""
    away = look(lambda session: session.scalar(select(Distributor.id).where(Distributor.code == "D2")))
    url = f"/admin/distributors/{away}/people/{id_of('stranger')}/reset-code"
    rep = Visitor(lite, "rep")
    assert rep.post(url).status_code == 404
    monkeypatch.setattr(issue_reset_code.distributors, "get_for", lambda *given: None)
    monkeypatch.setattr(
        members,
        "get_person",
        lambda session, actor, key, **rest: session.scalars(select(Person).where(Person.id == key)).one(),
    )
    monkeypatch.setattr(members, "refuse_elsewhere", lambda *given: None)
    assert rep.post(url).status_code == 200


def test_the_companys_name_is_no_password(lite):
    key = sent()
    refused = Stranger(lite).by_link(key, "xinheyuan-漳州市鑫禾源食品商贸有限公司")
    assert refused.status_code == 422 and "容易被猜到" in refused.text and not knows("buyer", NEW)
    assert Stranger(lite).by_link(key, "xinheyuan-福州榕江冷链配送有限公司").status_code == 303
