"""Channels against local servers that check as their makers describe: taken, refused, down, hanging, raced for."""

import email
import email.policy
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, true, update

from ops.channels import guard, texting
from ops.channels.postman import Postman, dispatched
from ops.channels.wording import Links
from tests.notices import others
from tests.notices.others import HOOK, SECRET, TOKEN, Other
from tests.reused import connected
from tests.world import world
from trade import clock, sealing
from trade.actor import system
from trade.db import read, run
from trade.jobs.leases import LAST_ATTEMPT
from trade.notices import backlog, channels, dispatches, rules
from trade.notices.models import Dispatch, NoticeChannel, QuietHours
from trade.people.models import Person

ME = system("test")
NOW = datetime.now(UTC).replace(hour=4, minute=0)  # noon in China; the signatures of webhooks are of today
LATER = timedelta(hours=2)
LINKS = Links(lambda endpoint, ids: "/" + "/".join([endpoint, *(str(each) for each in ids.values())]))
ADDRESSES = {
    "wecom": f"/cgi-bin/webhook/send?key={TOKEN}",
    "dingtalk": f"/robot/send?access_token={TOKEN}",
    "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
    "webhook": "/events",
}


@pytest.fixture(autouse=True)
def bound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both databases where they could differ: claims, races, times."""
    name = "database_url" if "database_url" in request.fixturenames else "sqlite_url"
    connected(request.getfixturevalue(name))
    sealing.use("for tests only, and long enough")
    monkeypatch.setenv("TONGQU_PUBLIC_URL", "https://portal.example.cn/ignored")


@pytest.fixture
def server() -> Iterator[Other]:
    with others.http() as other:
        yield other


def done(work: Any, given: Any = None) -> Any:
    return run(lambda session, actor, each: work(session, each), ME, given)


def channel(kind: str, server: Other | None = None, **more: Any) -> int:
    """A channel that is in use; on this machine unless told otherwise."""
    secrets = {"address": (server.url if server else "") + ADDRESSES.get(kind, "")}
    secrets |= {"secret": HOOK if kind == "webhook" else SECRET} | more.pop("secrets", {})
    values: dict[str, Any] = {
        "kind": kind,
        "name": f"{kind} of the team",
        "may_be_private": True,
        "per_minute": 1000,
        "groups": list(rules.GROUPS),
        "settings": {},
        "sealed": channels.seal(secrets),
    }

    def add(session: Any, given: None) -> int:
        row = NoticeChannel(**values | more)
        session.add(row)
        session.flush()
        return int(row.id)

    return int(done(add))


def put(channel_id: int, topic: str = "order.approved", count: int = 1, **more: Any) -> None:
    facts = {"number": "SO261121-0009", "order_id": 9, "amount": "86.40", "comment": "电话 13812345678"}

    def add(session: Any, given: None) -> None:
        for number in range(count):
            values = {"key": f"key-{channel_id}-{number}", "channel_id": channel_id, "face": "admin"}
            times = {"at": NOW, "due_at": NOW}
            session.add(Dispatch(**values | times | {"topic": topic, "facts": facts} | more))

    done(add)


def postman(patience: float = 5.0) -> Postman:
    return Postman(lambda parcel: dispatched(parcel, LINKS), patience=patience)


def drain(worker: Postman, at: datetime = NOW) -> Postman:
    with clock.set_to(at):
        while worker.step():
            pass
    return worker


def rows() -> list[Dispatch]:
    with read() as session:
        return list(session.scalars(select(Dispatch).order_by(Dispatch.id)))


def states() -> list[str]:
    return ["sent" if each.sent_at else "dead" if each.dead_at else "waits" for each in rows()]


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
def test_a_robot_takes_what_is_signed_and_what_is_not_is_laid_aside_with_its_words(
    kind: str, server: Other
) -> None:
    put(channel(kind, server))
    bad = {"address": server.url + ADDRESSES[kind].replace(TOKEN, "unknown"), "secret": "SECwrong"}
    put(channel(kind, server, secrets=bad))
    drain(postman())
    assert states() == ["sent", "dead"]
    assert "SO261121-0009" in server.texts()[0] and "¥86.40" in server.texts()[0]
    assert "https://portal.example.cn/admin.orders.detail/9" in server.texts()[0]
    wrong = rows()[1].last_answer or ""
    if kind != "feishu":
        assert wrong.split()[0] in {"93000", "310000"}
    assert "SECwrong" not in wrong and rows()[1].attempts == 1


def test_a_webhook_is_signed_has_its_number_and_no_more_facts_than_are_documented(server: Other) -> None:
    put(channel("webhook", server), topic="order.shipped")
    drain(postman())
    (_path, headers, event) = server.heard[0]
    assert states() == ["sent"] and headers["webhook-id"] == event["id"] == rows()[0].key
    assert event["type"] == "order.shipped" and event["data"]["amount"] == "86.40"
    assert set(event) == {"id", "type", "time", "data"} and "13812345678" not in str(event)


def test_an_exchanged_secret_signs_beside_the_old_one_until_its_time_is_over(server: Other) -> None:
    other = "whsec_" + HOOK[6:-4] + "AAAA"
    both = {"secret": other, "before": HOOK, "before_until": (datetime.now(UTC) + LATER).isoformat()}
    over = both | {"before_until": (datetime.now(UTC) - LATER).isoformat()}
    put(channel("webhook", server, secrets=both))
    put(channel("webhook", server, secrets=over))
    drain(postman())
    assert states() == ["sent", "dead"] and (rows()[1].last_answer or "").startswith("401")


@pytest.mark.usefixtures("database_url")
def test_down_is_tried_again_in_order_and_a_refusal_is_final(server: Other) -> None:
    server.script = [(503, {}, "busy"), (200, {}, '{"errcode": 0}'), (404, {}, "gone")]
    put(channel("wecom", server), count=2)
    worker = drain(postman())
    assert states() == ["waits", "waits"] and len(server.heard) == 1  # the second waits behind the first
    drain(worker, NOW + timedelta(seconds=3))
    assert states() == ["sent", "dead"]
    assert [each.attempts for each in rows()] == [2, 1] and rows()[1].last_answer == "404 Not Found gone"


def test_the_other_side_asks_for_patience_and_gets_it(server: Other) -> None:
    server.script = [(429, {"Retry-After": "120"}, "")]
    put(channel("wecom", server))
    worker = drain(postman())
    drain(worker, NOW + timedelta(seconds=119))
    assert len(server.heard) == 1
    drain(worker, NOW + timedelta(seconds=121))
    assert states() == ["sent"]


@pytest.mark.usefixtures("database_url")
def test_what_never_comes_through_is_laid_aside_with_the_last_words_and_can_be_revived(server: Other) -> None:
    server.script = [(500, {}, "壊 500")] * LAST_ATTEMPT
    put(channel("wecom", server))
    worker = postman()
    for attempt in range(LAST_ATTEMPT + 1):
        drain(worker, NOW + attempt * LATER)
    assert states() == ["dead"] and len(server.heard) == LAST_ATTEMPT
    with read() as session:
        (laid,) = backlog.dead(session)
        assert laid.last_answer == "500 Internal Server Error 壊 500"
        assert [(each.kind, each.waiting, each.dead) for each in backlog.depths(session)][1] == (
            "wecom",
            0,
            1,
        )
    assert run(backlog.revive, ME, [laid.id]) == 1
    drain(worker, datetime.now(UTC) + timedelta(days=1))
    assert states() == ["sent"]


def test_who_hangs_is_given_up_and_delays_nobody_else(server: Other) -> None:
    server.hangs = True
    put(channel("wecom", server))
    with others.http() as healthy:
        put(channel("dingtalk", healthy), count=3)
        drain(postman(patience=0.3))
        assert states() == ["waits", "sent", "sent", "sent"]
    assert rows()[0].last_answer == "no answer within 0.3 s"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_goes_into_our_own_network_unless_it_was_allowed_nor_where_a_redirect_points(
    server: Other,
) -> None:
    put(channel("wecom", server, may_be_private=False))
    server.script = [(302, {"Location": server.url + "/inside"}, "")]
    put(channel("dingtalk", server))
    named = {"address": f"http://localhost:{server.port}/events"}
    put(channel("webhook", secrets=named, may_be_private=False))
    secure = {"address": f"https://localhost:{server.port}/events"}
    put(channel("webhook", secrets=secure, may_be_private=False))
    drain(postman())
    assert states() == ["dead"] * 4
    texting._library()
    put(
        channel(
            "sms", secrets={"address": f"json://localhost:{server.port}/{{phone}}"}, may_be_private=False
        ),
        person_id=reader(phone="13800000001"),
    )
    drain(postman())
    assert states()[4] == "waits" and [path for path, _h, _b in server.heard if "robot" not in path] == []
    assert "redirects are not followed" in (rows()[1].last_answer or "")
    assert "not an address" in (rows()[3].last_answer or "")
    for address in (
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::ffff:192.168.0.1",
        "64:ff9b::a00:1",
        "100.64.0.1",
    ):
        assert not guard.is_allowed(address, may_be_private=False), address
    assert not guard.is_allowed("169.254.169.254", may_be_private=True)
    assert guard.is_allowed("223.5.5.5", may_be_private=False)


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(("has_lease", "times"), [(True, 1), (False, 2)])
def test_two_workers_send_once_and_without_the_lease_twice(
    server: Other, monkeypatch: pytest.MonkeyPatch, has_lease: bool, times: int
) -> None:
    if not has_lease:
        monkeypatch.setattr(dispatches, "_free", lambda model, now: true())
    put(channel("wecom", server))
    server.hangs = True
    first, second = postman(), postman()
    with clock.set_to(NOW):
        first.step()
        with clock.set_to(NOW + timedelta(seconds=1)):
            second.step()
        server.released.set()
        first.finish()
        second.finish()
    assert len(server.heard) == times and states() == ["sent"]


@pytest.mark.usefixtures("database_url")
def test_two_workers_at_once_send_each_message_once_and_in_order(server: Other) -> None:
    put(channel("webhook", server), count=12)
    workers = [threading.Thread(target=drain, args=(postman(),)) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    heard = [event["id"] for _path, _headers, event in server.heard]
    assert heard == [each.key for each in rows()] and states() == ["sent"] * 12


def test_what_waited_three_days_for_its_channel_is_news_no_more(server: Other) -> None:
    put(channel("wecom", server), due_at=NOW - timedelta(days=3, hours=1))
    drain(postman())
    assert states() == ["dead"] and rows()[0].last_answer == "waited three days for its channel"
    run(backlog.revive, ME, [rows()[0].id])
    drain(postman(), datetime.now(UTC) + LATER)
    assert states() == ["sent"] and len(server.heard) == 1


@pytest.mark.usefixtures("database_url")
def test_what_left_long_ago_is_cleared_away(server: Other) -> None:
    put(channel("wecom", server), count=2)
    drain(postman())
    with clock.set_to(NOW + timedelta(days=89)):
        assert run(dispatches.tidy, ME, 90) == 0
    with clock.set_to(NOW + timedelta(days=91)):
        put(rows()[0].channel_id, key="of-today", at=clock.now())
        assert run(dispatches.tidy, ME, 90) == 2 and len(rows()) == 1


def test_a_channel_sends_no_more_than_it_may_in_a_minute(server: Other) -> None:
    put(channel("wecom", server, per_minute=2), count=3)
    worker = drain(postman())
    drain(worker, NOW + timedelta(seconds=59))
    assert len(server.heard) == 2
    drain(worker, NOW + timedelta(seconds=61))
    assert len(server.heard) == 3


def reader(**more: Any) -> int:
    with read() as session:
        person_id = world(session).people["rep"]
    change = update(Person).where(Person.id == person_id)
    done(lambda session, given: session.execute(change.values(email="rep@example.cn", **more)))
    return person_id


def test_mail_has_the_readers_language_a_number_and_a_link_and_phones_are_masked() -> None:
    with others.smtp() as server:
        settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "portal@brand.cn"}
        mail = channel("mail", settings=settings)
        put(mail, person_id=reader(locale="en"), topic="order.rejected")
        drain(postman())
        found = email.message_from_bytes(server.heard[0], policy=email.policy.default)
        text = found.get_body(("plain",)).get_content()
        assert (
            found["Message-ID"] == f"<key-{mail}-0@brand.cn>"
            and found["To"].addresses[0].domain == "example.cn"
        )
        assert str(found["Subject"]).startswith("Order SO261121-0009 was declined")
        assert "138****5678" in text and "13812345678" not in server.heard[0].decode()
        assert "https://portal.example.cn/admin.orders.detail/9" in text and "What reaches me" in text


def test_mail_for_nobody_is_final_and_for_later_delays_no_one() -> None:
    with others.smtp() as server:
        server.script = [(451, {}, "greylisted"), (550, {}, "no such user")]
        settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "portal@brand.cn"}
        put(channel("mail", settings=settings), count=3, person_id=reader())
        worker = drain(postman())
        assert states() == ["waits", "dead", "sent"] and rows()[1].last_answer == "550 no such user"
        drain(worker, NOW + timedelta(seconds=5))
        assert states() == ["sent", "dead", "sent"]


@pytest.mark.usefixtures("database_url")
def test_who_sleeps_hears_it_in_the_morning_except_what_cannot_wait() -> None:
    with others.smtp() as server:
        settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "portal@brand.cn"}
        mail, person_id = channel("mail", settings=settings), reader()
        done(
            lambda session, given: session.add(QuietHours(person_id=person_id, begins=11 * 60, ends=13 * 60))
        )
        put(mail, person_id=person_id)
        put(mail, person_id=person_id, topic="account.new_device", key="urgent")
        worker = drain(postman())
        assert states() == ["waits", "sent"] and rows()[0].due_at == NOW.replace(
            hour=5, second=0, microsecond=0
        )
        drain(worker, NOW + timedelta(hours=1))
        assert states() == ["sent", "sent"]


def test_the_small_news_of_a_day_goes_out_as_one() -> None:
    with others.smtp() as server:
        settings = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "portal@brand.cn"}
        put(channel("mail", settings=settings), count=3, person_id=reader(), bundle="2026-11-22")
        drain(postman())
        assert states() == ["sent"] * 3 and len(server.heard) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_text_message_goes_by_whatever_service_apprise_knows(server: Other) -> None:
    texting._library()  # loading it takes longer than the patience of a test
    address = {"address": f"json://127.0.0.1:{server.port}/sms?:phone={{phone}}"}
    server.script = [(200, {}, ""), (403, {}, "")]
    person_id = reader(phone="13800000001")
    put(channel("sms", secrets=address), count=2, person_id=person_id)
    drain(postman())
    assert states() == ["sent", "dead"] and server.heard[0][2]["phone"] == "13800000001"
