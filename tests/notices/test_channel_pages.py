"""Setting channels up, trying them, choosing what reaches one; and what is planned for whom."""

import email
import email.policy
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape
from sqlalchemy import select, update

from ops.channels.postman import Postman, dispatched
from ops.channels.wording import Links
from ops.worker import Worker
from tests.admin.site import Site, field_error, open_site
from tests.notices import others
from tests.notices.others import TOKEN
from trade import sealing
from trade.actor import system
from trade.audit import AuditEntry
from trade.db import read, run
from trade.errors import Refused
from trade.flows import ask_reset
from trade.flows.choose_notices import Wishes, choose_notices
from trade.flows.keep_channel import ChannelGiven, keep_channel
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.tell_trouble import Finding, tell_trouble
from trade.flows.try_channel import try_channel
from trade.notices import channels, dispatches, rules
from trade.notices.models import Dispatch, Notice, NoticeChannel, NoticeWish, QuietHours
from trade.people.models import Person

ME = system("test")
ROOMS = ("ops", "admin", "portal", "web", "press", "trade")
MAIL = {
    "host": "mail.brand.cn",
    "port": 465,
    "security": "tls",
    "sender": "portal@brand.cn",
    "user": "portal",
}


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    name = "database_url" if "database_url" in request.fixturenames else "sqlite_url"
    yield from open_site(request.getfixturevalue(name))


def rows(model: Any) -> list[Any]:
    with read() as session:
        return list(session.scalars(select(model).order_by(model.id)))


def mail(site: Site, **more: Any) -> int:
    given = ChannelGiven(
        None, 1, "mail", "邮件", 60, settings=MAIL, secrets={"password": "hunter-22"}, **more
    )
    return run(keep_channel, site.actors["administrator"], given).channel_id


def test_an_administrator_sets_a_robot_up_tries_it_and_reads_its_answer(site: Site) -> None:
    admin = site.browser("administrator")
    with others.http() as server:
        form = {"version": "1", "kind": "wecom", "name": "销售群", "per_minute": "18", "is_active": "yes"}
        form |= {
            "address": f"{server.url}/cgi-bin/webhook/send?key={TOKEN}",
            "locale": "zh_CN",
            "group": "orders",
        }
        refused = admin.post("/admin/channels", form)
        assert refused.status_code == 422 and "https://" in refused.text and rows(NoticeChannel) == []
        kept = admin.post("/admin/channels", form | {"may_be_private": "yes"})
        assert kept.status_code == 303
        page = kept.location
        assert admin.post(f"{page}/trial").status_code == 303
        assert "正在发送" in admin.get(page).text
        links = Links.of(site.app)
        Worker(postman=Postman(lambda parcel: dispatched(parcel, links))).drain()
        text = admin.get(page).text
        assert (
            "已接收" in text
            and "0 ok" in text
            and server.texts() == ["{'content': '这是一条测试消息，通道可以使用'}"]
        )
    assert TOKEN not in text and TOKEN not in rows(NoticeChannel)[0].sealed
    kept_entries = [each for each in rows(AuditEntry) if each.event.startswith("notice_channel.")]
    assert [each.event for each in kept_entries] == ["notice_channel.opened", "notice_channel.tried"]
    assert TOKEN not in str([each.facts for each in rows(AuditEntry)])
    assert site.browser("rep").get("/admin/channels").status_code == 403


def test_a_webhooks_secret_is_shown_once_and_exchanged_with_an_overlap(site: Site) -> None:
    admin = site.browser("administrator")
    form = {"version": "1", "kind": "webhook", "name": "ERP", "per_minute": "60", "distributor": "D1"}
    first = admin.post("/admin/channels", form | {"address": "https://erp.example.cn/in", "group": "orders"})
    before = re.findall(r"whsec_[\w+/=]+", first.text)
    (channel,) = rows(NoticeChannel)
    page = f"/admin/channels/{channel.id}"
    assert first.status_code == 200 and len(before) == 1 and "whsec_" not in admin.get(page).text
    after = re.findall(r"whsec_[\w+/=]+", admin.post(f"{page}/secret", {"version": "1"}).text)
    secrets = channels.kept(rows(NoticeChannel)[0])
    assert [secrets["secret"]] == after != before == [secrets["before"]] and secrets["before_until"]
    # What is left empty stays as it is.
    assert admin.post(page, form | {"version": "2", "name": "ERP 2"}).status_code == 303
    assert channels.kept(rows(NoticeChannel)[0])["address"] == "https://erp.example.cn/in"


