"""What deploy/ promises is what the program does: limits, time limits, settings; and who is believed about an address."""

import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request

from ops import gunicorn as served
from tests.served import ROOT
from web import proxies
from wsgi import LARGEST_REQUEST

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NAMES = re.compile(r"\bTONGQU_[A-Z_]*[A-Z]\b")
# Those that only tests and builders use.
NOT_FOR_OPERATORS = re.compile(r"TONGQU_(TEST_\w+|PROOF|CHROMIUM|CADDY|WSGI)")
# Those that only the files in deploy/ know.
OF_DEPLOY = {"TONGQU_SITE", "TONGQU_UPSTREAMS", "TONGQU_PAGES", "TONGQU_IMAGE"}


def section(text: str, heading: str) -> str:
    """Return the block under a YAML key that stands at the beginning of a line, after the given spaces."""
    spaces = " " * (len(heading) - len(heading.lstrip()))
    found = re.search(rf"(?m)^{heading}:.*\n((?:{spaces} +.*\n|\s*\n)*)", text)
    assert found, heading
    return found[1]


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def test_the_proxies_limits_are_the_programs() -> None:
    assert LARGEST_REQUEST % 1024**2 == 0
    megabytes = LARGEST_REQUEST // 1024**2
    assert f"client_max_body_size {megabytes}m;" in text_of("nginx.conf")
    assert f"max_size {megabytes}MiB" in text_of("Caddyfile")
    assert f"{megabytes} MB" in text_of("pages/too-large.html")


def test_the_proxies_wait_longer_than_gunicorn_and_keep_connections_shorter() -> None:
    nginx, caddy = text_of("nginx.conf"), text_of("Caddyfile")
    waits = [
        *re.findall(r"proxy_read_timeout (\d+)s", nginx),
        *re.findall(r"response_header_timeout (\d+)s", caddy),
    ]
    assert len(waits) == 2 and all(int(each) > served.timeout for each in waits)
    upstream = nginx[nginx.index("upstream tongqu") :]
    kept = [
        re.search(r"keepalive_timeout (\d+)s", upstream),
        re.search(r"transport http[^}]*keepalive (\d+)s", caddy),
    ]
    assert all(each and int(each[1]) < served.keepalive for each in kept)


def test_nginx_passes_on_nothing_that_a_client_says_of_itself() -> None:
    nginx = text_of("nginx.conf")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in nginx
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in nginx
    assert "$proxy_add_x_forwarded_for" not in nginx


def test_the_containers_are_those_that_the_docs_name() -> None:
    compose = text_of("compose/compose.yaml")
    services = re.findall(r"(?m)^  ([\w-]+):", section(compose, "services"))
    assert {"set-up", "web-1", "web-2", "worker", "postgres", "redis", "proxy"} == set(services)
    for name in ("postgres", "redis", "proxy"):
        assert "healthcheck:" in section(compose, f"  {name}"), name
    assert "service_completed_successfully" in compose
    assert "password" not in re.sub(r"postgres_password|POSTGRES_PASSWORD_FILE", "", compose)
    grace = re.search(r"stop_grace_period: (\d+)s", compose)
    drain = re.search(r'TONGQU_DRAIN_SECONDS: "(\d+)"', compose)
    assert grace and drain and int(grace[1]) > served.graceful_timeout + int(drain[1])


