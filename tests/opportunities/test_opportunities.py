"""An opportunity from its opening to the order that wins it, or to its end with the registration; on both databases."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from ops.deeds import ALL_ROUNDS, DEEDS
from tests.flows.cast import lines, order
from tests.races import crowd
from tests.registrations.reports import Reports, noon, row
from tests.world import OPERATOR
from trade import clock, db
from trade.errors import Refused
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.change_opportunity import (
    Facts,
    Loss,
    Step,
    edit_opportunity,
    lose_opportunity,
    move_opportunity,
)
from trade.flows.fill_cart import Wishes, empty_cart, fill_cart
from trade.flows.follow_up_opportunity import Contact, follow_up_opportunity
from trade.flows.issue_quotation import Line, NewQuotation, issue_quotation
from trade.flows.mind_registration import mind_registration
from trade.flows.open_opportunity import NewOpportunity, open_opportunity
from trade.flows.order_for_registration import ForWhom, order_for_registration
from trade.flows.order_quotation import Filled, Ordering, order_quotation
from trade.flows.release_registration import Release, release_registration
from trade.flows.submit_order import Submission, submit_order
from trade.notices.models import OutboxMessage
from trade.opportunities import forecast, queries, settling
from trade.opportunities.models import Opportunity, OpportunityEvent, Quotation, QuotationOrder
from trade.opportunities.queries import ListFilter
from trade.orders import templates
from trade.orders.models import Order
from trade.orders.queries import Seen, find_cart
from trade.registrations.following import FollowUp
from trade.registrations.models import RegistrationFollowUp

pytestmark = pytest.mark.usefixtures("verified")
AMOUNT = Decimal("12000.00")


def opened(reports: Reports, registration_id: int, who: str = "owner", key: str = "form-1") -> int:
    later = clock.today() + timedelta(days=30)
    given = NewOpportunity(registration_id, key, "门店首批铺货", AMOUNT, later, "送样品", clock.today())
    return db.run(open_opportunity, reports[who], given)


def chance(opportunity_id: int) -> Opportunity:
    with db.read() as session:
        return session.scalars(select(Opportunity).where(Opportunity.id == opportunity_id)).one()


def story(opportunity_id: int) -> list[str]:
    with db.read() as session:
        told = select(OpportunityEvent.action).where(OpportunityEvent.opportunity_id == opportunity_id)
        return list(session.scalars(told.order_by(OpportunityEvent.version)))


def count(model: Any) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def everything() -> tuple[int, ...]:
    """What a refused deed must leave as it was."""
    models = (Opportunity, OpportunityEvent, Quotation, QuotationOrder, RegistrationFollowUp, OutboxMessage)
    return tuple(count(each) for each in models)


def refused(code: str, flow: Any, actor: Any, given: Any) -> None:
    before = everything()
    with pytest.raises(Refused) as found:
        db.run(flow, actor, given)
    assert found.value.code == code
    assert everything() == before


def quoted(reports: Reports, opportunity_id: int, key: str = "q1", price: str = "99.90") -> int:
    sku = reports.cast.world.skus["CP0515"]
    until = clock.today() + timedelta(days=15)
    given = NewQuotation(opportunity_id, key, [Line(sku, 10, Decimal(price))], until, "陈经理", "货到付款")
    return db.run(issue_quotation, reports["owner"], given)


def origin(order_id: int) -> tuple[int, int | None] | None:
    made = order(order_id)
    with db.read() as session:
        found = queries.origin_of(session, made)
        return (found.registration_id, found.quotation_id) if found else None


def rounds(kind: str) -> list[str]:
    found = []
    for each in [each for each in ALL_ROUNDS if each.kind == kind]:
        with db.read() as session:
            works = list(each.find(session, clock.now()))
        for work in works:
            found.append(str(db.run(DEEDS[kind].flow, OPERATOR, DEEDS[kind].given(**work.payload))))
    return found


def topics() -> list[str]:
    with db.read() as session:
        told = select(OutboxMessage.topic).where(OutboxMessage.topic.startswith("opportunity."))
        return list(session.scalars(told.order_by(OutboxMessage.id)))


def test_what_is_open_moves_from_stage_to_stage_and_is_followed_up(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    assert opened(reports, registration_id) == key, "a second tap opens nothing more"
    later = clock.today() + timedelta(days=9)
    other = NewOpportunity(registration_id, "form-2", "另一单", AMOUNT, later)
    refused("opportunity.open_already", open_opportunity, reports["owner"], other)
    refused("opportunity.not_found", move_opportunity, reports["stranger"], Step(key, 1, "need"))
    db.run(move_opportunity, reports["owner"], Step(key, 1, "negotiation"))
    refused("opportunity.changed_meanwhile", move_opportunity, reports["owner"], Step(key, 1, "need"))
    refused("opportunity.not_allowed", move_opportunity, reports["owner"], Step(key, 2, "won"))
    db.run(move_opportunity, reports["owner"], Step(key, 2, "need"))
    before = row(registration_id).version
    told = FollowUp(0, "visit", clock.today(), "试吃通过", "报价", clock.today() + timedelta(days=2))
    db.run(follow_up_opportunity, reports["owner"], Contact(key, told))
    assert chance(key).next_step == "报价"
    assert (row(registration_id).version, count(RegistrationFollowUp)) == (before + 1, 1)
    facts = Facts(key, chance(key).version, "首批铺货", Decimal("8000.00"), later, "报价", told.next_on)
    db.run(edit_opportunity, reports["owner"], facts)
    assert story(key) == ["enter", "to_negotiation", "to_need", "follow_up", "edit"]


def test_from_the_quotation_to_the_order_that_wins_and_back_when_it_is_cancelled(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    later, soon = clock.today() + timedelta(days=9), clock.today() + timedelta(days=2)
    facts = Facts(key, 1, "首批铺货", Decimal("8000.00"), later, "报价", soon)
    db.run(edit_opportunity, reports["owner"], facts)
    first = quoted(reports, key)
    assert (chance(key).next_step, chance(key).next_on) == ("", None), "the step was to quote"
    assert quoted(reports, key) == first and count(Quotation) == 1
    second = quoted(reports, key, "q2", "95.00")
    assert chance(key).stage == "quote" and count(RegistrationFollowUp) == 2
    refused("quotation.replaced", order_quotation, reports["owner"], Ordering(key, first))
    when = clock.today() + timedelta(days=3)
    db.run(
        edit_opportunity,
        reports["owner"],
        replace(facts, version=chance(key).version, next_step="催回签", next_on=when),
    )
    filled = db.run(order_quotation, reports["owner"], Ordering(key, second))
    assert db.run(order_quotation, reports["owner"], Ordering(key, second)) == filled
    assert order(filled.order_id).registration_id == registration_id
    db.run(submit_order, reports["owner"], Submission(filled.order_id, filled.version))
    made = order(filled.order_id)
    assert made.gross != Decimal("950.00"), "the brand's price, never the quotation's"
    answered = db.run(order_quotation, reports["owner"], Ordering(key, second))
    assert answered == Filled(made.id, made.version, is_ordered=True)
    if made.approval_state != "approved":
        made = reports.cast.decide(made.id, "approve", "rep", "同意")
    assert made.approval_state == "approved"

    assert db.run(mind_registration, OPERATOR, registration_id) == "win"
    won = chance(key)
    assert (won.stage, won.order_id, won.reached) == ("won", made.id, 4)
    assert won.amount == made.gross != Decimal("8000.00"), "it is worth what was ordered"
    with db.read() as session:
        origin = queries.origin_of(session, made)
    assert origin is not None
    assert (origin.customer, origin.quotation_id) == (row(registration_id).name, second)
    assert topics() == ["opportunity.won"]
    assert rounds("opportunity.mind") == []
    assert story(key) == ["enter", "edit", "issue", "issue", "edit", "order", "win"]
    refused("opportunity.not_allowed", lose_opportunity, reports["owner"], Loss(key, won.version, "price"))

    db.run(cancel_rest, reports.cast["rep"], Cancellation(made.id, order(made.id).version, "客户不要了"))
    assert db.run(mind_registration, OPERATOR, registration_id) == "reopen"
    again = chance(key)
    assert (again.stage, again.order_id, row(registration_id).state) == ("quote", None, "live"), (
        "where it stood"
    )
    assert (again.amount, again.reached) == (Decimal("8000.00"), 2), "what was expected before counts again"
    assert (again.next_step, again.next_on, story(key)[-1]) == ("催回签", when, "reopen_quote")
    with db.read() as session:
        (ordered,) = [each.order for each in queries.offers_of(session, again) if each.order]
    assert ordered.approval_state == "cancelled", "the offer tells that its order is given up"


def test_something_else_in_a_form_that_was_sent_is_refused(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    later = clock.today() + timedelta(days=9)
    changed = NewOpportunity(registration_id, "form-1", "另一单", AMOUNT, later)
    refused("opportunity.sent_already", open_opportunity, reports["owner"], changed)
    first, before = quoted(reports, key), everything()
    with pytest.raises(Refused, match="quotation.sent_already"):
        quoted(reports, key, price="95.00")
    assert quoted(reports, key) == first and everything() == before


def test_its_order_is_cancelled_and_somebody_asks_before_the_round(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    filled = db.run(order_quotation, reports["owner"], Ordering(key, quoted(reports, key)))
    db.run(submit_order, reports["owner"], Submission(filled.order_id, filled.version))
    made = order(filled.order_id)
    if made.approval_state != "approved":
        made = reports.cast.decide(made.id, "approve", "rep", "同意")
    assert db.run(mind_registration, OPERATOR, registration_id) == "win"
    db.run(cancel_rest, reports.cast["rep"], Cancellation(made.id, order(made.id).version, "客户不要了"))
    assert reports.report("stranger").outcome == "taken"
    assert (row(registration_id).state, chance(key).stage) == ("live", "quote")
    assert chance(key).order_id is None, "it goes on with its customer, whoever looked first"
    assert rounds("opportunity.mind") == []
    db.run(lose_opportunity, reports["owner"], Loss(key, chance(key).version, "price"))
    with db.read() as session:
        steps = forecast.outlook(session, reports["manager"], "stage", ListFilter()).steps
    assert [step.count for step in steps] == [1, 1, 1, 0, 0], "what was cancelled was not won"


def test_goods_of_another_product_line_win_nothing(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    made = []
    for goods in ({"JG3025": 1}, {"CP0515": 3}):
        made.append(db.run(order_for_registration, reports["owner"], ForWhom(registration_id)))
        reports.cast.submit(reports.cast.fill("owner", **goods), "owner")
    assert [order(each).approval_state for each in made] == ["approved", "approved"]
    assert db.run(mind_registration, OPERATOR, registration_id) == "win"
    assert (chance(key).stage, chance(key).order_id) == ("won", made[1])


def test_the_cart_for_something_else_is_not_mixed_in(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    offer = quoted(reports, key)
    other = reports.cast.world.skus["CP0515"]
    cart = db.run(fill_cart, reports["owner"], Wishes({other: 6}))
    refused("opportunity.cart_busy", order_quotation, reports["owner"], Ordering(key, offer))
    filled = db.run(order_quotation, reports["owner"], Ordering(key, offer, "购物车 3 月 1 日"))
    assert filled.order_id == cart and [each.quantity for each in lines(cart)] == [10]
    with db.read() as session:
        (kept,) = templates.listing(session, reports["owner"])
        assert [line.quantity for line, _sku in templates.lines_of(session, kept.template.id)] == [6]
    assert (kept.template.name, kept.lines) == ("购物车 3 月 1 日", 1), "nothing that lay there is lost"
    assert origin(cart) == (registration_id, offer), "the cart leads back to the quotation"
    assert db.run(order_quotation, reports["owner"], Ordering(key, offer)).order_id == cart, (
        "its own goods are there"
    )
    beside = reports.cast.world.skus["SQ5524"]
    for wishes in ({other: 10, beside: 10}, {other: 12, beside: 0}):  # for the same customer
        db.run(fill_cart, reports["owner"], Wishes(wishes))
        before = [(each.sku_id, each.quantity) for each in lines(cart)]
        refused("opportunity.cart_busy", order_quotation, reports["owner"], Ordering(key, offer))
        assert [(each.sku_id, each.quantity) for each in lines(cart)] == before, "nothing goes without asking"
    again = db.run(order_quotation, reports["owner"], Ordering(key, offer, "购物车 3 月 1 日"))
    assert again.kept == "购物车 3 月 1 日 (2)", "a colleague's of the same second stands in nobody's way"
    assert origin(cart) == (registration_id, offer) and lines(cart)[0].quantity == 10
    another = reports.report(name="厦门海沧远洋食品有限公司").registration_id
    db.run(order_for_registration, reports["owner"], ForWhom(another))
    assert origin(cart) == (another, None), "the quotation was another customer's"
    db.run(empty_cart, reports["owner"], Seen(cart, order(cart).version))
    assert order(cart).registration_id is None, "what comes next into the cart is for nobody in particular"
    refused("opportunity.not_found", order_quotation, reports["stranger"], Ordering(key, offer))


def test_a_cart_without_any_of_its_goods_is_not_the_quotation_s(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    offer = quoted(reports, key)
    quoted_sku, other = (reports.cast.world.skus[code] for code in ("CP0515", "SQ5524"))
    ways = (
        (Wishes({quoted_sku: 0}), (None, None)),  # the last line was taken out
        (Wishes({quoted_sku: 0, other: 20}), (registration_id, None)),  # other goods for the same customer
    )
    for wishes, left in ways:
        cart = db.run(order_quotation, reports["owner"], Ordering(key, offer)).order_id
        assert origin(cart) == (registration_id, offer)
        db.run(fill_cart, reports["owner"], wishes)
        assert (origin(cart) or (None, None)) == left
        for by_hand in ({other: 0}, {quoted_sku: 10}):
            db.run(fill_cart, reports["owner"], Wishes(by_hand))
        assert origin(cart) is None, "an empty cart is nobody's: the same goods by hand are no quotation's"
        db.run(fill_cart, reports["owner"], Wishes({quoted_sku: 0}))
    db.run(empty_cart, reports["owner"], Seen(cart, order(cart).version))
    db.run(order_for_registration, reports["owner"], ForWhom(registration_id))
    made = reports.cast.fill("owner", SQ5524=20)
    reports.cast.submit(made, "owner")
    assert (made, origin(made)) == (cart, (registration_id, None))
    found = chance(key)
    with db.read() as session:
        assert [each.order for each in queries.offers_of(session, found)] == [None]
        assert queries.standing_order(session, found) is None
    assert db.run(order_quotation, reports["owner"], Ordering(key, offer)).order_id != made


def test_two_people_order_one_quotation_and_the_first_has_it(reports: Reports) -> None:
    registration_id = reports.report().registration_id
    key = opened(reports, registration_id)
    offer = quoted(reports, key)
    first, second = (
        db.run(order_quotation, reports[who], Ordering(key, offer)) for who in ("owner", "buyer")
    )
    db.run(submit_order, reports["owner"], Submission(first.order_id, first.version))
    mine, cart = order(first.order_id), (order(second.order_id).version, lines(second.order_id)[0].quantity)
    again = Submission(second.order_id, second.version)
    refused("opportunity.ordered_already", submit_order, reports["buyer"], again)
    assert order(second.order_id).approval_state == "draft"
    assert (order(second.order_id).version, lines(second.order_id)[0].quantity) == cart
    assert order(first.order_id).version == mine.version
    made = (
        mine if mine.approval_state == "approved" else reports.cast.decide(mine.id, "approve", "rep", "同意")
    )
    db.run(cancel_rest, reports.cast["rep"], Cancellation(made.id, order(made.id).version, "客户不要了"))
    db.run(submit_order, reports["buyer"], again)
    assert order(second.order_id).approval_state != "draft", "the first stands no more"


@pytest.mark.parametrize("is_guarded", [True, False])
def test_who_submits_a_quotation_in_the_same_moment_is_second(
    reports: Reports, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    if not is_guarded:
        monkeypatch.setattr(queries, "refuse_second", lambda session, order: None)
    people = ("owner", "buyer")
    for turn in range(3):
        registration_id = reports.report(name=f"漳州{turn}号食品有限公司").registration_id
        key = opened(reports, registration_id, key=f"form-{turn}")
        offer = quoted(reports, key, f"q{turn}")
        carts = [db.run(order_quotation, reports[who], Ordering(key, offer)) for who in people]

        def submitted(who: str, cart: Filled) -> str:
            try:
                db.run(submit_order, reports[who], Submission(cart.order_id, cart.version))
            except Refused as refusal:
                return refusal.code
            return "taken"

        deeds = [partial(submitted, who, cart) for who, cart in zip(people, carts, strict=True)]
        answers = crowd.at_once(deeds, threads=2)
        assert sorted(answers) == (
            ["opportunity.ordered_already", "taken"] if is_guarded else ["taken", "taken"]
        )
        states = [order(cart.order_id).approval_state == "draft" for cart in carts]
        assert states == [answer != "taken" for answer in answers]
        for who in people if is_guarded else ():
            with db.read() as session:
                left = find_cart(session, reports[who])
            if left is not None:
                db.run(empty_cart, reports[who], Seen(left.id, left.version))


@pytest.mark.parametrize("how", ["released", "expired", "unseen", "missed"])
def test_it_is_closed_with_the_registration(
    reports: Reports, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(noon("2027-03-01"), tick=False) as now:
        registration_id = reports.report().registration_id
        key = opened(reports, registration_id)
        if how == "released":
            seen = row(registration_id).version
            db.run(release_registration, reports["owner"], Release(registration_id, seen, "客户停业"))
        else:
            now.move_to(noon("2027-06-30"))
            refused("opportunity.registration_over", move_opportunity, reports["owner"], Step(key, 1, "need"))
            if how == "expired":
                assert db.run(mind_registration, OPERATOR, registration_id) == "lapse"
            else:  # somebody else registered the customer before anybody looked
                mine = row(registration_id)
                with monkeypatch.context() as planted:
                    if how == "missed":  # a fault: what ends on the way is closed by the round
                        planted.setattr(settling, "follow", lambda session, actor, registration: None)
                    answer = reports.report("stranger", name=mine.name, credit_code=mine.credit_code)
                assert answer.outcome == "accepted"
                assert rounds("opportunity.mind") == (["lost"] if how == "missed" else [])
        closed = chance(key)
        assert (closed.stage, closed.lost_reason) == ("lost", "registration")
        assert topics() == ["opportunity.lost"]
        assert rounds("opportunity.mind") == []


def test_a_step_that_nobody_took_is_told_again_each_week(reports: Reports) -> None:
    begun, told = noon("2027-03-01"), {}
    (remind,) = [each for each in ALL_ROUNDS if each.kind == "opportunity.remind"]
    with time_machine.travel(begun, tick=False) as now:
        opened(reports, reports.report().registration_id)
        for day in range(36):
            now.move_to(begun + timedelta(days=day))
            with db.read() as session:
                for work in remind.find(session, clock.now()):
                    told.setdefault(work.key, day)
    assert list(told.values()) == [0, 14, 21, 28, 35]


def test_every_view_of_the_forecast_has_the_same_sum(reports: Reports) -> None:
    later = clock.today() + timedelta(days=30)
    for who, name in (("owner", "龙岩大发贸易有限公司"), ("stranger", "漳州第三个客户有限公司")):
        registration_id = reports.report(who, name=name).registration_id
        small = NewOpportunity(registration_id, who, "试吃", Decimal("0.05"), later)
        db.run(open_opportunity, reports[who], small)
    with db.read() as session:
        for by in forecast.WAYS:
            shares = forecast.outlook(session, reports["administrator"], by, ListFilter()).shares
            assert sum(share.weighted for share in shares) == Decimal("0.02"), by
            assert sum(share.amount for share in shares) == Decimal("0.10")


def test_reminders_losses_and_the_forecast(reports: Reports) -> None:
    with time_machine.travel(noon("2027-03-01"), tick=False) as now:
        registration_id = reports.report().registration_id
        key = opened(reports, registration_id)
        assert rounds("opportunity.remind") == ["due"]
        db.run(edit_opportunity, reports["owner"], Facts(key, 1, "首批铺货", AMOUNT, chance(key).expected_on))
        assert rounds("opportunity.remind") == []
        now.move_to(noon("2027-03-14"))
        assert rounds("opportunity.remind") == []
        now.move_to(noon("2027-03-15"))
        assert rounds("opportunity.remind") == ["stale"]
        db.run(move_opportunity, reports["owner"], Step(key, 2, "quote"))
        distributor_id = chance(key).distributor_id
        with db.read() as session:
            for by in forecast.WAYS:
                (share,) = forecast.outlook(session, reports["manager"], by, ListFilter()).shares
                assert (share.count, share.amount, share.weighted) == (1, AMOUNT, Decimal("6000.00")), by
                assert not forecast.outlook(session, reports["other-manager"], by, ListFilter()).shares
            asked = ListFilter(stage="open", age=0, when="this", distributor_id=distributor_id)
            assert queries.totals(session, reports["manager"], asked).count == 1
            steps = forecast.outlook(session, reports["manager"], "stage", ListFilter()).steps
            assert [step.count for step in steps] == [1, 1, 1, 0, 0]
            columns = forecast.board(session, reports["manager"], ListFilter())
            assert [len(column.cards) for column in columns.values()] == [0, 0, 1, 0, 0, 0]
        refused("opportunity.words_needed", lose_opportunity, reports["owner"], Loss(key, 3, "other"))
        db.run(lose_opportunity, reports["owner"], Loss(key, 3, "competitor", "对方送冰柜"))
        assert row(registration_id).state == "live", "the customer stays registered"
        with db.read() as session:
            for asked, left in ((ListFilter(), 0), (ListFilter(stage="lost"), AMOUNT)):
                found = queries.totals(session, reports["manager"], asked)
                assert (found.count, found.sums) == (1, {"amount": [("CNY", left)]}), (
                    "what is lost is summed alone"
                )
        again = opened(reports, registration_id, key="form-9")
        assert chance(again).stage == "contact" and count(Order) == 0
