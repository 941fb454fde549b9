"""Every deadline of a registration, by the clock: 30, 45, 90, 180 days, month ends, the leap day, a week unseen."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ops.deeds import DEEDS
from tests.flows.cast import Cast, change_setting, order
from tests.registrations.reports import NAME, Reports, actions, everything, keys, noon, picture, row, used
from tests.registrations.rolling import (
    extend,
    follow,
    imported,
    looked,
    planned,
    reminded,
    roll,
    shanghai,
    told,
    topics,
)
from tests.world import OPERATOR
from trade import clock, db
from trade.actor import Actor
from trade.errors import Refused
from trade.flows.appeal_registration import Appeal, appeal_registration
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.extend_registration import Extension, extend_registration
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.release_registration import Release, release_registration, revoke_registration
from trade.opportunities.models import Opportunity
from trade.orders.models import Order

OTHERS = ("泉州大丰收粮油贸易有限公司", "龙岩第五海鲜餐饮有限公司")
pytestmark = pytest.mark.usefixtures("verified")


@pytest.mark.parametrize("start", ["2027-11-30", "2028-02-29", "2027-01-31"])
def test_warned_after_30_days_and_to_the_pool_after_45(reports: Reports, start: str) -> None:
    begun = noon(start)
    with time_machine.travel(begun, tick=False) as now:
        sent = reports.report(name=NAME)
        now.move_to(begun + timedelta(days=29))
        assert roll() == []
        now.move_to(begun + timedelta(days=30))
        assert roll() == ["warn"] and roll() == []
        follow(reports, sent.registration_id, clock.today())
        now.move_to(begun + timedelta(days=59))
        assert roll() == []
        now.move_to(begun + timedelta(days=60))
        assert roll() == ["warn"]
        now.move_to(begun + timedelta(days=74))
        assert roll() == [] and keys()
        now.move_to(begun + timedelta(days=75))
        assert roll() == ["lapse"] and keys() == [] and used() == {}
    ended = row(sent.registration_id)
    assert (ended.state, ended.ended_on) == ("released", begun.date() + timedelta(days=75))
    assert ended.pooled_on == ended.ended_on and ended.rests_until == ended.ended_on + timedelta(days=29)


def test_a_day_begins_and_ends_at_midnight_of_the_brand(reports: Reports) -> None:
    first, last = "00:01", "23:59"
    with time_machine.travel(shanghai("2027-03-01", first), tick=False) as now:
        key = reports.report(name=NAME).registration_id
        assert (row(key).live_on, row(key).protected_until) == (date(2027, 3, 1), date(2027, 5, 30))
        now.move_to(shanghai("2027-03-30", last))
        assert roll() == []
        now.move_to(shanghai("2027-03-31", first))
        assert roll() == ["warn"] and row(key).warned_on == date(2027, 3, 31)
        follow(reports, key, date(2027, 3, 31))
        now.move_to(shanghai("2027-05-14", last))
        assert roll() == ["warn"]
        follow(reports, key, date(2027, 5, 14))
        now.move_to(shanghai("2027-05-30", last))
        extend(reports, key, 30)
        assert row(key).protected_until == date(2027, 6, 29)
        now.move_to(shanghai("2027-06-29", last))
        before = everything()
        with pytest.raises(Refused, match="registration.follow_up_future"):
            follow(reports, key, date(2027, 6, 30))
        with pytest.raises(Refused, match="registration.follow_up_early"):
            follow(reports, key, date(2027, 2, 28))
        assert everything() == before and reminded() == [key]
        assert roll() == ["warn"] and reports.report("stranger", name=NAME).outcome == "taken"
        now.move_to(shanghai("2027-06-30", first))
        before = everything()
        with pytest.raises(Refused, match="registration.protection_over"):
            extend(reports, key, 30)
        assert everything() == before and reminded() == []
        assert roll() == ["expire"] and row(key).ended_on == date(2027, 6, 30)


def test_its_end_is_told_a_week_before_and_an_appeal_is_possible_for_15_days(reports: Reports) -> None:
    with time_machine.travel(shanghai("2027-03-01", "12:00"), tick=False) as now:
        key = reports.report(name=NAME).registration_id
        taken = reports.report("stranger", name=NAME).registration_id
        given = Appeal(taken, row(taken).version, "一直由我司供货", (picture(),))
        now.move_to(shanghai("2027-03-17", "00:01"))
        before = everything()
        with pytest.raises(Refused, match="registration.appeal_late"):
            db.run(appeal_registration, reports["stranger"], given)
        assert everything() == before
        now.move_to(shanghai("2027-03-16", "23:59"))
        db.run(appeal_registration, reports["stranger"], given)
        assert row(taken).state == "appealed"
        for day, found in (
            ("2027-05-22", []),
            ("2027-05-23", [key]),
            ("2027-05-30", [key]),
            ("2027-05-31", []),
        ):
            now.move_to(shanghai(day, "00:01"))
            assert reminded() == found, day
            for each in found:
                db.run(DEEDS["registration.remind"].flow, OPERATOR, each)
        assert told("registration.ending") == [key, key]  # the round's key names the end: it is run once


def test_90_days_two_extensions_and_never_more_than_180(reports: Reports) -> None:
    begun = noon("2027-09-01")
    with time_machine.travel(begun, tick=False) as now:
        sent = reports.report(name=NAME)
        key = sent.registration_id
        for days in (29, 46, 0):
            with pytest.raises(Refused, match="registration.extension_odd"):
                extend(reports, key, days)
        with pytest.raises(Refused, match="registration.extension_early"):
            extend(reports, key, 45)
        for after in (40, 80):
            now.move_to(begun + timedelta(days=after))
            follow(reports, key, clock.today())
        now.move_to(shanghai("2027-10-30", "23:59"))  # 30 whole days before the last one: tomorrow
        before = everything()
        with pytest.raises(Refused, match="registration.extension_early") as early:
            extend(reports, key, 45)
        assert everything() == before and early.value.facts["day"] == date(2027, 10, 31)
        now.move_to(shanghai("2027-10-31", "00:01"))
        with pytest.raises(Refused, match="registration.activity_needed"):
            db.run(extend_registration, reports["owner"], Extension(key, row(key).version, 30, "", ()))
        change_setting("registration.extension_window_days", 0)
        now.move_to(begun)
        with pytest.raises(Refused, match="registration.activity_needed"):  # at any time
            db.run(extend_registration, reports["owner"], Extension(key, row(key).version, 30, "", ()))
        change_setting("registration.extension_window_days", 30)
        now.move_to(begun + timedelta(days=90))
        extend(reports, key, 45)  # on the last day
        assert row(key).followed_on == clock.today()
        assert row(key).protected_until == begun.date() + timedelta(days=135)
        with pytest.raises(Refused, match="registration.not_found"):
            extend(reports, key, 30, "stranger")
        now.move_to(begun + timedelta(days=104))
        with pytest.raises(Refused, match="registration.extension_early"):
            extend(reports, key, 45)
        now.move_to(begun + timedelta(days=120))
        before = everything()
        with pytest.raises(Refused, match="registration.follow_up_needed"):  # nothing since the first
            extend(reports, key, 45)
        assert everything() == before
        follow(reports, key, clock.today())
        extend(reports, key, 45)
        assert row(key).protected_until == begun.date() + timedelta(days=180) == row(key).longest_until
        with pytest.raises(Refused, match="registration.extended_enough"):
            extend(reports, key, 30)
        now.move_to(begun + timedelta(days=160))
        follow(reports, key, clock.today())
        now.move_to(begun + timedelta(days=180))
        assert roll() == [] and row(key).state == "live"
        now.move_to(begun + timedelta(days=181))
        with pytest.raises(Refused, match="registration.protection_over"):
            follow(reports, key, clock.today())
        assert roll() == ["expire"] and row(key).state == "expired" and keys() == []
    assert actions(key).count("extend") == 2


def test_a_week_in_which_nobody_looked_changes_no_day(reports: Reports) -> None:
    begun = noon("2028-01-16")
    with time_machine.travel(begun, tick=False) as now:
        sent = reports.report(name=NAME)
        now.move_to(begun + timedelta(days=52))  # the leap day lies between
        with pytest.raises(Refused, match="registration.protection_over"):
            follow(reports, sent.registration_id, clock.today())
        with pytest.raises(Refused, match="registration.protection_over"):
            extend(reports, sent.registration_id, 30)
        before, stood = row(sent.registration_id), everything()
        with pytest.raises(Refused, match="registration.rests"):
            reports.report(name=NAME)  # it rests as if somebody had looked
        assert everything() == stood
        assert roll() == ["lapse"]
        ended = row(sent.registration_id)
        assert ended.ended_on == date(2028, 3, 1) and before.version + 1 == ended.version
        with pytest.raises(Refused, match="registration.rests"):
            reports.report(name=NAME)
        now.move_to(noon("2028-03-30"))
        with pytest.raises(Refused, match="registration.rests"):
            reports.report(name=NAME)
        now.move_to(noon("2028-03-31"))
        assert reports.report(name=NAME).outcome == "accepted"


def test_who_comes_after_the_last_day_has_it_before_anybodylooked(reports: Reports) -> None:
    begun = noon("2027-03-31")
    with time_machine.travel(begun, tick=False) as now:
        first = reports.report(name=NAME)
        now.move_to(begun + timedelta(days=44))
        assert reports.report("stranger", name=NAME).until == first.until
        follow(reports, first.registration_id, clock.today())
        now.move_to(begun + timedelta(days=88))
        follow(reports, first.registration_id, clock.today())
        now.move_to(begun + timedelta(days=90))
        assert reports.report("stranger", name=NAME).outcome == "taken"
        now.move_to(begun + timedelta(days=91))
        seen = row(first.registration_id).version
        late = Extension(first.registration_id, seen, 30, "晚了", (picture(),))
        with pytest.raises(Refused, match="registration.protection_over"):
            db.run(extend_registration, reports["owner"], late)
        assert reports.report("stranger", name=NAME).outcome == "accepted"
        assert row(first.registration_id).state == "expired" and roll() == []


def test_whoever_is_overtaken_hears_it_as_from_the_round(reports: Reports) -> None:
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        lost = {name: reports.report(name=name).registration_id for name in (NAME, *OTHERS)}
        deal = NewOpportunity(lost[NAME], "d-1", "年度供货", Decimal(100), clock.today())
        deal_id = db.run(open_opportunity, reports["owner"], deal)
        taken = reports.report("stranger", name=OTHERS[1]).registration_id
        given = Appeal(taken, row(taken).version, "一直由我司供货", (picture(),))
        db.run(appeal_registration, reports["stranger"], given)
        now.move_to(begun + timedelta(days=45))  # nobody has looked
        assert reports.report("stranger", name=NAME).outcome == "accepted"
        assert imported(reports, {"distributor": "D2", "name": OTHERS[0]}) == ["registration"]
        assert reports.decide(taken, "approve") == "approved"
        assert told("registration.lapse") == list(lost.values())
        with db.read() as session:
            deals = select(Opportunity.closed_on, Opportunity.lost_reason).where(Opportunity.id == deal_id)
            assert session.execute(deals).one() == (clock.today(), "registration")
        before = everything()
        assert roll() == [] and everything() == before and told("registration.lapse") == list(lost.values())
        own = reports.report("owner", name="漳州自有客户贸易有限公司").registration_id
        now.move_to(begun + timedelta(days=90))
        before = everything()
        with pytest.raises(Refused, match="registration.rests"):  # its own, over just now: all is undone
            reports.report("owner", name="漳州自有客户贸易有限公司")
        assert everything() == before and own not in told("registration.lapse")
        assert "lapse" in roll() and own in told("registration.lapse")


def test_an_order_wins_it_and_keeps_it_for_a_while(reports: Reports) -> None:
    begun = noon("2027-05-31")
    with time_machine.travel(begun, tick=False) as now:
        sent = reports.report(name=NAME)
        order_id = reports.cast.fill("owner", CP0515=2)
        _for(order_id, sent.registration_id)
        assert reports.cast.submit(order_id, "owner").approval_state == "approved"
        now.move_to(begun + timedelta(days=100))  # nobody looked until its days were over
        assert roll() == ["win"] and used() == {} and len(keys()) == 2
        won = row(sent.registration_id)
        assert (won.state, won.won_on) == ("won", begun.date())
        assert won.maintained_until == begun.date() + timedelta(days=180)
        assert reports.report("stranger", name=NAME).until == won.maintained_until
        again = reports.cast.fill("owner", SQ5524=10)
        _for(again, sent.registration_id)
        reports.cast.submit(again, "owner")
        assert roll() == ["renew"] and roll() == []
        now.move_to(begun + timedelta(days=280))
        assert roll() == []
        now.move_to(begun + timedelta(days=281))
        assert roll() == ["finish"] and keys() == [] and roll() == []
        assert reports.report("stranger", name=NAME).outcome == "accepted"
    assert "registration.won" in topics()


def test_an_order_of_the_last_day_keeps_it_before_anybodylooked(reports: Reports) -> None:
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        key = reports.report(name=NAME).registration_id
        _order(reports, key)
        assert roll() == ["win"]
        until = begun + timedelta(days=180)
        now.move_to(until)
        _order(reports, key)
        now.move_to(until + timedelta(days=1))
        held = keys()
        told = reports.report("stranger", name=NAME)
        assert (told.outcome, told.until) == ("taken", (until + timedelta(days=180)).date())
        assert keys() == held and roll() == []
        assert actions(key)[-1] == "renew" and row(key).maintained_until == told.until


def test_an_order_of_the_last_day_that_waits_for_the_brand_keeps_it(reports: Reports) -> None:
    change_setting("order.approve_above", "10.00")
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        key = reports.report(name=NAME).registration_id
        for after in (40, 80):
            now.move_to(begun + timedelta(days=after))
            follow(reports, key, clock.today())
        for after, answer in ((90, "win"), (270, "renew")):
            now.move_to(begun + timedelta(days=after))
            order_id = _order(reports, key)
            assert order(order_id).approval_state == "pending"
            now.move_to(begun + timedelta(days=after + 1))
            stood, held = row(key).version, keys()
            taken = reports.report("stranger", name=NAME)
            assert roll() == [] and (taken.outcome, taken.until) == ("taken", None)
            assert looked(reports) == ("taken", None)
            assert planned(reports, {"distributor": "D2", "name": NAME}) == ["cell.customer_taken"]
            assert (row(key).version, keys()) == (stood, held)
            follow(reports, key, clock.today())
            reports.cast.decide(order_id, "approve", "rep", "同意")
            assert roll() == [answer] and row(key).state == "won"
        last = begun + timedelta(days=450)
        now.move_to(last)
        order_id = _order(reports, key)
        now.move_to(last + timedelta(days=1))
        reports.cast.decide(order_id, "reject", "rep", "不同意")
        assert looked(reports) == ("free", None)
        assert planned(reports, {"distributor": "D2", "name": NAME}) == []
        with pytest.raises(Refused, match="registration.protection_over"):
            follow(reports, key, clock.today())
        assert roll() == ["finish"] and keys() == []


def test_what_an_order_won_is_taken_by_nobody_before_anybodylooked(reports: Reports) -> None:
    key = reports.report(name=NAME).registration_id
    taken = reports.report("stranger", name=NAME).registration_id
    appeal = Appeal(taken, row(taken).version, "一直由我司供货", (picture(),))
    db.run(appeal_registration, reports["stranger"], appeal)
    _order(reports, key)
    before = everything()
    gone = Release(key, row(key).version, "资料不实")
    with pytest.raises(Refused, match="registration.held_by_won"):
        reports.decide(taken, "approve")
    with pytest.raises(Refused, match="registration.not_allowed"):
        db.run(release_registration, reports["owner"], gone)
    with pytest.raises(Refused, match="registration.not_allowed"):
        db.run(revoke_registration, reports["administrator"], gone)
    assert everything() == before and roll() == ["win"]


def test_a_customer_won_by_an_order_that_is_no_true_one_is_revoked_and_given_by_the_appeal(
    reports: Reports,
) -> None:
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        key = reports.report(name=NAME).registration_id
        taken = reports.report("stranger", name=NAME).registration_id
        appeal = Appeal(taken, row(taken).version, "一直由我司供货", (picture(),))
        db.run(appeal_registration, reports["stranger"], appeal)
        order_id = _order(reports, key)
        assert roll() == ["win"] and used() == {}
        seen = row(key).version
        revoked = Release(key, seen, "订单为虚假下单", is_pooled=False)
        before = everything()
        for who, given, code in (
            ("rep", revoked, "access.denied"),
            ("owner", revoked, "access.denied"),
            ("administrator", replace(revoked, version=seen - 1), "registration.changed_meanwhile"),
            ("administrator", replace(revoked, reason=" "), "approval.comment_needed"),
        ):
            with pytest.raises(Refused, match=code):
                db.run(revoke_registration, reports[who], given)
        with pytest.raises(Refused, match="registration.not_allowed"):
            db.run(release_registration, reports["owner"], Release(key, seen, "不要了"))
        with pytest.raises(Refused, match="registration.held_by_won"):
            reports.decide(taken, "approve")
        assert everything() == before
        db.run(revoke_registration, reports["administrator"], revoked)
        ended = row(key)
        assert (ended.state, ended.pooled_on, ended.rests_until) == ("released", None, date(2027, 3, 30))
        assert keys() == [] and used() == {} and roll() == [] and topics()[-1] == "registration.revoked"
        assert order(order_id).approval_state == "approved"
        assert reports.decide(taken, "approve") == "approved" and list(used().values()) == [1]
        with pytest.raises(Refused, match="registration.order_foreign"):
            db.run(order_for_registration, reports["owner"], ForWhom(key))
        own = reports.report(name=OTHERS[1]).registration_id
        _order(reports, own)
        assert roll() == ["win"]
        now.move_to(begun + timedelta(days=181))
        assert "finish" in roll()
        before = everything()
        with pytest.raises(Refused, match="registration.not_allowed"):  # it is anybody's already
            db.run(revoke_registration, reports["administrator"], Release(own, row(own).version, "晚了"))
        assert everything() == before


def test_a_cancelled_order_keeps_nobody_from_a_customer(reports: Reports) -> None:
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        sent = reports.report(name=NAME)
        key = sent.registration_id
        until = row(key).protected_until
        ordered = [reports.cast.fill("owner", CP0515=2), 0]
        _for(ordered[0], key)
        reports.cast.submit(ordered[0], "owner")
        assert roll() == ["win"] and used() == {}
        now.move_to(begun + timedelta(days=20))
        ordered[1] = reports.cast.fill("owner", CP0515=1)
        _for(ordered[1], key)
        reports.cast.submit(ordered[1], "owner")
        assert roll() == ["renew"]
        _cancel(ordered[1])
        assert roll() == [] and row(key).state == "won", "the first order stands"
        _cancel(ordered[0])
        assert roll() == ["reopen"] and roll() == []
        again = row(key)
        assert (again.state, again.protected_until, again.won_on) == ("live", until, None)
        assert list(used().values()) == [1] and len(keys()) == 2
        assert reports.report("stranger", name=NAME).until == until
        now.move_to(begun + timedelta(days=20 + 45))
        assert reports.report("stranger", name=NAME).outcome == "accepted"
        assert row(key).state == "released"
    assert "registration.reopened" in topics()


def test_a_late_cancellation_leaves_time_to_follow_up(reports: Reports) -> None:
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        key = reports.report(name=NAME).registration_id
        order_id = _order(reports, key)
        assert roll() == ["win"]
        now.move_to(begun + timedelta(days=50))
        _cancel(order_id)
        assert roll() == ["reopen"] and roll() == []
        now.move_to(begun + timedelta(days=80))
        assert roll() == ["warn"] and row(key).state == "live"


def test_whoever_comes_before_the_round_hears_of_the_old_day(reports: Reports) -> None:
    begun = noon("2027-03-01")
    with time_machine.travel(begun, tick=False) as now:
        key = reports.report(name=NAME).registration_id
        until = row(key).protected_until
        order_id = reports.cast.fill("owner", CP0515=2)
        _for(order_id, key)
        reports.cast.submit(order_id, "owner")
        assert roll() == ["win"]
        _cancel(order_id)
        assert reports.report("stranger", name=NAME).until == until
        now.move_to(begun + timedelta(days=45))
        assert reports.report("stranger", name=NAME).outcome == "accepted"


def test_an_order_for_a_customer_of_another_company_is_refused(reports: Reports) -> None:
    foreign = reports.report("stranger", name=NAME).registration_id
    order_id = reports.cast.fill("owner", CP0515=2)
    _for(order_id, foreign)
    before = everything(), order(order_id).version
    with pytest.raises(Refused, match="registration.order_foreign"):
        reports.cast.submit(order_id, "owner")
    assert (everything(), order(order_id).version) == before and order(order_id).approval_state == "draft"
    _for(order_id, None)


def test_an_order_of_another_line_wins_nothing(reports: Reports) -> None:
    sent = reports.report(name=NAME, product_line_id=reports.lines["snacks"])
    order_id = reports.cast.fill("owner", CP0515=1)
    _for(order_id, sent.registration_id)
    reports.cast.submit(order_id, "owner")
    assert roll() == [] and row(sent.registration_id).state == "live"


def _order(reports: Reports, registration_id: int) -> int:
    order_id = reports.cast.fill("owner", CP0515=2)
    _for(order_id, registration_id)
    reports.cast.submit(order_id, "owner")
    return order_id


def _cancel(order_id: int) -> None:
    seen = order(order_id).version
    db.run(cancel_rest, Cast()["rep"], Cancellation(order_id, seen, "客户不要了"))


def _for(order_id: int, registration_id: int | None) -> None:
    """Say whom the order is for, as the cart does."""

    def tie(session: Session, actor: Actor, given: None) -> None:
        named = update(Order).where(Order.id == order_id).values(registration_id=registration_id)
        session.execute(named)

    db.run(tie, OPERATOR, None)