def test_the_image_runs_as_nobody_in_particular_and_without_a_compiler() -> None:
    stages = text_of("Containerfile").split("\nFROM ")
    last = stages[-1]
    assert "\nUSER 10001" in last and "HEALTHCHECK" in last and "/healthz" in last
    assert not re.search(r"gcc|build-essential|npm|/opt/uv", last)
    packages = re.search(
        r'RUN_PACKAGES="python3-venv (.*)"', (ROOT / "ops/set_up/tools.sh").read_text("utf-8")
    )
    assert packages and set(packages[1].split()) <= set(last.split())


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_may_do_no_more_than_they_need(unit: Path) -> None:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string(unit.read_text("utf-8"))
    service = parsed["Service"]
    wanted = {"User": "tongqu", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "UMask": "0077"}
    assert wanted.items() <= dict(service).items()
    assert "tongqu" in service["StateDirectory"].split()
    if unit.name.startswith(("tongqu-web", "tongqu-worker")):
        drain = re.search(r"(?m)^TONGQU_DRAIN_SECONDS=(\d+)", text_of("systemd/tongqu.env"))
        assert drain and int(service["TimeoutStopSec"]) > served.graceful_timeout + int(drain[1])
        assert service["MemoryMax"] and service["RestartPreventExitStatus"] == "4"


def test_every_setting_is_in_the_table_and_every_one_in_the_table_is_real() -> None:
    told = set(re.findall(r"(?m)^\| `(TONGQU_[A-Z_]+)`", (ROOT / "docs/operate.md").read_text("utf-8")))
    used = {name for path in program() for name in NAMES.findall(path.read_text("utf-8"))}
    # The names of OIDC are put together from two parts.
    parts = re.findall(r'"([A-Z_]{4,})"', (ROOT / "web/provider.py").read_text("utf-8"))
    used |= {f"TONGQU_OIDC_{name}" for name in parts}
    missing = {name for name in used if name not in told and not NOT_FOR_OPERATORS.fullmatch(name)}
    missing -= {"TONGQU_OIDC"} | OF_DEPLOY
    assert not missing, "in the program and not in docs/operate.md"
    text = "".join(path.read_text("utf-8") for path in [*program(), *DEPLOY.rglob("*")] if path.is_file())
    invented = {name for name in told - used if not name.endswith("_FILE") and name not in text}
    assert not invented, "in docs/operate.md and nowhere else"


def program() -> Iterator[Path]:
    """Yield what reads the environment."""
    yield from (ROOT / "wsgi.py", ROOT / "run")
    for room in ("trade", "web", "portal", "admin", "press", "ops"):
        yield from sorted((ROOT / room).rglob("*.py"))


def asked(monkeypatch: pytest.MonkeyPatch, proxies_set: str | None, **headers: str) -> str:
    """Ask a small app behind web.proxies and return what it believes."""
    monkeypatch.delenv(proxies.VARIABLE, raising=False)
    if proxies_set is not None:
        monkeypatch.setenv(proxies.VARIABLE, proxies_set)
    app = Flask("asked")
    app.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    proxies.init_app(app)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get("/", headers=sent, environ_base={"REMOTE_ADDR": "10.0.0.2"}).text


CLAIMED = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.cn"}


@pytest.mark.parametrize("none", [None, "", "0"])
def test_nobody_is_believed_about_an_address_unless_told(
    monkeypatch: pytest.MonkeyPatch, none: str | None
) -> None:
    assert asked(monkeypatch, none, **CLAIMED) == "10.0.0.2 http localhost"


def test_one_proxy_is_believed_about_its_own_client_and_nothing_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: with the setting the same headers do change the address, so the test above can fail."""
    assert asked(monkeypatch, "1", **CLAIMED) == "203.0.113.9 https localhost"
    forged = CLAIMED | {"X_Forwarded_For": "198.51.100.1, 203.0.113.9"}
    assert asked(monkeypatch, "1", **forged).startswith("203.0.113.9 ")
    assert asked(monkeypatch, "2", **CLAIMED).startswith("10.0.0.2 ")


@pytest.mark.parametrize("wrong", ["yes", "-1", "1.5", "99", "１"])
def test_a_number_of_proxies_that_is_none_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    with pytest.raises(SystemExit, match="number of proxies"):
        asked(monkeypatch, wrong)


def test_gunicorn_leaves_the_proxys_headers_to_that_setting() -> None:
    """Else whoever reaches it from this machine names its own scheme and script."""
    assert served.secure_scheme_headers == {} and served.forwarder_headers == ""
