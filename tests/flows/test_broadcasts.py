"""Broadcasts: to whom, when, once; who has read and confirmed; what was said is never edited."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from ops.worker import Worker
from tests.flows.cast import Cast
from trade import clock, db
from trade.attachments import queries as attachments
from trade.attachments.filing import keep_file
from trade.broadcasts import audience, queries
from trade.broadcasts import recipients as rules
from trade.broadcasts.audience import Audience
from trade.broadcasts.models import Broadcast, BroadcastAcknowledgement, BroadcastRead, BroadcastRecipient
from trade.broadcasts.queries import ListFilter, ReceiptFilter
from trade.distributors.models import Distributor, Standing, Territory, Tier
from trade.errors import Refused
from trade.flows.acknowledge_broadcast import Agreement, acknowledge_broadcast, read_broadcast
from trade.flows.publish_broadcast import (
    Moment,
    Publication,
    Recall,
    extend_broadcast,
    publish_broadcast,
    publish_due_broadcast,
    recall_broadcast,
    schedule_broadcast,
    unschedule_broadcast,
)
from trade.flows.remind_of_broadcast import Reminder, remind_by_hand
from trade.flows.write_broadcast import (
    Correction,
    Edited,
    NewFiles,
    SeenBroadcast,
    Text,
    add_broadcast_files,
    correct_broadcast,
    create_broadcast,
    edit_broadcast,
)
from trade.notices.models import Notice
from trade.people.models import Membership, Person, Role, RolePermission
from trade.windows import Page, Window, all_of
from web import broadcast_words as words

pytestmark = pytest.mark.usefixtures("verified")
EVERYBODY = Audience(is_everyone=True)


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TONGQU_DATA_DIR", str(tmp_path))


def ids(model, code: str) -> int:
    with db.read() as session:
        return session.scalars(select(model.id).where(model.code == code)).one()


def said(wanted: Audience = EVERYBODY, **more) -> Text:
    day = clock.today() + timedelta(days=5)
    return Text("policy", "十二月返利政策", "第一条\n\n第二条", wanted, "agree", day, **more)


def draft(cast: Cast, given: Text | None = None, who: str = "marketing") -> int:
    return db.run(create_broadcast, cast[who], given or said())


def row(broadcast_id: int) -> Broadcast:
    with db.read() as session:
        return session.scalars(select(Broadcast).where(Broadcast.id == broadcast_id)).one()


def publish(cast: Cast, broadcast_id: int, who: str = "marketing", count: int | None = None) -> int:
    found = row(broadcast_id)
    if count is None:
        with db.read() as session:
            wanted = audience.of(session, "broadcast", found.id, is_everyone=found.is_everyone)
            count = audience.count(session, cast[who], wanted)
    return db.run(publish_broadcast, cast[who], Publication(found.id, found.version, count))


def recipients(broadcast_id: int) -> list[str]:
    with db.read() as session:
        query = select(Distributor.code).join(
            BroadcastRecipient, BroadcastRecipient.distributor_id == Distributor.id
        )
        return sorted(session.scalars(query.where(BroadcastRecipient.broadcast_id == broadcast_id)))


def count_of(model) -> int:
    with db.read() as session:
        return session.scalar(select(func.count(model.id)))


def told(who: int) -> list[str]:
    with db.read() as session:
        query = select(Notice.topic).where(Notice.person_id == who, Notice.topic.startswith("broadcast."))
        return list(session.scalars(query.order_by(Notice.id)))


def refused(code: str, flow, actor, given) -> None:
    before = [count_of(each) for each in (BroadcastRecipient, BroadcastRead, BroadcastAcknowledgement)]
    with pytest.raises(Refused, match=code):
        db.run(flow, actor, given)
    assert before == [
        count_of(each) for each in (BroadcastRecipient, BroadcastRead, BroadcastAcknowledgement)
    ]


def test_it_goes_to_tier_territory_channel_and_chosen_ones_and_to_nobody_else(cast: Cast) -> None:
    gold, silver = frozenset({ids(Tier, "gold")}), frozenset({ids(Tier, "silver")})
    south, fuzhou = frozenset({ids(Territory, "south")}), frozenset({ids(Territory, "fuzhou")})
    first, second = frozenset({cast.world.distributors["D1"]}), frozenset({cast.world.distributors["D2"]})
    expected = (
        (EVERYBODY, ["D1", "D2"]),
        (Audience(tiers=gold), ["D1"]),
        (Audience(territories=south), ["D1", "D2"]),
        (Audience(tiers=gold, territories=fuzhou), []),
        (Audience(tiers=gold | silver, territories=fuzhou), ["D2"]),
        (Audience(tiers=gold, chosen=second), ["D1", "D2"]),
        (Audience(chosen=second), ["D2"]),
        (Audience(is_everyone=True, excepted=first), ["D2"]),
        (Audience(chosen=first, excepted=first), []),
        (Audience(), []),
    )
    for wanted, codes in expected:
        with db.read() as session:
            found = audience.listing(session, cast["marketing"], wanted).rows
            assert sorted(each.distributor.code for each in found) == codes, wanted
            assert audience.count(session, cast["marketing"], wanted) == len(codes)
        broadcast_id = draft(cast, said(wanted))
        if codes:
            assert publish(cast, broadcast_id) == len(codes)
            assert recipients(broadcast_id) == codes and row(broadcast_id).recipients == len(codes)
        else:
            with pytest.raises(Refused, match=r"broadcast\.(nobody|no_audience)"):
                publish(cast, broadcast_id)
            assert recipients(broadcast_id) == [] and row(broadcast_id).state == "draft"


def test_who_reaches_few_speaks_to_few_and_rights_are_separate(cast: Cast) -> None:
    by_manager = draft(cast, who="manager")
    refused("broadcast.not_found", publish_broadcast, cast["other-manager"], Publication(by_manager, 1, 1))
    refused("access.denied", publish_broadcast, cast["rep"], Publication(by_manager, 1, 1))
    refused("access.denied", create_broadcast, cast["rep"], said())
    refused(
        "audience.unknown",
        create_broadcast,
        cast["manager"],
        said(Audience(chosen=frozenset({cast.world.distributors["D2"]}))),
    )
    writer = replace(cast["marketing"], permissions=cast["marketing"].permissions - {"broadcast.publish"})
    refused("access.denied", publish_broadcast, writer, Publication(by_manager, 1, 1))
    refused("broadcast.other_count", publish_broadcast, cast["manager"], Publication(by_manager, 1, 2))
    assert publish(cast, by_manager, "manager") == 1 and recipients(by_manager) == ["D1"]
    everywhere = draft(cast)
    publish(cast, everywhere)
    seen = Recall(everywhere, row(everywhere).version, "错了")
    refused("broadcast.beyond_reach", recall_broadcast, cast["manager"], seen)
    with db.read() as session:
        mine = queries.receipts(session, cast["manager"], everywhere, ReceiptFilter()).rows
        assert [each.distributor.code for each in mine] == ["D1"]
        assert queries.figures(session, cast["rep"], [everywhere])[everywhere].recipients == 1
        with pytest.raises(Refused, match="broadcast.not_found"):
            queries.get_for(session, cast["other-rep"], by_manager)


def test_read_by_each_confirmed_once_and_late_is_told(cast: Cast) -> None:
    wanted = Audience(tiers=frozenset({ids(Tier, "gold")}))
    broadcast_id = draft(cast, said(wanted))
    refused(
        "broadcast.not_found", read_broadcast, cast["owner"], broadcast_id
    )  # a draft does not exist for them
    publish(cast, broadcast_id)
    Worker().once()
    assert told(cast.world.people["owner"]) == ["broadcast.published"] == told(cast.world.people["clerk"])
    assert told(cast.world.people["stranger"]) == [] and told(cast.world.people["rep"]) == [
        "broadcast.published"
    ]
    refused("broadcast.not_found", read_broadcast, cast["stranger"], broadcast_id)
    refused("broadcast.not_found", acknowledge_broadcast, cast["stranger"], Agreement(broadcast_id, True))
    assert db.run(read_broadcast, cast["buyer"], broadcast_id)
    assert not db.run(read_broadcast, cast["buyer"], broadcast_id)
    on_behalf = replace(cast["owner"], on_behalf_of=cast.world.distributors["D1"])
    assert not db.run(read_broadcast, on_behalf, broadcast_id)
    refused("access.denied", acknowledge_broadcast, on_behalf, Agreement(broadcast_id, True))
    refused("access.denied", acknowledge_broadcast, cast["buyer"], Agreement(broadcast_id, True))
    refused("broadcast.tick_needed", acknowledge_broadcast, cast["owner"], Agreement(broadcast_id, False))
    with clock.set_to(clock.now() + timedelta(days=6)):
        db.run(acknowledge_broadcast, cast["owner"], Agreement(broadcast_id, True))
    refused(
        "broadcast.acknowledged_already", acknowledge_broadcast, cast["owner"], Agreement(broadcast_id, True)
    )
    with db.read() as session:
        (found,) = queries.receipts(session, cast["rep"], broadcast_id, ReceiptFilter(state="late")).rows
        assert (found.reader, found.acknowledger, found.is_late, found.readers) == ("buyer", "owner", True, 2)
        for wanted, codes in (
            ({"rep_id": cast.world.people["rep"]}, ["D1"]),
            ({"search": "福州"}, []),
            ({"state": "unread"}, []),
        ):
            for sort in ("-name", "read", "-acknowledged"):
                page = queries.receipts(
                    session, cast["marketing"], broadcast_id, ReceiptFilter(**wanted), Window(sort)
                )
                assert [(each.distributor.code, each.rep) for each in page.rows] == [
                    (code, "rep") for code in codes
                ]
        assert not queries.receipts(session, cast["rep"], broadcast_id, ReceiptFilter(state="owing")).rows


def test_its_moment_comes_once_also_after_days_without_a_worker(cast: Cast) -> None:
    now = clock.now()
    broadcast_id = draft(cast, who="manager")
    refused("broadcast.moment_over", schedule_broadcast, cast["manager"], Moment(broadcast_id, 1, now))
    late = Moment(broadcast_id, 1, now + timedelta(days=30))
    refused("broadcast.ends_before", schedule_broadcast, cast["manager"], late)
    db.run(schedule_broadcast, cast["manager"], Moment(broadcast_id, 1, now + timedelta(hours=2)))
    refused("broadcast.not_allowed", edit_broadcast, cast["manager"], Edited(broadcast_id, 2, said()))
    Worker().once()
    assert row(broadcast_id).state == "scheduled" and recipients(broadcast_id) == []
    with clock.set_to(now + timedelta(days=3)):
        Worker().once()
        Worker().once()
        assert not db.run(publish_due_broadcast, cast["administrator"], SeenBroadcast(broadcast_id, 2))
        assert row(broadcast_id).state == "published" and recipients(broadcast_id) == ["D1"]  # his reach
        assert row(broadcast_id).number is not None
    again = draft(cast, who="manager")
    db.run(schedule_broadcast, cast["manager"], Moment(again, 1, now + timedelta(hours=2)))
    db.run(unschedule_broadcast, cast["manager"], SeenBroadcast(again, 2))
    db.run(schedule_broadcast, cast["manager"], Moment(again, 3, now + timedelta(hours=2)))
    db.run(_shut_out, cast["administrator"], "manager")
    with clock.set_to(now + timedelta(hours=3)):
        Worker().once()
    assert (row(again).state, row(again).reason) == ("draft", "broadcast.publisher_gone")
    assert recipients(again) == [] and "broadcast.failed" in told(cast.world.people["manager"])


def _shut_out(session, actor, name: str) -> None:
    held = select(Role.id).join(Membership, Membership.role_id == Role.id).join(Person)
    role_id = session.scalars(held.where(Person.user_name == name)).one()
    session.execute(
        RolePermission.__table__.delete().where(
            RolePermission.role_id == role_id, RolePermission.permission == "broadcast.publish"
        )
    )


def test_what_was_published_is_corrected_by_another_and_never_edited(cast: Cast) -> None:
    kept = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(kept, "PNG")
    broadcast_id = draft(cast)
    file = keep_file("政策.png", kept.getvalue())
    db.run(add_broadcast_files, cast["marketing"], NewFiles(broadcast_id, 1, (file,)))
    publish(cast, broadcast_id)
    refused("broadcast.not_allowed", edit_broadcast, cast["marketing"], Edited(broadcast_id, 3, said()))
    for values in ({"title": "改了"}, {"body": "改了"}, {"acknowledge_by": date(2030, 1, 1)}):
        with pytest.raises(DBAPIError):  # not even by hand
            db.run(_tamper, cast["administrator"], (broadcast_id, values))
    db.run(acknowledge_broadcast, cast["owner"], Agreement(broadcast_id, True))
    copy = keep_file("政策.png", kept.getvalue())
    newer = db.run(correct_broadcast, cast["marketing"], Correction(broadcast_id, (copy,)))
    refused("broadcast.corrected_already", correct_broadcast, cast["marketing"], Correction(broadcast_id))
    better = replace(said(), title="十二月返利政策（更正）", change_note="点数由 3 改为 2")
    db.run(edit_broadcast, cast["marketing"], Edited(newer, 1, better))
    publish(cast, newer)
    old, new = row(broadcast_id), row(newer)
    assert (old.state, new.state, new.edition, new.supersedes_id) == ("superseded", "published", 2, old.id)
    refused("broadcast.holds_no_more", acknowledge_broadcast, _signs(cast), Agreement(old.id, True))
    with db.read() as session:
        assert [each.broadcast.id for each in queries.owed(session, cast["owner"], 9)[0]] == [
            newer
        ]  # asked anew
        held = queries.received(session, cast["owner"], ListFilter(search="返利", kind="policy")).rows
        assert [(each.broadcast.id, each.is_read, each.is_owed) for each in held] == [(newer, False, True)]
        assert queries.received(session, cast["owner"], ListFilter(kind="price")).rows == []
        assert len(attachments.of(session, "broadcast", newer)) == 1
        assert queries.successor(session, cast["marketing"], old.id).id == newer
    Worker().once()
    assert told(cast.world.people["owner"]) == ["broadcast.published", "broadcast.corrected"]
    db.run(recall_broadcast, cast["marketing"], Recall(newer, new.version, "作废"))
    refused(
        "broadcast.not_allowed", recall_broadcast, cast["marketing"], Recall(newer, new.version + 1, "再")
    )
    Worker().once()
    assert told(cast.world.people["stranger"])[-1] == "broadcast.recalled"
    with db.read() as session:
        assert queries.received(session, cast["owner"], ListFilter()).rows == []
        over = queries.received(session, cast["owner"], ListFilter(place="archive")).rows
        assert [each.broadcast.state for each in over] == ["recalled", "superseded"]


def test_whom_a_correction_leaves_out_hears_that_it_holds_no_more_and_not_what_is_new(cast: Cast) -> None:
    first = draft(cast)
    publish(cast, first)
    db.run(acknowledge_broadcast, _signs(cast), Agreement(first, True))
    newer = db.run(correct_broadcast, cast["marketing"], Correction(first))
    d1 = Audience(chosen=frozenset({cast.world.distributors["D1"]}))
    db.run(edit_broadcast, cast["marketing"], Edited(newer, 1, replace(said(d1), title="新点数")))
    found = row(newer)
    with db.read() as session:
        assert rules.losing(session, cast["marketing"], found, d1) == 1
        assert rules.losing(session, cast["marketing"], found, EVERYBODY) == 0
    publish(cast, newer)
    Worker().once()
    stranger, owner = cast.world.people["stranger"], cast.world.people["owner"]
    assert (
        told(stranger)
        == ["broadcast.published", "broadcast.replaced"]
        == told(cast.world.people["other-rep"])
    )
    assert told(owner) == ["broadcast.published", "broadcast.corrected"] == told(cast.world.people["rep"])
    with db.read() as session:
        facts = session.scalars(select(Notice.facts).where(Notice.topic == "broadcast.replaced")).all()
        assert {each["title"] for each in facts} == {"十二月返利政策"}
        (kept,) = queries.received(session, cast["stranger"], ListFilter(place="archive")).rows
        assert (kept.broadcast.id, str(words.owed(kept)[1])) == (first, "Replaced")
        assert queries.newest(session, cast["stranger"], first) is None
        assert queries.newest(session, cast["owner"], first).broadcast.id == newer
    refused("broadcast.not_found", read_broadcast, cast["stranger"], newer)
    third = db.run(correct_broadcast, cast["marketing"], Correction(newer))
    with db.read() as session:  # what is being written, and what went to others, is nobody else's to see
        for who, known in (("marketing", third), ("rep", None), ("other-rep", None)):
            found = queries.successor(session, cast[who], newer)
            assert (found and found.id) == known, who
        assert queries.successor(session, cast["other-rep"], first) is None
    db.run(edit_broadcast, cast["marketing"], Edited(third, 1, said()))
    publish(cast, third)
    Worker().once()
    assert told(stranger)[2:] == ["broadcast.corrected"] == told(owner)[2:]
    with db.read() as session:
        assert queries.newest(session, cast["stranger"], first).broadcast.id == third


def _signs(cast: Cast):
    return replace(cast["stranger"], permissions=cast["stranger"].permissions | cast["owner"].permissions)


def _tamper(session, actor, given) -> None:
    broadcast_id, values = given
    session.execute(update(Broadcast).where(Broadcast.id == broadcast_id).values(**values))


def test_who_owes_a_word_is_asked_before_and_after_and_by_hand(cast: Cast) -> None:
    broadcast_id = draft(cast)
    publish(cast, broadcast_id)
    db.run(acknowledge_broadcast, cast["owner"], Agreement(broadcast_id, True))
    Worker().once()
    stranger, owner = cast.world.people["stranger"], cast.world.people["owner"]
    assert told(stranger) == ["broadcast.published"]
    refused(
        "broadcast.nobody_to_remind", remind_by_hand, cast["rep"], Reminder(broadcast_id)
    )  # his has confirmed
    assert db.run(remind_by_hand, cast["marketing"], Reminder(broadcast_id)) == 1
    refused("broadcast.nobody_to_remind", remind_by_hand, cast["marketing"], Reminder(broadcast_id))
    morning = datetime.combine(clock.today(), datetime.min.time(), UTC) + timedelta(hours=2)
    for days, expected in ((1, 1), (4, 2), (4, 2), (5, 2), (6, 3), (7, 3), (20, 3)):
        with clock.set_to(morning + timedelta(days=days)):
            Worker().once()
            Worker().once()
        assert told(stranger).count("broadcast.reminder") == expected, days
    assert "broadcast.reminder" not in told(owner)
    assert "broadcast.unanswered" in told(cast.world.people["other-rep"])
    assert "broadcast.unanswered" not in told(cast.world.people["rep"])


def test_who_comes_into_the_tier_later_was_not_addressed_until_it_is_sent_to_them_too(cast: Cast) -> None:
    broadcast_id = draft(cast, said(Audience(tiers=frozenset({ids(Tier, "gold")}))))
    publish(cast, broadcast_id)
    seen = SeenBroadcast(broadcast_id, row(broadcast_id).version)
    refused("broadcast.nobody_new", extend_broadcast, cast["marketing"], seen)
    db.run(_promote, cast["administrator"], cast.world.distributors["D2"])
    assert recipients(broadcast_id) == ["D1"]
    refused("broadcast.not_found", read_broadcast, cast["stranger"], broadcast_id)
    assert db.run(extend_broadcast, cast["marketing"], seen) == 1
    assert recipients(broadcast_id) == ["D1", "D2"] and row(broadcast_id).recipients == 2
    Worker().once()
    assert told(cast.world.people["stranger"]) == ["broadcast.published"] == told(cast.world.people["owner"])


def test_what_is_over_is_neither_counted_as_unread_nor_sent_to_newcomers(cast: Cast) -> None:
    gold = Audience(tiers=frozenset({ids(Tier, "gold")}))
    asked = draft(cast, said(gold))
    told_only = draft(cast, replace(said(gold), demand="none", acknowledge_by=None, expires_on=clock.today()))
    for each in (asked, told_only):
        publish(cast, each)
    with db.read() as session:
        assert session.scalar(select(queries.unread(cast["owner"]))) == 2
    db.run(_promote, cast["administrator"], cast.world.distributors["D2"])
    with clock.set_to(clock.now() + timedelta(days=6)):
        with db.read() as session:
            shown = queries.received(session, cast["owner"], ListFilter()).rows
            assert [each.broadcast.id for each in shown] == [asked]
            assert session.scalar(select(queries.unread(cast["owner"]))) == 1
        for each in (asked, told_only):
            seen = SeenBroadcast(each, row(each).version)
            refused("broadcast.day_over", extend_broadcast, cast["marketing"], seen)
            assert recipients(each) == ["D1"]


def test_what_ran_out_before_it_was_confirmed_is_owed_by_nobody_and_stays_told(cast: Cast) -> None:
    day = clock.today() + timedelta(days=3)
    too_long = replace(said(), expires_on=day)
    refused("broadcast.asked_too_long", create_broadcast, cast["marketing"], too_long)
    broadcast_id = draft(cast, replace(too_long, acknowledge_by=day - timedelta(days=2)))
    publish(cast, broadcast_id)
    Worker().once()
    owner, marketing, given = cast["owner"], cast["marketing"], Agreement(broadcast_id, True)

    def owes() -> list[bool]:
        """Of the page, of the first page's list, of the brand's list, of the program's reminder, of the badge."""
        with db.read() as session:
            found = queries.get_received(session, owner, broadcast_id)
            todo = queries.owed(session, owner, 9)[0]
            listed = queries.listing(session, marketing, ListFilter(state="owing")).rows
            remind = rules.due(session, clock.today(), 3)
            badge = words.owed(found)
        return [
            found.is_owed,
            bool(todo),
            bool(listed),
            bool(remind),
            badge is not None and badge[0] == "danger",
        ]

    with clock.set_to(clock.now() + timedelta(days=3)):  # the last day on which it holds: late, and owed
        assert owes() == [True] * 5
    with clock.set_to(clock.now() + timedelta(days=4)):
        assert owes() == [False] * 5
        refused("broadcast.holds_no_more", acknowledge_broadcast, owner, given)
        refused("broadcast.nothing_asked", remind_by_hand, marketing, Reminder(broadcast_id))
        Worker().once()
        with db.read() as session:
            missing = queries.receipts(session, marketing, broadcast_id, ReceiptFilter(state="owing")).rows
            assert (
                len(missing) == 2 == queries.figures(session, marketing, [broadcast_id])[broadcast_id].missing
            )
        assert told(cast.world.people["owner"]) == ["broadcast.published", "broadcast.reminder"]
    with clock.set_to(clock.now() + timedelta(days=3)):
        newer = row(db.run(correct_broadcast, marketing, Correction(broadcast_id)))
        assert newer.acknowledge_by == newer.expires_on == day
        db.run(acknowledge_broadcast, owner, given)


