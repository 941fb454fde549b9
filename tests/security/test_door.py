"""What anybody may put into an address, a header or a cookie, and what every answer carries in return."""

import hashlib
import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

import pytest
import time_machine
from flask import Flask, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.house.access_walk import PARTIAL, Site, rows
from tests.house.access_world import fields, token
from tests.security import figures
from tests.security.deeds import Asked, put_back
from tests.world import PASSWORD
from trade import clock, db
from trade.actor import Actor, system
from trade.people import passwords, sessions
from trade.people.models import LoginSession
from trade.people.queries import token_hash
from trade.settings import DEFAULTS, Setting
from web import assets, headers, hosts, proxies, session
from web.access import COOKIE

HERE = "http://localhost"
KNOWN = rows()
LURES = (
    *(
        "//evil.cn",
        "///evil.cn",
        "////evil.cn/%2e%2e",
        "/\\evil.cn",
        "\\\\evil.cn",
        "/\t/evil.cn",
        "/\n/evil.cn",
    ),
    *("http://evil.cn", "https:evil.cn", "HTTPS://evil.cn/a", "javascript:location='//evil.cn'", "evil.cn"),
    *("data:text/html,<script src=//evil.cn>", "\t//evil.cn", "/a\r\nLocation: //evil.cn", "/a\x00//evil.cn"),
    *(
        "/\u3000/evil.cn",
        "@evil.cn",
        "//localhost@evil.cn",
        "//evil.cn#@localhost",
        "http://localhost.evil.cn",
    ),
    *("http:\\\\evil.cn", "/ //evil.cn", "\u2028//evil.cn", "//evil。cn"),
)
# Every route that leads on to an address it was given; the proof finds them by asking all routes.
LEADING = {
    "GET /sign-in": "buyer",
    "POST /sign-in": "nobody",
    "POST /sign-in/passkey": "nobody",
    "POST /language": "buyer",
    "POST /theme": "buyer",
    "GET /second-factor": "nobody",
    "POST /second-factor": "nobody",
    "GET /second-factor/enrolment": "nobody",
    "POST /second-factor/enrolment": "nobody",
    "POST /sign-in/company": "nobody",
    "POST /security/app": "buyer",
    "POST /portal/catalog/<id:sku_id>/quantity": "buyer",
    "POST /portal/catalog/<id:sku_id>/star": "buyer",
}
OFTEN = ("GET /sign-in", "POST /language")
OUTWARD = re.compile(r"""(?:href|action|src|hx-[a-z-]+|http-equiv)=["'][^"']*evil""", re.IGNORECASE)
KEPT_BY_BROWSERS = ("/static/", "/app-manifest", "/service-worker", "/brand-", "/pictures/", "/offline")


def _with_next(path: str, lure: str) -> dict[str, str]:
    return {**dict(parse_qsl(path.partition("?")[2])), "next": lure}


def knock(site: Site, key: str, who: str, lure: str, *, referrer: bool = False) -> TestResponse:
    """Open a route or send its form with somewhere to go on to."""
    row, method = KNOWN[key], key.split(" ")[0]
    path, given = site.path(key, row), {}
    if method == "POST":
        filled = fields(key, dict(row), who, site.known).items()
        sent = {
            name: (BytesIO(each[1]), each[0]) if isinstance(each, tuple) else each for name, each in filled
        }
        given = {"csrf_token": site.tokens[who], **sent}
    told = {"Referer": lure.encode("utf-8").decode("latin-1").translate(str.maketrans("", "", "\r\n"))}
    client = site.app.test_client(use_cookies=False)
    return client.open(
        path if method == "POST" else path.partition("?")[0],
        method=method,
        headers={"Cookie": site.cookies[who], **(told if referrer else {})},
        query_string=_with_next(path, lure) if method == "GET" else None,
        data={**given, "next": lure} if method == "POST" else None,
    )


def leaves(answer: TestResponse) -> bool:
    """Whether a browser would be led away, by itself or by a link on the page."""
    for name in "Location", "HX-Redirect", "HX-Location", "Refresh", "Content-Location":
        target = answer.headers.get(name, "/")
        if not re.match(r"/(?![/\\])", target.removeprefix(HERE)):
            return True
    return any("evil" in value.lower() for _, value in answer.headers) or bool(OUTWARD.search(answer.text))


def lured(site: Site, keys: Any) -> list[str]:
    """Routes that lead away, with the address that did it."""
    found = []
    for key in keys:
        for lure in LURES:
            for answer in (
                knock(site, key, LEADING[key], lure),
                knock(site, key, LEADING[key], lure, referrer=True),
            ):
                if leaves(answer) or answer.status_code >= 500:
                    found.append(f"{key} {lure!r}: {answer.status_code} {answer.headers.get('Location')}")
            put_back(site)
    return found


