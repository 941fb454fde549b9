"""One order from the cart to the payment, as flows, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.flows.cast import change_setting, change_stock, lines, now_standing, order
from tests.races.crowd import breaches
from trade import clock, db
from trade.approvals.models import ApprovalRequest
from trade.errors import Refused
from trade.flows.cancel_order import cancel_order
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.confirm_receipt import Receipt, confirm_receipt
from trade.flows.fill_cart import Wishes, fill_cart
from trade.flows.record_payment import Receipt as Money
from trade.flows.record_payment import record_payment
from trade.flows.retest_order import retest_order
from trade.flows.set_credit import NewLimit, set_limit
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.submit_order import Submission, submit_order
from trade.flows.withdraw_order import withdraw_order
from trade.orders.models import OrderEvent
from trade.orders.queries import Seen
from trade.pricing.rules import replay


def test_from_the_cart_to_the_payment(cast):
    change_setting("order.approve_first", True)
    before = now_standing()
    cart = cast.fill(CP0515=47, SQ5524=20)
    placed = cast.submit(cart)
    assert placed.approval_state == "pending" and placed.number.startswith("SO")
    assert placed.gross == Decimal("42.30") * 47 + Decimal("24.00") * 20
    assert now_standing()[0] == placed.gross and now_standing()[1]["CP0515"] == (15000, 47 * 15)
    assert cast.decide(cart, "approve").approval_state == "approved"
    first, second = lines(cart)
    assert replay(first.price_inputs) == first.gross

    parcel = Dispatch(
        cart, order(cart).version, "顺丰", "SF1", [Packed(first.id, 100, "L1"), Packed(first.id, 50, "L2")]
    )
    one = db.run(ship_order, cast["warehouse"], parcel)
    rest = [Packed(first.id, 47 * 15 - 150), Packed(second.id, 240)]
    two = db.run(ship_order, cast["warehouse"], Dispatch(cart, order(cart).version, "德邦", "DB1", rest))
    assert order(cart).fulfilment == "partial"
    assert now_standing()[0] == placed.gross
    db.run(cancel_rest, cast["rep"], Cancellation(cart, order(cart).version, "卖完了"))
    assert order(cart).fulfilment == "complete" and order(cart).approval_state == "approved"
    assert now_standing()[0] == placed.gross - Decimal("24.00") * 10
    for shipment in (one, two):
        db.run(confirm_receipt, cast["buyer"], Receipt(cart, order(cart).version, shipment, {}))
    assert order(cart).receipt == "complete"
    first, second = lines(cart)
    assert (first.shipped, first.received, first.shipped_gross) == (705, 705, first.gross)
    assert second.shipped_gross + second.cancelled_gross == second.gross
    owed = now_standing()[0]
    db.run(
        record_payment, cast["finance"], Money(cast.world.distributors["D1"], clock.today(), owed, "BANK-1")
    )
    used, stock = now_standing()
    assert used == before[0] == 0
    assert stock["CP0515"] == (15000 - 705, 0) and stock["SQ5524"] == (48000 - 240, 0)
    with pytest.raises(Refused, match="payment.reference_used"):
        db.run(
            record_payment,
            cast["finance"],
            Money(cast.world.distributors["D1"], clock.today(), owed, "BANK-1"),
        )
    assert now_standing()[0] == 0


def test_nothing_in_the_way_is_approved_at_once(cast):
    cart = cast.fill(CP0515=1)
    placed = cast.submit(cart)
    assert placed.approval_state == "approved" and placed.is_taken
    again = db.run(submit_order, cast["buyer"], Submission(cart, placed.version - 1))
    assert again.is_repeat and now_standing()[0] == placed.gross


@pytest.mark.parametrize(
    "code, quantity, problem",
    [
        ("NOPRICE", 1, "sku.no_price"),
        ("QP3324", 4, "sku.below_moq"),
        ("QP3324", 7, "sku.off_multiple"),
        ("JG3025", 97, "stock.short"),
        ("DJ4815", 1, "stock.short"),
    ],
)
def test_a_line_that_cannot_be_ordered_is_named_and_nothing_is_taken(cast, code, quantity, problem):
    cart = cast.fill(CP0515=1, **{code: quantity})
    before = now_standing()
    with pytest.raises(Refused, match="order.lines_refused") as refusal:
        cast.submit(cart)
    assert problem in {line["code"] for line in refusal.value.facts["lines"]}
    assert now_standing() == before
    assert order(cart).approval_state == "draft" and order(cart).number is None and len(lines(cart)) == 2


def test_over_the_limit_is_held_and_a_payment_releases_it(cast):
    db.run(set_limit, cast["finance"], NewLimit(cast.world.distributors["D1"], Decimal(40000), "淡季"))
    cart = cast.fill(CP0515=1000)
    change_setting("order.approve_above", "10000.00")
    held = cast.submit(cart)
    assert held.approval_state == "held"
    assert [reason["code"] for reason in held.reasons] == ["credit.over_limit", "order.large"]
    assert held.reasons[0]["over"] == "1500.00"
    assert now_standing()[0] == 0 and now_standing()[1]["CP0515"] == (15000, 0)
    db.run(retest_order, cast["rep"], cart)
    assert order(cart).approval_state == "held"
    db.run(set_limit, cast["finance"], NewLimit(cast.world.distributors["D1"], Decimal(60000), "旺季"))
    db.run(retest_order, cast["rep"], cart)
    assert order(cart).approval_state == "pending" and now_standing()[0] == held.gross == Decimal(41500)


def test_a_no_gives_everything_back(cast):
    change_setting("order.approve_above", "10.00")
    cart = cast.fill(CP0515=10)
    cast.submit(cart)
    with pytest.raises(Refused, match="approval.comment_needed"):
        cast.decide(cart, "return")
    assert cast.decide(cart, "return", comment="改一下").approval_state == "returned"
    assert now_standing()[0] == 0 and now_standing()[1]["CP0515"] == (15000, 0)
    number = order(cart).number
    db.run(fill_cart, cast["buyer"], Wishes({cast.world.skus["CP0515"]: 12}, order_id=cart))
    again = cast.submit(cart)
    assert again.approval_state == "pending" and again.number == number
    db.run(withdraw_order, cast["buyer"], Seen(cart, again.version))
    cast.submit(cart)
    assert cast.decide(cart, "reject", comment="不行").approval_state == "rejected"
    assert now_standing()[0] == 0
    with db.read() as session:
        events = session.scalars(
            select(OrderEvent.version).where(OrderEvent.order_id == cart).order_by(OrderEvent.version)
        ).all()
        assert events[0] == 2 and events == list(range(2, 2 + len(events)))
        states = session.scalars(select(ApprovalRequest.state).order_by(ApprovalRequest.id)).all()
    assert states == ["returned", "withdrawn", "rejected"]


def test_strangers_find_nothing_and_other_reps_decide_nothing(cast):
    change_setting("order.approve_above", "10.00")
    cart = cast.fill(CP0515=10)
    with pytest.raises(Refused, match="order.not_found"):
        cast.submit(cart, "stranger")
    cast.submit(cart)
    with pytest.raises(Refused, match="order.not_found"):
        cast.decide(cart, "approve", "other-rep")
    with pytest.raises(Refused, match="approval.not_yours"):
        cast.decide(cart, "approve", "manager")
    assert order(cart).approval_state == "pending"


def test_a_held_order_says_what_stops_it_today_and_goes_on_when_goods_come(cast):
    db.run(set_limit, cast["finance"], NewLimit(cast.world.distributors["D1"], Decimal(100), "淡季"))
    cart = cast.fill(JG3025=96)
    assert cast.submit(cart).approval_state == "held"
    change_stock(cast.world.skus["JG3025"], -6)
    db.run(set_limit, cast["finance"], NewLimit(cast.world.distributors["D1"], Decimal(50000), "旺季"))
    for _again in range(2):
        db.run(retest_order, cast["rep"], cart)
    held = order(cart)
    assert (held.approval_state, [each["code"] for each in held.reasons]) == ("held", ["stock.short"])
    assert held.version == 4 and now_standing()[0] == 0
    change_stock(cast.world.skus["JG3025"], +6)
    db.run(retest_order, cast["rep"], cart)
    assert order(cart).approval_state == "approved" and now_standing()[0] == held.gross


def test_expired_goods_stay_and_an_old_or_doubled_payment_is_refused(cast):
    cart = cast.fill(CP0515=1)
    placed = cast.submit(cart)
    packed = [Packed(lines(cart)[0].id, 15, "L1", clock.today() - timedelta(days=1))]
    before = now_standing()
    with pytest.raises(Refused, match="shipment.expired"):
        db.run(ship_order, cast["warehouse"], Dispatch(cart, placed.version, "自送", "", packed))
    home = cast.world.distributors["D1"]
    with pytest.raises(Refused, match="payment.too_old"):
        db.run(record_payment, cast["finance"], Money(home, date(1900, 1, 1), Decimal(1), "B-1"))
    assert now_standing() == before
    db.run(record_payment, cast["finance"], Money(home, clock.today(), Decimal(1), "Bank 1"))
    with pytest.raises(Refused, match="payment.reference_used"):
        db.run(record_payment, cast["finance"], Money(home, clock.today(), Decimal(1), "ＢＡＮＫ  1"))
    assert now_standing()[0] == placed.gross - 1


def test_what_came_back_can_be_given_up(cast):
    change_setting("order.approve_above", "10.00")
    cart = cast.fill(CP0515=1)
    cast.submit(cart)
    db.run(withdraw_order, cast["buyer"], Seen(cart, order(cart).version))
    with pytest.raises(Refused, match="order.not_found"):
        db.run(cancel_order, cast["stranger"], Seen(cart, order(cart).version))
    db.run(cancel_order, cast["buyer"], Seen(cart, order(cart).version))
    assert order(cart).approval_state == "cancelled" and now_standing()[0] == 0


def test_what_was_typed_and_never_submitted_goes_with_an_order_that_is_given_up(cast):
    change_setting("order.approve_above", "10.00")
    cart = cast.fill(CP0515=2, SQ5524=10, QP3324=5)
    cast.submit(cart)
    db.run(withdraw_order, cast["buyer"], Seen(cart, order(cart).version))
    skus = cast.world.skus
    db.run(fill_cart, cast["buyer"], Wishes({skus["CP0515"]: 7, skus["SQ5524"]: 0, skus["JG3025"]: 1}, cart))
    db.run(cancel_order, cast["buyer"], Seen(cart, order(cart).version))
    assert [(line.sku_code, line.quantity, line.base_quantity) for line in lines(cart)] == [
        ("CP0515", 2, 30),
        ("QP3324", 5, 120),
    ]
    assert order(cart).gross == sum(line.gross for line in lines(cart)) > 0
    assert breaches() == []
