"""Marketing tells every distributor a policy; an owner reads and confirms it on the phone; who has not is asked again."""

from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from tests import world
from tests.databases import Prepare
from tests.stories.hands import Cost, Hands, asked, breaches, note, until
from trade import clock
from trade.broadcasts.models import (
    BroadcastAcknowledgement,
    BroadcastRead,
    BroadcastReminder,
)
from trade.notices.models import Notice

POLICY = "一、返利口径以回款为准。\n\n二、<script>document.title='x'</script> 按 1.5% 计提。"


@pytest.fixture
def prepare() -> Prepare:
    return world.build_template


@pytest.mark.browser
def test_a_broadcast_is_acknowledged(served, worker, sqlite_url, open_context, tmp_path, monkeypatch):
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path / "data"))
    writing, reading = Cost(), Cost()
    marketing = Hands(open_context("desk"), writing)
    marketing.sign_in("marketing", world.PASSWORD)
    broadcast_id = published(marketing, tmp_path)
    owner = Hands(open_context("phone"), reading)
    owner.sign_in("owner", world.PASSWORD)
    confirmed(owner, sqlite_url, broadcast_id)
    assert reading.taps == 3, "home, the box, the button"
    note("A distributor on a phone: a policy read and confirmed", reading)
    note("Marketing: a policy written, looked at, sent to every distributor", writing)
    stranger = Hands(open_context("phone"), Cost())
    stranger.sign_in("stranger", world.PASSWORD)
    stranger.follow(f"/portal/broadcasts/{broadcast_id}")
    stranger.sees("贵公司有权限的人会在这里看到按钮")
    assert stranger.page.locator("form[action$='/acknowledgement']").count() == 0
    reminded(marketing, sqlite_url, broadcast_id)
    newer_id = corrected(marketing, broadcast_id)
    owner.open("/portal")
    owner.follow(f"/portal/broadcasts/{newer_id}")
    for words in "已更正，第 2 版", "点数写错", "请重新确认":
        owner.sees(words)
    owner.open(f"/portal/broadcasts/{broadcast_id}")
    owner.sees("已被新版取代")
    assert owner.page.locator("form[action$='/acknowledgement']").count() == 0
    assert breaches(sqlite_url) == []


def published(marketing: Hands, folder) -> int:
    """Written, a picture added, exactly who looked at, and sent."""
    day = (clock.today() + timedelta(days=7)).isoformat()
    marketing.follow("/admin/broadcasts")
    marketing.follow("/admin/broadcasts/new")
    more = {"demand": "需确认已阅读并同意", "acknowledge_by": day, "whom": "我管辖的全部经销商"}
    marketing.post("/admin/broadcasts", title="四季度返利政策", body=POLICY, **more)
    photo = folder / "附图.jpg"
    Image.new("RGB", (800, 600), "#e8e8e8").save(photo)
    marketing.post("/attachments", files=photo)
    marketing.sees("附图.jpg")
    marketing.sees("现在会下发给 2 家经销商")
    here = marketing.page.url
    marketing.tap("a[href*='/admin/broadcast-audience']")
    marketing.page.wait_for_url("**/broadcast-audience*")
    marketing.sees("漳州市鑫禾源")
    marketing.page.goto(here)
    marketing.tap("details.asks > summary")
    marketing.send("form[action$='/publication'] button")
    marketing.sees("已下发")
    assert marketing.page.locator("form[action$='/text']").count() == 0, "nothing is edited any more"
    return int(here.rsplit("/", 1)[1])


def confirmed(owner: Hands, url: str, broadcast_id: int) -> None:
    """It stands first on the home page; to open it is to have read it, to confirm takes a box and a button."""
    owner.page.goto("/portal")
    first = owner.page.locator("main section").first
    assert "请确认" in first.inner_text() and "四季度返利政策" in first.inner_text()
    owner.follow(f"/portal/broadcasts/{broadcast_id}")
    owner.sees("<script>")
    assert owner.page.title().startswith("四季度返利政策"), "text stays text"
    until(owner, lambda: asked(url, lambda session: len(session.scalars(select(BroadcastRead)).all())) == 1)
    owner.tap("label[for=is_said]")
    owner.send("form[action$='/acknowledgement'] button")
    owner.sees("已于")
    said = asked(url, lambda session: session.scalars(select(BroadcastAcknowledgement)).one())
    assert (said.broadcast_id, said.said, said.is_late) == (broadcast_id, "agree", False)


def reminded(marketing: Hands, url: str, broadcast_id: int) -> None:
    """Who has not is on a list; one tap asks them again."""
    marketing.open(f"/admin/broadcast-receipts?broadcast={broadcast_id}&state=owing")
    marketing.sees("福州榕江")
    assert "漳州市鑫禾源" not in marketing.page.locator("main").inner_text()
    marketing.open(f"/admin/broadcasts/{broadcast_id}")
    marketing.send("form[action$='/reminders'] button")
    asked_again = select(BroadcastReminder.kind)
    assert asked(url, lambda session: session.scalars(asked_again).all()) == ["hand"]
    told = select(Notice.id).where(Notice.topic == "broadcast.reminder")
    until(marketing, lambda: len(asked(url, lambda session: session.scalars(told).all())) == 1)


def corrected(marketing: Hands, broadcast_id: int) -> int:
    """A correction says what it corrects, and takes the place of the first."""
    marketing.send("form[action$='/corrections'] button")
    marketing.post("/text", change_note="点数写错，应为 1.2%")
    marketing.sees("附图.jpg")
    marketing.tap("details.asks > summary")
    marketing.send("form[action$='/publication'] button")
    marketing.sees("第 2 版（更正）")
    return int(marketing.page.url.rsplit("/", 1)[1])