def test_what_a_distributor_was_told_goes_on_page_after_page_and_what_is_owed_comes_first(cast: Cast) -> None:
    told_only = replace(said(), demand="none", acknowledge_by=None)
    asked, *plain = [draft(cast, said()), *(draft(cast, told_only) for _at in range(4))]
    for each in (asked, *plain):
        publish(cast, each)
    with db.read() as session:

        def page(window: Window) -> Page[queries.Received]:
            return queries.received(session, cast["owner"], ListFilter(search="返利"), window)

        wanted = [asked, *reversed(plain)]
        assert [each.broadcast.id for each in all_of(page, "", 99, size=2)] == wanted
        last = page(Window(after=page(Window(after=page(Window(size=2)).after, size=2)).after, size=2))
        back = page(Window(before=last.before, size=2))
        assert [each.broadcast.id for each in (*back.rows, *last.rows)] == wanted[2:] and not last.after
        assert queries.received_totals(session, cast["owner"], ListFilter(search="返利")).count == 5


def test_an_ended_distributor_owes_no_word(cast: Cast) -> None:
    broadcast_id = draft(cast)
    publish(cast, broadcast_id)
    db.run(_end, cast["administrator"], cast.world.distributors["D2"])
    with db.read() as session:
        found = queries.figures(session, cast["marketing"], [broadcast_id])[broadcast_id]
        owing = queries.receipts(session, cast["marketing"], broadcast_id, ReceiptFilter(state="owing"))
    assert (found.recipients, found.missing) == (2, 1)
    assert [each.distributor.code for each in owing.rows] == ["D1"]
    one = Reminder(broadcast_id, cast.world.distributors["D2"])
    refused("broadcast.nobody_to_remind", remind_by_hand, cast["marketing"], one)
    db.run(acknowledge_broadcast, cast["owner"], Agreement(broadcast_id, True))
    refused("broadcast.nobody_to_remind", remind_by_hand, cast["marketing"], Reminder(broadcast_id))
    for days in (4, 6):
        with clock.set_to(clock.now() + timedelta(days=days)):
            Worker().once()
    assert "broadcast.unanswered" not in told(cast.world.people["other-rep"])
    assert "broadcast.reminder" not in told(cast.world.people["stranger"])
    with db.read() as session:
        listed = queries.listing(session, cast["marketing"], ListFilter(state="owing"))
    assert not listed.rows


def _end(session, actor, distributor_id: int) -> None:
    session.execute(update(Distributor).where(Distributor.id == distributor_id).values(status="ended"))


def _promote(session, actor, distributor_id: int) -> None:
    gold = select(Tier.id).where(Tier.code == "gold").scalar_subquery()
    session.execute(update(Standing).where(Standing.distributor_id == distributor_id).values(tier_id=gold))