def lacking(answer: TestResponse, path: str, *, is_secure: bool = True) -> list[str]:
    """What an answer should have said and did not."""
    said, found = answer.headers, []
    for name, value in headers.ALWAYS.items():
        loose = name == "Cache-Control" and any(part in path for part in KEPT_BY_BROWSERS)
        strict = name == "Content-Security-Policy" and said.get(name) == "default-src 'none'; sandbox"
        if not loose and not strict and said.get(name) != value:
            found.append(f"{path} {answer.status_code}: {name}: {said.get(name)}")
    if is_secure and not said.get("Strict-Transport-Security", "").startswith("max-age=31536000"):
        found.append(f"{path} {answer.status_code}: no HSTS")
    if answer.data and not said.get("Content-Type"):
        found.append(f"{path}: no content type")
    if "text/" in said.get("Content-Type", "") and "charset" not in said["Content-Type"]:
        found.append(f"{path}: text without its encoding")
    if "Access-Control-Allow-Origin" in said or re.search(r"[0-9]+\.[0-9]", said.get("Server", "")):
        found.append(f"{path}: tells others too much")
    for cookie in said.getlist("Set-Cookie"):
        is_gone = "Max-Age=0" in cookie or "1970" in cookie
        if not is_gone and not ("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" in cookie):
            found.append(f"{path}: {cookie.split('=')[0]} without its flags")
    return found


def fetch(site: Site, who: str, path: str, method: str = "GET", **more: Any) -> TestResponse:
    client = site.app.test_client(use_cookies=False)
    cookies = {"Cookie": site.cookies[who]} | more.pop("headers", {})
    return client.open(path, method=method, base_url="https://localhost", headers=cookies, **more)


def test_nobody_is_led_away_by_an_address_they_bring(open_site):
    assert len(LURES) == 25
    assert lured(open_site(), OFTEN) == []


def test_a_redirect_that_believes_is_seen(open_site, monkeypatch):
    site = open_site()
    monkeypatch.setattr(session, "is_safe_url", bool)
    assert len({found.split(" ")[2] for found in lured(site, ["POST /language"])}) >= 10


def test_every_kind_of_answer_carries_what_protects(open_site):
    site = open_site()
    known = KNOWN
    file = next(iter(assets.Assets().names.values()))
    kinds: dict[str, tuple[str, str]] = {
        "a page": ("buyer", "/portal/orders"),
        "nothing there": ("buyer", "/nope"),
        "not signed in": ("nobody", "/portal/orders"),
        "not allowed": ("buyer", "/admin"),
        "led on": ("buyer", "/"),
        "a sheet": ("administrator", "/admin/reports/orders/sheet"),
        "the app": ("buyer", "/app-manifest"),
        "the worker": ("buyer", "/service-worker"),
        "health": ("nobody", "/healthz"),
        "the program's file": ("nobody", f"/static/{file}"),
        "no file": ("nobody", "/static/none.css"),
    }
    for key in (
        "GET /portal/orders/<id:order_id>/attachments/<id:attachment_id>",
        "GET /portal/orders/<id:order_id>/pdf",
        "GET /portal/price-list/sheet",
    ):
        if key in known:
            kinds[key] = ("buyer", site.path(key, known[key]))
    found = [fault for who, path in kinds.values() for fault in lacking(fetch(site, who, path), path)]
    found += lacking(fetch(site, "buyer", "/portal/orders", headers=PARTIAL), "a block")
    found += lacking(fetch(site, "buyer", "/language", "POST", data={}), "/language forged")
    found += lacking(fetch(site, "buyer", "/language", "PUT"), "/language put")
    assert found == []


def test_a_missing_header_is_seen(open_site, monkeypatch):
    monkeypatch.setattr(headers, "ALWAYS", dict(headers.ALWAYS))
    site = open_site()
    expected = dict(headers.ALWAYS)
    del headers.ALWAYS["X-Content-Type-Options"]
    answer = fetch(site, "buyer", "/portal/orders")
    monkeypatch.setattr(headers, "ALWAYS", expected)
    assert lacking(answer, "/portal/orders") == ["/portal/orders 200: X-Content-Type-Options: None"]


def test_a_name_that_is_not_ours_gets_nothing(open_site, monkeypatch):
    monkeypatch.setenv("TONGQU_HOSTS", "portal.brand.cn, .branches.cn")
    site = open_site()
    client = site.app.test_client(use_cookies=False)

    def status(host: str, **more: str) -> int:
        return client.get("/sign-in", headers={"Host": host, **more}).status_code

    ours = ("portal.brand.cn", "PORTAL.brand.cn:8443", "south.branches.cn", "localhost:5000", "127.0.0.1")
    assert {host: status(host) for host in ours} == dict.fromkeys(ours, 200)
    others = (
        "evil.cn",
        "portal.brand.cn.evil.cn",
        "evilbrand.cn",
        "portal.brand.cn@evil.cn",
        "",
        "a b",
        "[::1",
    )
    assert {host: status(host) for host in others} == dict.fromkeys(others, 400)
    assert status("portal.brand.cn", **{"X-Forwarded-Host": "evil.cn"}) == 200
    answer = client.get("/sign-in", headers={"Host": "evil.cn"})
    assert "evil" not in answer.text and lacking(answer, "/sign-in", is_secure=False) == []