def test_what_could_never_send_is_refused_and_nothing_is_kept(site: Site) -> None:
    actor, usual = site.actors["administrator"], ChannelGiven(None, 1, "mail", "邮件", 60, settings=MAIL)
    bare = {**MAIL, "security": "none"}
    for code, given in (
        ("notice_channel.bare_password", ChannelGiven(None, 1, "mail", "邮件", 60, settings=bare)),
        ("notice_channel.needed", ChannelGiven(None, 1, "mail", "邮件", 60)),
        (
            "notice_channel.address_odd",
            ChannelGiven(None, 1, "feishu", "群", 60, secrets={"address": "ftp://a"}),
        ),
        (
            "notice_channel.no_phone",
            ChannelGiven(None, 1, "sms", "短信", 60, secrets={"address": "json://a"}),
        ),
        (
            "notice_channel.nothing_chosen",
            ChannelGiven(None, 1, "webhook", "ERP", 60, secrets={"address": "https://erp.example.cn/"}),
        ),
        ("notice_channel.group_unknown", ChannelGiven(None, 1, "wecom", "群", 60, groups=["all"])),
    ):
        with pytest.raises(Refused, match=code):
            run(keep_channel, actor, given)
    for denied in keep_channel, try_channel:
        with pytest.raises(Refused, match="access.denied"):
            run(denied, site.actors["rep"], usual if denied is keep_channel else 1)
    assert rows(NoticeChannel) == [] and rows(Dispatch) == []
    mail(site)
    with pytest.raises(Refused, match="one_of_kind"):
        run(keep_channel, actor, usual)
    (before,) = rows(NoticeChannel)
    other = ChannelGiven(before.id, 1, "webhook", "ERP", 60, secrets={"address": "https://erp.d1.cn/"})
    with pytest.raises(Refused, match="notice_channel.not_found"):
        run(keep_channel, actor, other)
    (after,) = rows(NoticeChannel)
    assert (after.kind, after.settings, after.version) == (before.kind, before.settings, before.version)


@pytest.mark.usefixtures("database_url")
def test_people_hear_by_their_role_until_they_choose_and_strangers_never(site: Site) -> None:
    mail(site)
    hook = ChannelGiven(None, 1, "webhook", "ERP", 60, groups=["money"], distributor="D2")
    run(keep_channel, site.actors["administrator"], hook_with(hook, "https://erp.d2.cn/"))
    run(keep_channel, site.actors["administrator"], hook_with(hook, "https://erp.d1.cn/", distributor="D1"))

    def addresses(session: Any, actor: Any, given: None) -> None:
        for name in ("owner", "buyer", "clerk", "stranger"):
            session.execute(update(Person).where(Person.user_name == name).values(email=f"{name}@x.cn"))

    run(addresses, ME, None)
    buyer = site.browser("buyer")
    ways = {f"{group}_mail": "off" for group in rules.GROUPS}
    form = ways | {"money_mail": "daily", "begins": "22:00", "ends": "07:30"}
    assert "每天 8:30 汇总" in buyer.get("/portal/me/reach").text
    assert buyer.post("/portal/me/reach", form).status_code == 303
    assert buyer.post("/portal/me/reach", form | {"ends": ""}).status_code == 422
    assert [(each.begins, each.ends) for each in rows(QuietHours)] == [(22 * 60, 7 * 60 + 30)]
    with pytest.raises(Refused, match="way_unknown"):
        run(choose_notices, site.actors["clerk"], Wishes({("money", "fax"): "now"}, None))
    finance, home = site.actors["finance"], site.world.distributors["D1"]
    run(record_payment, finance, Receipt(home, rows(Person)[0].created_at.date(), Decimal(10), "bank-1"))
    Worker().drain()
    names = {each.id: each.user_name for each in rows(Person)}
    planned = {
        (each.channel_id, names.get(each.person_id or 0), bool(each.bundle)) for each in rows(Dispatch)
    }
    assert planned == {(1, "owner", False), (1, "clerk", False), (1, "buyer", True), (3, None, False)}
    assert all(each.person_id == site.world.people["buyer"] for each in rows(NoticeWish))


