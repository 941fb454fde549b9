"""Goods that come back, or never came, from the request to the credit, as flows on both databases."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from hypothesis import given as each_of
from hypothesis import strategies as some
from sqlalchemy import delete, func, select

from ops.deeds import DEEDS
from ops.worker import Worker
from tests.flows.cast import change_setting, lines, now_standing, order
from tests.returns.conftest import asked, reason_id, request, stored
from tests.world import OPERATOR
from trade import clock, db
from trade.approvals.models import ApprovalCandidate, ApprovalDecision, ApprovalRequest
from trade.attachments.models import Attachment
from trade.books.models import LedgerEntry
from trade.errors import Refused
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.receive_return import Back, Intake, receive_return
from trade.flows.request_return import Correction, NewReturn, correct_return, request_return
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.withdraw_return import SeenReturn, withdraw_return
from trade.fulfilment.models import ShipmentLine
from trade.inventory.models import Stock
from trade.money import ZERO
from trade.notices.models import Notice
from trade.people.models import Person
from trade.returns import opening, rules, states
from trade.returns.models import ReturnEvent, ReturnRequest


def decide(cast, request_id, decision="approve", who="rep", **more):
    known = request(request_id)
    db.run(decide_return, cast[who], ReturnDecision(request_id, known.version, decision, **more))
    return request(request_id)


def _name_as_candidate(session, actor, person_id):
    asked_for = session.scalars(select(ApprovalRequest).where(ApprovalRequest.state == "open")).one()
    session.add(ApprovalCandidate(request_id=asked_for.id, person_id=person_id, level=0))


def _unname(session, actor, person_id):
    session.execute(delete(ApprovalCandidate).where(ApprovalCandidate.person_id == person_id))


def take_in(cast, request_id, *came, comment=""):
    backs = {line.id: back for line, back in zip(asked(request_id), came, strict=False) if back}
    given = Intake(request_id, request(request_id).version, 1, backs, comment)
    db.run(receive_return, cast["warehouse"], given)
    return request(request_id)


def quarantine(cast, code):
    with db.read() as session:
        return session.scalar(select(Stock.quarantine).where(Stock.sku_id == cast.world.skus[code]))


def rows(model):
    with db.read() as session:
        return session.scalar(select(func.count(model.id)))


def told(who):
    Worker().once()
    with db.read() as session:
        topics = select(Notice.topic).join(Person, Person.id == Notice.person_id)
        return set(session.scalars(topics.where(Person.user_name == who, Notice.topic.startswith("return."))))


def test_goods_come_back_good_and_doubtful_and_are_credited_at_what_was_paid(cast):
    order_id = cast.received(CP0515=10, SQ5524=10)
    used, stock = now_standing()
    request_id = cast.ask(order_id, 20, 24)
    assert request(request_id).number.startswith("RT") and request(request_id).state == "requested"
    assert told("rep") == {"return.requested"} and now_standing() == (used, stock)
    assert decide(cast, request_id).state == "approved" and now_standing() == (used, stock)
    assert told("warehouse") == {"return.approved"} and told("administrator") == set()
    done = take_in(cast, request_id, Back(15, 5, "L1"), Back(24))
    tea, water = lines(order_id)
    assert done.state == "credited" and done.gross == tea.returned_gross + water.returned_gross
    assert tea.returned_gross == Decimal("56.40")  # 42.30 for 15 bottles: 20 of them
    assert water.returned_gross == Decimal("24.00") and (tea.returned, water.returned) == (20, 24)
    after, there = now_standing()
    assert after == used - Decimal("80.40")
    assert there["CP0515"] == (stock["CP0515"][0] + 15, 0) and quarantine(cast, "CP0515") == 5
    assert there["SQ5524"] == (stock["SQ5524"][0] + 24, 0)
    assert "return.credited" in told("buyer") and "return.credited" in told("rep")


def test_a_part_is_accepted_a_part_comes_and_the_rest_lapses(cast):
    order_id = cast.received(CP0515=10)
    request_id = cast.ask(order_id, 30)
    line = asked(request_id)[0]
    with pytest.raises(Refused, match="return.part_needs_words"):
        decide(cast, request_id, accepted={line.id: 20})
    for wrong in (31, -1):
        with pytest.raises(Refused, match="return.more_than_asked"):
            decide(cast, request_id, accepted={line.id: wrong}, comment="多了")
    with pytest.raises(Refused, match="return.nothing_accepted"):
        decide(cast, request_id, accepted={line.id: 0}, comment="都不收")
    assert request(request_id).state == "requested" and rows(ApprovalDecision) == 0
    decide(cast, request_id, accepted={line.id: 20}, comment="只收 20 瓶")
    for wrong in (Back(21), Back(15, 6), Back(-1)):
        with pytest.raises(Refused, match="return.more_than_accepted"):
            take_in(cast, request_id, wrong)
    with pytest.raises(Refused, match="return.lapse_needs_words"):
        take_in(cast, request_id, Back(15))
    before = now_standing()
    done = take_in(cast, request_id, Back(15), comment="车上只有 15 瓶")
    assert done.gross == Decimal("42.30") and now_standing()[0] == before[0] - done.gross
    with db.read() as session:
        event = session.scalars(select(ReturnEvent).order_by(ReturnEvent.id.desc())).first()
    assert event.facts["lapsed"] == 5 and event.facts["good"] == 15
    again = cast.ask(order_id, 135)  # what lapsed may be asked for again
    assert request(again).state == "requested"


def test_nothing_came_back_closes_it_without_credit(cast):
    order_id = cast.received(CP0515=1)
    request_id = cast.ask(order_id, 5)
    decide(cast, request_id)
    before = now_standing()
    done = take_in(cast, request_id, comment="经销商改主意了")
    assert (done.state, done.gross, now_standing()) == ("credited", ZERO, before)


def test_spoilt_goods_may_be_credited_where_they_are(cast):
    order_id = cast.received(CP0515=2)
    request_id = cast.ask(order_id, 15, reason="damaged")
    used, stock = now_standing()
    done = decide(cast, request_id, is_waived=True)
    assert (done.state, done.gross, done.is_waived) == ("credited", lines(order_id)[0].returned_gross, True)
    assert now_standing() == (used - done.gross, stock) and lines(order_id)[0].returned == 15


def test_a_short_and_damaged_receipt_asks_by_itself(cast):
    order_id, shipment_id = cast.shipped(CP0515=10)
    with db.read() as session:
        packed = session.scalars(select(ShipmentLine)).one()
    seen = order(order_id).version
    given = Receipt(order_id, seen, shipment_id, {packed.id: 147}, {packed.id: 4})
    with pytest.raises(Refused, match="return.photo_needed"):
        db.run(confirm_receipt, cast["buyer"], given)
    too_many = Receipt(order_id, seen, shipment_id, {packed.id: 3}, {packed.id: 4}, [stored()])
    with pytest.raises(Refused, match="shipment.more_damaged_than_arrived"):
        db.run(confirm_receipt, cast["buyer"], too_many)
    assert order(order_id).version == seen and rows(ReturnRequest) == 0 and lines(order_id)[0].received == 0
    proved = Receipt(order_id, seen, shipment_id, {packed.id: 147}, {packed.id: 4}, [stored()], "外箱湿了")
    missing, damaged = db.run(confirm_receipt, cast["buyer"], proved)
    assert [asked(each)[0].requested for each in (missing, damaged)] == [3, 4]
    assert request(missing).is_missing and not request(damaged).is_missing
    assert order(order_id).receipt == "partial" and rows(Attachment) == 1
    used = now_standing()[0]
    done = decide(cast, missing)
    assert done.state == "credited" and done.gross == Decimal("8.46") and lines(order_id)[0].lost == 3
    assert now_standing()[0] == used - done.gross and order(order_id).receipt == "complete"
    decide(cast, damaged)
    closed = take_in(cast, damaged, Back(0, 4))
    assert closed.gross == Decimal("11.28") and quarantine(cast, "CP0515") == 4
    with pytest.raises(Refused, match="return.more_than_left"):
        cast.ask(order_id, 1, reason="missing")


def test_what_is_on_its_way_is_not_missing_and_not_returnable(cast):
    order_id, _shipment = cast.shipped(CP0515=1)
    for reason in ("missing", "unsold"):
        with pytest.raises(Refused, match="return.more_than_left"):
            cast.ask(order_id, 1, reason=reason)
    assert rows(ReturnRequest) == 0


def test_what_cannot_be_asked_for(cast):
    order_id = cast.received(CP0515=1, SQ5524=10)
    other = cast.received(CP0515=1)
    unsold = reason_id("unsold")
    theirs = lines(other)[0].id
    for refusal, quantities in {
        "return.nothing_asked": {},
        "return.not_of_this_order": {theirs: 1},
        "return.more_than_left": {lines(order_id)[0].id: 16},
    }.items():
        with pytest.raises(Refused, match=refusal):
            db.run(request_return, cast["buyer"], NewReturn(order_id, unsold, quantities))
    with pytest.raises(Refused, match="return.not_of_this_order"):
        cast.ask(order_id, -1)
    mine = {lines(order_id)[0].id: 1}
    with pytest.raises(Refused, match="return.photo_needed"):
        db.run(request_return, cast["buyer"], NewReturn(order_id, reason_id("quality"), mine))
    with pytest.raises(Refused, match="return.no_reason"):
        db.run(request_return, cast["buyer"], NewReturn(order_id, 999, mine))
    with pytest.raises(Refused, match="order.not_found"):
        db.run(request_return, cast["stranger"], NewReturn(order_id, unsold, mine))
    assert rows(ReturnRequest) == rows(ReturnEvent) == rows(ApprovalRequest) == 0


def test_after_the_days_only_staff_may_ask(cast):
    order_id = cast.received(CP0515=1)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=True):
        with pytest.raises(Refused, match="return.too_late"):
            cast.ask(order_id, 1)
        assert rows(ReturnRequest) == 0
        cast.ask(order_id, 1, who="rep")
        change_setting("return.window_days", 0)
        cast.ask(order_id, 1)


def test_nobody_decides_about_their_own_and_a_no_says_why(cast):
    order_id = cast.received(CP0515=1)
    by_rep = cast.ask(order_id, 5, who="rep")
    with pytest.raises(Refused, match="approval.not_yours"):
        decide(cast, by_rep)
    with pytest.raises(Refused, match="approval.comment_needed"):
        decide(cast, by_rep, "reject", "manager")
    db.run(_name_as_candidate, OPERATOR, cast["rep"].person_id)  # even if a policy named them
    with pytest.raises(Refused, match="approval.not_yours"):
        decide(cast, by_rep)
    db.run(_unname, OPERATOR, cast["rep"].person_id)  # verify would name it
    with pytest.raises(Refused, match="return.not_found"):
        decide(cast, by_rep, "approve", "other-rep")
    assert request(by_rep).state == "requested"
    used = now_standing()[0]
    assert decide(cast, by_rep, "reject", "manager", comment="超出政策").state == "rejected"
    assert now_standing()[0] == used
    cast.ask(order_id, 15)  # a refused request holds nothing


def test_returned_corrected_and_withdrawn(cast):
    order_id = cast.received(CP0515=1)
    request_id = cast.ask(order_id, 10)
    line = lines(order_id)[0].id
    decide(cast, request_id, "return", comment="请写清批号")
    with pytest.raises(Refused, match="return.more_than_left"):
        cast.ask(order_id, 6)  # the one that came back still counts
    with pytest.raises(Refused, match="return.changed_meanwhile"):
        db.run(correct_return, cast["buyer"], Correction(request_id, 1, {line: 3}))
    again = Correction(request_id, request(request_id).version, {line: 12}, "批号 L1")
    db.run(correct_return, cast["buyer"], again)
    assert request(request_id).state == "requested" and [each.requested for each in asked(request_id)] == [12]
    db.run(withdraw_return, cast["buyer"], SeenReturn(request_id, request(request_id).version))
    assert request(request_id).state == "withdrawn"
    with pytest.raises(Refused, match=r"approval.not_open|return.not_allowed"):
        decide(cast, request_id)
    with pytest.raises(Refused, match="return.not_allowed"):
        db.run(withdraw_return, cast["buyer"], SeenReturn(request_id, request(request_id).version))


def test_a_credit_releases_a_held_order(cast):
    order_id = cast.received(CP0515=900)
    held = cast.submit(cast.fill(SQ5524=600))
    assert held.approval_state == "held"
    request_id = cast.ask(order_id, 3000)
    decide(cast, request_id)
    take_in(cast, request_id, Back(3000))
    Worker(deeds=DEEDS).once()
    assert order(held.id).approval_state == "approved"


def test_a_request_that_waits_is_shown_further_up_and_never_lapses(cast):
    request_id = cast.ask(cast.received(CP0515=1), 1)
    with pytest.raises(Refused, match="approval.not_yours"):
        decide(cast, request_id, who="manager")
    for hours in (25, 50, 100):
        with time_machine.travel(clock.now() + timedelta(hours=hours), tick=True):
            Worker(deeds=DEEDS).once()
    assert request(request_id).state == "requested" and "return.pending" in told("manager")
    assert decide(cast, request_id, who="manager").state == "approved"


def at_once(*deeds):
    """Do all in the same moment; answers what each came to."""
    start, found = threading.Barrier(len(deeds)), []

    def one(deed):
        start.wait()
        try:
            found.append(deed() or "done")
        except Refused as refusal:
            found.append(refusal.code)

    threads = [threading.Thread(target=one, args=(deed,)) for deed in deeds]
    [each.start() for each in threads]
    [each.join() for each in threads]
    return found


def return_twice(cast):
    """Eight taps of two people for all that was received; how many were let through."""
    order_id = cast.received(CP0515=2)
    line = lines(order_id)[0].id
    given = NewReturn(order_id, reason_id("unsold"), {line: 30})
    taps = [lambda who=who: db.run(request_return, cast[who], given) for who in ("buyer", "owner") * 4]
    return [each for each in at_once(*taps) if isinstance(each, int)]


def test_nobody_gives_back_twice(cast):
    assert len(return_twice(cast)) == 1


def test_without_its_guard_the_second_return_is_noticed(cast, monkeypatch):
    monkeypatch.setattr(opening, "is_within", lambda quantity, left: True)
    through = return_twice(cast)
    assert len(through) == 8
    for each in through[1:]:
        db.run(withdraw_return, cast["buyer"], SeenReturn(each, request(each).version))


@each_of(
    gross=some.integers(0, 10**7),
    parts=some.lists(some.integers(1, 500), min_size=1, max_size=12),
)
def test_the_parts_of_a_return_add_up_to_the_line(gross, parts):
    whole, shipped = Decimal(gross) / 100, sum(parts)
    gone, credited = 0, ZERO
    for part in parts:
        amount = rules.worth(whole, shipped, part, gone, credited)
        assert amount >= 0
        gone, credited = gone + part, credited + amount
    assert credited == whole


def test_the_parts_on_an_order_add_up_too(cast):
    db.run(set_limit, cast["finance"], NewLimit(cast.world.distributors["D1"], Decimal(90000), "旺季"))
    order_id = cast.received(CP0515=7)
    for part in (1, 4, 50, 50):
        request_id = cast.ask(order_id, part)
        decide(cast, request_id)
        take_in(cast, request_id, Back(part))
    line = lines(order_id)[0]
    assert (line.returned, line.returned_gross) == (105, line.gross)
    with db.read() as session:
        notes = session.scalars(select(LedgerEntry.amount).where(LedgerEntry.kind == "credit_note")).all()
    assert len(notes) == 4 and sum(notes) == line.gross and now_standing()[0] == 0


def test_every_state_is_left_or_is_an_end():
    ways = {before for before, _action in states.TRANSITIONS}
    assert ways == set(states.OPEN) and set(states.TRANSITIONS.values()) == {*states.OPEN, *states.CLOSED}