@pytest.mark.parametrize("given", ["https://portal.brand.cn", "portal.brand.cn:443", "a b", "brand.cn,*"])
def test_a_list_of_names_that_is_none_stops_the_start(monkeypatch, given):
    monkeypatch.setenv("TONGQU_HOSTS", given)
    with pytest.raises(SystemExit, match="TONGQU_HOSTS"):
        app_of_names()


def app_of_names() -> Flask:
    app = Flask("names")
    hosts.init_app(app)
    return app


def test_the_public_address_alone_names_the_host(monkeypatch):
    monkeypatch.delenv("TONGQU_HOSTS", raising=False)
    monkeypatch.setenv("TONGQU_PUBLIC_URL", "https://Portal.brand.cn:8443")
    assert app_of_names().config["TONGQU_HOSTS"] == ("portal.brand.cn", "localhost", "127.0.0.1")


def test_a_session_ends_by_itself_however_busy(open_site):
    site = open_site()
    with db.read() as session:  # the world may be some minutes old
        start = session.scalars(
            select(LoginSession.created_at).where(LoginSession.token_hash == token_hash(token("buyer")))
        ).one()
    assert site.ask("buyer", "GET", "/portal/orders").status_code == 200
    with time_machine.travel(start + timedelta(hours=7, minutes=50)):
        assert site.ask("buyer", "POST", "/portal/notices/reading", {}).status_code < 400
        assert site.ask("buyer", "GET", "/portal/orders").status_code == 200
    with time_machine.travel(start + timedelta(hours=8, minutes=1)):
        assert site.ask("buyer", "GET", "/portal/orders").status_code == 401


@pytest.mark.parametrize(("who", "face", "hours"), [("buyer", "portal", 3), ("administrator", "admin", 2)])
def test_a_session_ends_when_nobody_uses_it(open_site, database_url, who, face, hours):
    site = open_site(url=database_url)
    db.run(set_rest, system("test"), {"session.idle_hours": 3, "session.staff_idle_hours": 2})
    page, rest, moment = f"/{face}/orders", timedelta(hours=hours), timedelta(minutes=1)
    start, person_id = seen(who)
    with time_machine.travel(start + rest - moment):
        assert site.ask(who, "POST", f"/{face}/notices/reading", {}).status_code < 400
    with time_machine.travel(start + 2 * rest - 3 * moment):
        assert site.ask(who, "GET", page).status_code == 200, "used in between, it goes on"
        assert [each.token_hash for each in browsers(person_id)] == [token_hash(token(who))]
    before = fingerprint(site)
    with time_machine.travel(start + 2 * rest):
        assert site.ask(who, "GET", page).status_code == 401
        assert site.ask(who, "POST", f"/{face}/notices/reading", {}).status_code == 401
        assert browsers(person_id) == [], "the list of browsers says the same"
    assert fingerprint(site) == before


def test_reading_alone_keeps_nobody_in_and_staff_rest_shorter(open_site):
    site, patience = open_site(), DEFAULTS["session.staff_idle_hours"]
    assert patience < DEFAULTS["session.idle_hours"] <= DEFAULTS["session.hours"]
    start, _ = seen("administrator")
    for minutes in range(0, patience * 60, 59):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert site.ask("administrator", "GET", "/admin/orders").status_code == 200
    with time_machine.travel(start + timedelta(hours=patience, minutes=1)):
        assert site.ask("administrator", "GET", "/admin/orders").status_code == 401
        assert site.ask("buyer", "GET", "/portal/orders").status_code == 200


def set_rest(session: Session, actor: Actor, hours: dict[str, int]) -> None:
    session.add_all(Setting(key=key, value=value) for key, value in hours.items())


def seen(who: str) -> tuple[datetime, int]:
    """When this browser was used last, and whose it is."""
    with db.read() as session:
        known = select(LoginSession.seen_at, LoginSession.person_id)
        return session.execute(known.where(LoginSession.token_hash == token_hash(token(who)))).one()


def browsers(person_id: int) -> list[LoginSession]:
    with db.read() as session:
        return list(sessions.alive(session, person_id, clock.now()))


