"""The other side of every channel, inside the test's process: a mail server, robots of groups, a partner's program."""

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from standardwebhooks import Webhook, WebhookVerificationError

TOKEN, SECRET = "token-of-the-group", "SECabcdef0123456789"
HOOK = "whsec_" + base64.b64encode(b"twenty-four bytes or more").decode()
Scripted = tuple[int, dict[str, str], str]


@dataclass
class Other:
    """What a server heard, and what it is to answer first; then it answers as its maker describes."""

    url: str = ""
    port: int = 0
    heard: list[Any] = field(default_factory=list)
    script: list[Scripted] = field(default_factory=list)
    hangs: bool = False
    released: threading.Event = field(default_factory=threading.Event)
    hook: str = HOOK

    def texts(self) -> list[str]:
        return [str(body.get("text", body.get("content", body))) for _path, _headers, body in self.heard]


@contextmanager
def http() -> Iterator[Other]:
    """企业微信, 钉钉, 飞书 and a webhook, each at its own path, each checking what it is sent."""
    other = Other()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            other.heard.append((self.path, dict(self.headers), json.loads(raw)))
            if other.hangs:
                other.released.wait(10)
            status, headers, body = other.script.pop(0) if other.script else _answered(self, raw, other)
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler), other):
        other.url = f"http://127.0.0.1:{other.port}"
        yield other


def _answered(asked: Any, raw: bytes, other: Other) -> Scripted:
    parts, body = urlsplit(asked.path), json.loads(raw)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path == "/cgi-bin/webhook/send":
        is_known = query.get("key") == TOKEN and body["msgtype"] == "text"
        return (
            _told(errcode=0, errmsg="ok") if is_known else _told(errcode=93000, errmsg="invalid webhook url")
        )
    if parts.path == "/robot/send":
        words = f"{query.get('timestamp')}\n{SECRET}".encode()
        right = base64.b64encode(hmac.new(SECRET.encode(), words, hashlib.sha256).digest()).decode()
        is_known = query.get("access_token") == TOKEN and query.get("sign") == right
        return _told(errcode=0, errmsg="ok") if is_known else _told(errcode=310000, errmsg="sign not match")
    if parts.path == f"/open-apis/bot/v2/hook/{TOKEN}":
        key = f"{body.get('timestamp')}\n{SECRET}".encode()
        right = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
        is_known = body.get("sign") == right and body["content"]["text"]
        return _told(code=0, msg="success") if is_known else _told(code=19021, msg="sign match fail")
    if parts.path == "/sms":
        return _told()
    try:
        Webhook(other.hook).verify(raw, dict(asked.headers))
    except WebhookVerificationError as error:
        return 401, {}, str(error)
    return 204, {}, ""


def _told(**facts: object) -> Scripted:
    return 200, {}, json.dumps(facts)


@contextmanager
def smtp() -> Iterator[Other]:
    """A mail server: what it heard are the mails; a script answers RCPT."""
    other = Other()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                verb = line[:4].upper()
                if verb == "DATA":
                    self.say("354 go on")
                    other.heard.append(self.mail())
                    self.say("250 taken")
                elif verb == "RCPT" and other.script:
                    status, _headers, words = other.script.pop(0)
                    self.say(f"{status} {words}")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 fine")

        def mail(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            return b"".join(lines)

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), other):
        yield other


@contextmanager
def _serving(server: Any, other: Other) -> Iterator[None]:
    server.daemon_threads = True
    other.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        other.released.set()
        server.shutdown()
        server.server_close()
