"""nginx and Caddy as deploy/ has them, before the real server: TLS, addresses, limits, slow clients."""

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.served import ROOT, Process, Server, free_port, settings_for

NAME = "portal.example.com"
LARGEST = 20 * 1024 * 1024
PASSWORD = "一句不短的口令 2026"


class Front:
    """A proxy on a loopback port, and what a browser would do with it."""

    def __init__(self, port: int, certificate: Path):
        self.port, self.cookies = port, dict[str, str]()
        self.trust = ssl.create_default_context(cafile=str(certificate))

    def connect(self) -> http.client.HTTPSConnection:
        """To the proxy's port under the site's own name."""
        connection = http.client.HTTPSConnection(NAME, self.port, timeout=60, context=self.trust)
        plain = socket.create_connection(("127.0.0.1", self.port), 60)
        connection.sock = self.trust.wrap_socket(plain, server_hostname=NAME)
        return connection

    def ask(
        self, path: str, form: str | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        """GET, or POST when there is a form; cookies are kept, their attributes too."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Host"] = NAME
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            sent |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"https://{NAME}/sign-in",
            }
        with closing(self.connect()) as connection:
            connection.request("GET" if form is None else "POST", path, form, sent)
            answer = connection.getresponse()
            body = answer.read().decode("utf-8", "replace")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, answer.headers, body

    def is_ready(self) -> bool:
        try:
            return self.ask("/sign-in")[0] == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        f"/CN={NAME}",
    ]
    command += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", "key.pem", "-out", "fullchain.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder / "fullchain.pem"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A brand with one administrator, behind one proxy."""
    data = tmp_path_factory.mktemp("data")
    url = f"sqlite:///{data}/tongqu.db"
    environment = os.environ | settings_for(url, data)
    tongqu = str(Path(sys.executable).parent / "tongqu")
    create = ["admin", "create", "--name", "林总", "--user-name", "lin", "--password", PASSWORD]
    for command in (["set-up"], create):
        done = subprocess.run(
            [tongqu, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    behind = {"TONGQU_PROXIES": "1", "TONGQU_PUBLIC_URL": f"https://{NAME}"}
    server = Server(url, data, processes=1, environment=behind)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def front(
    request: pytest.FixtureRequest,
    server: Server,
    certificate: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """The configuration as it is, with ports and places of a test."""
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    make = {"nginx": _nginx, "caddy": _caddy}[request.param]
    command, environment = make(folder, port, server.port, certificate)
    process = Process(command, environment, folder / "proxy.log")
    process.start()
    front, last_call = Front(port, certificate), time.monotonic() + 30
    while not front.is_ready():
        assert process.is_running() and time.monotonic() < last_call, process.output()
        time.sleep(0.1)
    yield front
    process.stop()


def _nginx(folder: Path, port: int, upstream: int, certificate: Path) -> tuple[list[str], dict[str, str]]:
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is missing: apt-get install nginx-light")
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    text = re.sub(r"(?m)^ *listen \[::\].*\n", "", text)
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "127.0.0.1:8000": f"127.0.0.1:{upstream}",
        "/etc/ssl/tongqu": str(certificate.parent),
        "/etc/tongqu/pages": str(ROOT / "deploy/pages"),
        "/var/log/nginx/tongqu.log": str(folder / "access.log"),
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    places = "".join(
        f"{each}_temp_path {folder}/{each};\n"
        for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"daemon off;\nuser {_account()};\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{places}{text}}}\n"
    (folder / "nginx.conf").write_text(whole, "utf-8")
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and "warn" not in checked.stderr, checked.stderr
    return command, {}


def _account() -> str:
    return "root" if os.getuid() == 0 else "nobody"


def _caddy(folder: Path, port: int, upstream: int, certificate: Path) -> tuple[list[str], dict[str, str]]:
    program = os.environ.get("TONGQU_CADDY") or shutil.which("caddy")
    if program is None:
        pytest.skip("Caddy is missing; TONGQU_CADDY names the program")
    text = (ROOT / "deploy/Caddyfile").read_text("utf-8")
    lines = f"\tbind 127.0.0.1\n\ttls {certificate} {certificate.parent / 'key.pem'}\n"
    text = text.replace("{$TONGQU_SITE} {\n", "{$TONGQU_SITE} {\n" + lines, 1)
    text = text.replace(
        "{\n\tservers {", f"{{\n\tadmin off\n\thttp_port {free_port()}\n\thttps_port {port}\n\tservers {{", 1
    )
    (folder / "Caddyfile").write_text(text, "utf-8")
    environment = {
        "TONGQU_SITE": NAME,
        "TONGQU_UPSTREAMS": f"127.0.0.1:{upstream}",
        "TONGQU_PAGES": str(ROOT / "deploy/pages"),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")], environment


def _requests(server: Server) -> list[dict[str, object]]:
    lines = [line for line in server.output().splitlines() if line.startswith("{")]
    return [each for each in map(json.loads, lines) if each.get("event") == "request"]


@pytest.mark.proof
def test_people_sign_in_over_tls_with_cookies_that_stay_there(front: Front) -> None:
    front.cookies.clear()
    status, headers, page = front.ask("/sign-in")
    assert status == 200 and headers["Strict-Transport-Security"].startswith("max-age=31536000")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = f"csrf_token={token[1]}&name=lin&password={_quoted(PASSWORD)}"
    status, headers, page = front.ask("/sign-in", form)
    assert status == 303, page[-600:]
    for cookie in headers.get_all("Set-Cookie") or []:
        assert "Max-Age=0" in cookie or ("Secure" in cookie and "SameSite" in cookie), cookie
    status, _, page = front.ask("/")
    assert status == 303
    assert front.ask("/admin/distributors")[0] == 200
    front.cookies.clear()


@pytest.mark.proof
def test_the_address_is_the_one_that_the_proxy_sees(front: Front, server: Server) -> None:
    before = len(_requests(server))
    headers = {"X_Forwarded_For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X_Real_Ip": "203.0.113.9"}
    status, answered, _ = front.ask(
        "/sign-in", **headers, X_Forwarded_Proto="http", X_Forwarded_Host="evil.cn"
    )
    assert status == 200 and "Strict-Transport-Security" in answered and "evil.cn" not in str(answered)
    seen = _requests(server)[before:]
    assert {each["address"] for each in seen} == {"127.0.0.1"}
    assert answered["X-Request-Id"] == seen[-1]["request_id"] and len(answered["X-Request-Id"]) >= 32


@pytest.mark.proof
def test_what_is_too_large_is_refused_with_a_page(front: Front) -> None:
    for size, refused in ((LARGEST + 1, True), (1024 * 1024, False)):
        with closing(front.connect()) as connection:
            connection.putrequest("POST", "/sign-in", skip_host=True)
            connection.putheader("Host", NAME)
            connection.putheader("Content-Type", "multipart/form-data; boundary=x")
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            try:
                for _ in range(0, size, 65536):
                    connection.send(b"x" * min(65536, size))
                    size -= 65536
            except OSError:
                assert refused
            answer = connection.getresponse()
            page = answer.read().decode()
        assert (answer.status == 413) is refused
        assert bool(re.search("一次最多上传 20 MB|太大|too large", page)) is refused, page


@pytest.mark.proof
def test_hashed_files_are_kept_for_good_and_figures_stay_inside(front: Front) -> None:
    _, _, page = front.ask("/sign-in")
    style = re.search(r'href="(/static/theme\.[0-9a-f]{8}\.css)"', page)
    assert style
    status, headers, _ = front.ask(style[1])
    assert status == 200 and "immutable" in headers["Cache-Control"]
    assert front.ask("/metrics")[0] == 404
    assert front.ask("/healthz?deep=1")[2].strip() in {"ok", "not well"}


@pytest.mark.proof
def test_forty_slow_clients_hold_nobody_up(front: Front) -> None:
    slow = [front.connect() for _ in range(40)]
    try:
        for each in slow:
            each.putrequest("POST", "/sign-in", skip_host=True)
            each.putheader("Host", NAME)
            each.putheader("Content-Length", "1000")
            each.endheaders()
            each.send(b"name=")
        time.sleep(1)
        begun = time.monotonic()
        assert front.ask("/sign-in")[0] == 200
        assert time.monotonic() - begun < 5
    finally:
        for each in slow:
            each.close()


@pytest.mark.proof
def test_a_server_that_is_away_is_said_in_words(front: Front, server: Server) -> None:
    server.stop()
    try:
        status, _, page = front.ask("/sign-in")
        assert status in {502, 503, 504} and "已经确认的订单都在" in page
    finally:
        server.start()


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())