def test_a_session_is_no_address_and_no_other_header(open_site):
    site = open_site()
    client = site.app.test_client(use_cookies=False)
    secret = token("buyer")
    for more in (
        {"query_string": {COOKIE: secret, "token": secret}},
        {"headers": {"Authorization": f"Bearer {secret}", "X-Session": secret}},
        {"headers": {"Cookie": f"{COOKIE}={secret[:-1]}"}},
        {"headers": {"Cookie": f"{COOKIE}={secret.upper()}"}},
        {"headers": {"Cookie": f"{COOKIE}=' OR 1=1 --xxxxxxxxxxxxx"}},
    ):
        assert client.get("/portal/orders", **more).status_code == 401


def test_cookies_of_a_session_carry_their_flags(open_site):
    site = open_site()
    form = {"csrf_token": site.tokens["nobody"], "name": "buyer", "password": PASSWORD}
    answer = fetch(site, "nobody", "/sign-in", "POST", data=form, headers={"Referer": "https://localhost/"})
    assert answer.status_code == 303 and lacking(answer, "/sign-in") == []
    assert {cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie")} >= {COOKIE}


def test_signing_out_clears_the_browser(open_site):
    site = open_site()
    answer = site.ask("buyer", "POST", "/sign-out", {})
    assert answer.status_code == 303 and answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def test_what_protects_says_what_it_must():
    policy = dict(part.split(" ", 1) for part in headers.POLICY.split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers.POLICY and "object-src" not in policy, "objects fall back to none"
    assert headers.ALWAYS["Referrer-Policy"] == headers.ALWAYS["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers.ALWAYS["Cross-Origin-Resource-Policy"] == "same-origin"


def test_an_address_is_believed_from_the_proxy_alone(monkeypatch):
    told = {"X-Forwarded-For": "6.6.6.6, 10.0.0.9", "X-Forwarded-Host": "evil.cn", "X-Real-IP": "6.6.6.6"}

    def seen(hops: str) -> str:
        monkeypatch.setenv("TONGQU_PROXIES", hops)
        app = Flask("address")
        app.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {request.host}")
        proxies.init_app(app)
        return app.test_client().get("/", headers=told).text

    assert seen("") == seen("0") == "127.0.0.1 localhost"
    assert seen("1") == "10.0.0.9 localhost"


def test_a_long_sentence_is_a_password():
    passwords.refuse_weak("正确的马电池订书钉和一句很长的话" * 4, "13800000001")


@pytest.mark.proof
def test_no_route_leads_away(open_site):
    site = open_site()
    asking = {key for key in KNOWN if " # " not in key and asks_where_to(site, key)}
    assert asking - set(LEADING) == set(), (
        "some read it only in a state of their own, which these visitors are not in"
    )
    assert lured(site, LEADING) == []
    figures.tell(
        "Redirects",
        f"{len(LURES)} addresses of others, as `next` and as Referer, on each of the {len(LEADING)} routes that read one",
        f"(found by asking all {sum(' # ' not in key for key in KNOWN)}): {2 * len(LURES) * len(LEADING)} requests, none led away.",
    )


def asks_where_to(site: Site, key: str) -> bool:
    """Whether the route reads `next` at all."""
    who = (KNOWN[key]["passes"] or ["nobody"])[0]
    Asked.names.clear()
    knock(site, key, LEADING.get(key, who), "/")
    put_back(site)
    return "next" in Asked.names


@pytest.mark.proof
def test_a_crawl_finds_every_header_and_changes_nothing(open_site, database_url):
    site = open_site(url=database_url)
    before, found, count, kinds = fingerprint(site), [], 0, set[str]()
    for key, row in KNOWN.items():
        if not key.startswith("GET ") or key.endswith("/company/answer"):
            continue
        for who in {"nobody", "buyer", "administrator", *row["passes"][:1]}:
            for host in "localhost", "evil.cn":
                answer = fetch(site, who, site.path(key, row), headers={"Host": host})
                found += lacking(answer, site.path(key, row)) if host == "localhost" else []
                if host == "evil.cn" and b"evil.cn" in str(answer.headers).encode() + answer.data:
                    found.append(f"{key}: repeats a Host that is not ours")
                count, kinds = count + 1, kinds | {answer.mimetype}
    assert "\n".join(found) == ""
    assert fingerprint(site) == before
    kind = database_url.partition(":")[0].partition("+")[0]
    figures.tell(
        f"A crawl of every page, {kind}",
        f"{count} answers ({', '.join(sorted(kinds))}) to nobody, a buyer, an administrator and whom the page is for,",
        "half of them under another's Host name: every header on every one, no page repeats that name,",
        f"and the database is the same to the byte of every row (SHA-256 {before[:16]}… before and after, the audit aside).",
    )


def fingerprint(site: Site) -> str:
    """One number for every row of every table; denied visits are written to the audit, as they should."""
    picture = site.picture()
    rest = {name: picture[name] for name in sorted(picture) if name != "audit_entry"}
    return hashlib.sha256(repr(rest).encode()).hexdigest()
