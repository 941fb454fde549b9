"""A file comes back under the name with which it was sent, in headers that every server lets through."""

import io
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.flows.cast import Cast
from tests.portal.test_orders import picture, placed
from tests.portal.visitor import TOKEN, Visitor, open_portal
from tests.reused import connected
from tests.served import Server
from tests.world import PASSWORD
from trade import db
from trade.attachments.models import Attachment
from trade.flows.attach_file import NewFile, attach_file, keep_file
from web.downloads import disposition

NAMES = ["货损照片.png", "emoji😀.png", 'a"b\r\n.png', "单据", "Füße 1.png", "a\\b;c=d.png", "\x00.png"]


@pytest.fixture
def cast(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    connected(database_url)
    yield Cast()


def true_name(header: str) -> str:
    """The name under which a browser saves it."""
    starred = re.search(r"filename\*=UTF-8''(\S+)", header)
    plain = re.search(r'filename="?([^";]+)"?', header)
    assert plain
    return urllib.parse.unquote(starred[1]) if starred else plain[1]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_makes_a_plain_header(name):
    header = disposition(name, is_shown=True)
    assert header.isascii() and header.isprintable() and header.startswith("inline; filename=")
    assert true_name(header) == name.translate({13: None, 10: None, 0: None})


def test_both_faces_hand_the_file_out_under_its_name(cast, database_url):
    app = open_portal(database_url)
    order_id = placed(cast, CP0515=1)
    buyer, rep = Visitor(app, "buyer"), Visitor(app, "rep")
    for name in NAMES[:2]:
        buyer.post(f"/portal/orders/{order_id}/attachments", file=(io.BytesIO(picture()), name))
    with db.read() as session:
        files = session.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [file.name for file in files] == NAMES[:2]
    for file in files:
        for person, face in (buyer, "portal"), (rep, "admin"):
            answer = person.get(f"/{face}/orders/{order_id}/attachments/{file.id}")
            header = answer.headers["Content-Disposition"]
            assert answer.status_code == 200 and header.isascii() and true_name(header) == file.name


def test_the_real_server_lets_it_through(cast, database_url, tmp_path):
    order_id = placed(cast, CP0515=1)
    kept = keep_file("货损照片.png", picture())
    db.run(attach_file, cast["buyer"], NewFile("order", order_id, kept))
    server = Server(database_url, tmp_path / "data", processes=1)
    server.start()
    try:
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        found = TOKEN.search(browser.open(f"{server.base_url}/sign-in").read().decode())
        assert found
        form = {"csrf_token": found[1], "name": "buyer", "password": PASSWORD}
        browser.open(f"{server.base_url}/sign-in", urllib.parse.urlencode(form).encode())
        with browser.open(f"{server.base_url}/portal/orders/{order_id}/attachments/1") as answer:
            assert answer.status == 200 and true_name(answer.headers["Content-Disposition"]) == "货损照片.png"
            assert answer.read().startswith(b"\x89PNG")
    finally:
        server.stop()