def hook_with(given: ChannelGiven, address: str, distributor: str = "D2") -> ChannelGiven:
    return ChannelGiven(
        None,
        1,
        given.kind,
        given.name,
        60,
        groups=given.groups,
        distributor=distributor,
        secrets={"address": address},
    )


def test_a_changed_key_of_the_installation_is_told_and_loses_nothing(site: Site) -> None:
    kept = {"groups": ["orders"], "secrets": {"address": "https://erp.example.cn/in"}}
    given = ChannelGiven(None, 1, "webhook", "ERP", 60, **kept)
    channel_id = run(keep_channel, site.actors["administrator"], given).channel_id
    run(lambda session, actor, given: session.execute(update(NoticeChannel).values(sealed="x")), ME, None)
    run(try_channel, site.actors["administrator"], channel_id)
    links = Links.of(site.app)
    Worker(postman=Postman(lambda parcel: dispatched(parcel, links))).drain()
    (test,) = rows(Dispatch)
    assert "another TONGQU_SECRET_KEY" in test.last_answer
    assert (test.sent_at, test.dead_at, test.attempts) == (None, None, 1)


def test_the_mail_to_a_new_password_has_its_key_and_afterwards_nobody_has(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGQU_PUBLIC_URL", "https://portal.example.cn")
    with others.smtp() as server:
        settings = {**MAIL, "host": "127.0.0.1", "port": server.port, "security": "none", "user": ""}
        given = ChannelGiven(None, 1, "mail", "邮件", 60, may_be_private=True, settings=settings)
        way = run(keep_channel, site.actors["administrator"], given).channel_id
        rep = site.world.people["rep"]

        def ask(session: Any, actor: Any, given: None) -> None:
            session.execute(update(Person).where(Person.id == rep).values(email="rep@x.cn"))
            facts = {"sealed": sealing.seal("the-key", ask_reset.PURPOSE)}
            values = {"channel_id": way, "person_id": rep, "topic": ask_reset.TOPIC, "facts": facts}
            session.add(Dispatch(key="reset-1", face="admin", **values))

        run(ask, ME, None)
        links = Links.of(site.app)
        Worker(postman=Postman(lambda parcel: dispatched(parcel, links))).drain()
        found = email.message_from_bytes(server.heard[0], policy=email.policy.default)
        text = found.get_body(("plain",)).get_content()
    assert "https://portal.example.cn/password-reset/link?key=the-key" in text
    assert rows(Dispatch)[0].facts == {} and rows(Dispatch)[0].sent_at


def test_only_the_worker_loads_what_only_the_worker_needs() -> None:
    """The web's processes stay small: nothing that wsgi reaches imports a sender, or a library of theirs."""
    heavy = re.compile(r"^\s*(from|import) (apprise|smtplib|standardwebhooks|ops\.channels)\b", re.MULTILINE)
    rooms = [Path("wsgi.py"), *(each for room in ROOMS for each in Path(room).rglob("*.py"))]
    found = [str(each) for each in rooms if heavy.search(each.read_text("utf-8"))]
    assert found and all(each.startswith("ops/channels/") for each in found)


def test_what_went_wrong_is_told_in_words_and_small_as_it_came(site: Site) -> None:
    way = mail(site)
    admin = site.browser("administrator")
    for answer, words in (
        ("ConnectionRefusedError: [Errno 111] Connection refused", "服务器拒绝连接"),
        ("gaierror: [Errno -2] Name or service not known", "找不到这个名称的服务器"),
        ("no answer within 20 s", "服务器响应超时"),
        ("535 5.7.8 authentication failed", "不接受此账号和密码"),
        ("something quite new", "对方的答复"),
    ):
        with_answer = {"channel_id": way, "topic": "channel.test", "face": "admin", "facts": {}}
        run(put, ME, Dispatch(key=answer, last_answer=answer, dead_at=dispatches.clock.now(), **with_answer))
        for page in f"/admin/channels/{way}", "/admin/status/messages?state=dead":
            text = admin.get(page).text
            assert words in text and f'<code class="as-it-came">{escape(answer)}</code>' in text, page
    assert (
        "没有符合条件的消息" not in text
        and "系统内消息中没有符合条件的" in text
        and text.count("测试消息") >= 5
    )
    for rest in "state=waiting", "state=dead&kind=money":
        assert "搁置的消息" not in admin.get(f"/admin/status/messages?{rest}").text


@pytest.mark.parametrize("is_failing", [True, False])
def test_that_a_channel_does_not_deliver_is_told_by_the_others(site: Site, is_failing: bool) -> None:
    """A dead message after the last that left; the planted twin has left one since, so it is told there too."""
    way, later = mail(site), dispatches.clock.now() + dispatches.MINUTE
    robot = ChannelGiven(None, 1, "wecom", "群", 18, groups=["work"], secrets={"address": "https://qy.cn/x"})
    group = run(keep_channel, site.actors["administrator"], robot).channel_id

    def lay_aside(session: Any, actor: Any, given: None) -> None:
        session.execute(update(Person).where(Person.user_name == "administrator").values(email="a@x.cn"))
        of_it = {"channel_id": way, "topic": "order.shipped", "face": "admin", "facts": {}}
        session.add(Dispatch(key="dead", dead_at=dispatches.clock.now(), **of_it))
        session.add(Dispatch(key="sent", sent_at=None if is_failing else later, dead_at=None, **of_it))

    run(lay_aside, ME, None)
    for code in "message.dead", "disk.low":
        run(tell_trouble, ME, Finding(code, 1))
    Worker().drain()
    planned = {(each.topic, each.channel_id) for each in rows(Dispatch) if each.topic.startswith("system.")}
    told = {("system.message.dead", group), ("system.disk.low", group), ("system.disk.low", way)}
    assert planned == told | (set() if is_failing else {("system.message.dead", way)})
    own = [each.topic for each in rows(Notice) if each.person_id == site.world.people["administrator"]]
    assert {"system.message.dead", "system.disk.low"} <= set(own), "in the program in any case"


def test_quiet_hours_are_offered_to_whom_anything_can_reach(site: Site) -> None:
    buyer = site.browser("buyer")
    text = buyer.get("/portal/me/reach").text
    assert "免打扰" not in text and "邮件和短信都还没有设置" in text and "保存" not in text
    mail(site)
    text = buyer.get("/portal/me/reach").text
    assert "您的账号没有邮箱" in text and "免打扰时段" not in text

    def address(session: Any, actor: Any, given: None) -> None:
        session.execute(update(Person).where(Person.user_name == "buyer").values(email="b@x.cn"))

    run(address, ME, None)
    text = buyer.get("/portal/me/reach").text
    assert "您的账号没有邮箱" not in text and "免打扰时段" in text


def test_a_webhook_that_would_hear_of_nothing_is_refused_beside_its_ticks(site: Site) -> None:
    admin = site.browser("administrator")
    form = {"version": "1", "kind": "webhook", "name": "ERP", "per_minute": "60", "is_active": "yes"}
    form |= {"address": "https://erp.example.cn/in"}
    refused = admin.post("/admin/channels", form)
    assert refused.status_code == 422 and "请勾选要发送的消息" in field_error(refused, "groups")
    assert rows(NoticeChannel) == []
    assert admin.post("/admin/channels", form | {"group": "orders"}).status_code == 200


def put(session: Any, actor: Any, row: Any) -> None:
    session.add(row)


def test_a_rest_ends_in_the_brands_morning_across_midnight() -> None:
    zone = dispatches.clock.BRAND_ZONE
    night = dispatches.datetime(2026, 11, 21, 23, 30, tzinfo=zone)
    assert rules.quiet_until(night, 22 * 60, 7 * 60, zone) == night.replace(day=22, hour=7, minute=0)
    assert rules.quiet_until(night.replace(hour=6), 22 * 60, 7 * 60, zone) == night.replace(hour=7, minute=0)
    assert rules.quiet_until(night.replace(hour=12), 22 * 60, 7 * 60, zone) is None
    assert rules.quiet_until(night, 0, 0, zone) is None
