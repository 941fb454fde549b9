"""An approved order is changed before it is shipped: priced and tested anew, all of it or nothing, on both databases."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from tests.flows.cast import Cast, change_setting, change_stock, lines, now_standing, order
from tests.world import OPERATOR
from trade import db
from trade.amendments import changes
from trade.amendments.models import Amendment, AmendmentLine
from trade.approvals.models import ApprovalRequest
from trade.books.models import LedgerEntry
from trade.db import read
from trade.distributors.models import Distributor
from trade.errors import Refused
from trade.flows.amend_order import NewAmendment, amend_order
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.decide_amendment import AmendmentDecision, decide_amendment
from trade.flows.set_credit import Block, set_block
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.withdraw_amendment import SeenAmendment, expire_amendment, withdraw_amendment
from trade.orders.models import OrderEvent, OrderLine


def approved(cast: Cast, **quantities: int) -> int:
    return cast.submit(cast.fill(**(quantities or {"CP0515": 10, "SQ5524": 20}))).id


def amend(cast: Cast, order_id: int, who: str = "rep", seen: Decimal | None = None, **quantities: int) -> int:
    wanted = {cast.world.skus[code]: quantity for code, quantity in quantities.items()}
    given = NewAmendment(order_id, order(order_id).version, wanted, "客户改单", seen)
    return db.run(amend_order, cast[who], given)


def amendment(amendment_id: int) -> Amendment:
    with read() as session:
        return session.scalars(select(Amendment).where(Amendment.id == amendment_id)).one()


def everything() -> tuple[object, ...]:
    """What a refusal must leave as it was."""
    with read() as session:
        rows = [
            tuple(session.execute(select(model.__table__).order_by(model.__table__.c.id)).all())
            for model in (OrderLine, OrderEvent, LedgerEntry, Amendment, AmendmentLine, ApprovalRequest)
        ]
    return (*rows, now_standing())


def test_more_of_one_less_of_another_and_a_new_one(cast):
    order_id = approved(cast)
    before = order(order_id)
    amend(cast, order_id, CP0515=50, SQ5524=10, QP3324=5)
    after, rows = order(order_id), {line.sku_code: line for line in lines(order_id)}
    assert rows["CP0515"].price == Decimal("41.50") and rows["CP0515"].quantity == 50
    assert (rows["SQ5524"].quantity, rows["QP3324"].quantity) == (10, 5)
    assert after.gross == sum(line.gross for line in rows.values()) != before.gross
    assert {code: line.reserved for code, line in rows.items()} == {
        "CP0515": 750,
        "SQ5524": 240,
        "QP3324": 120,
    }
    used, _stock = now_standing()
    assert used == after.gross
    assert after.version == before.version + 1 and after.approval_state == "approved"


def test_what_is_not_changed_keeps_its_price(cast):
    order_id = approved(cast)

    def dearer(session, actor, given):
        session.execute(update(changes.pricing.queries.PriceRow).values(price=Decimal("60.00")))

    db.run(dearer, OPERATOR, None)
    amend(cast, order_id, SQ5524=30)
    rows = {line.sku_code: line for line in lines(order_id)}
    assert rows["CP0515"].price == Decimal("42.30") and rows["SQ5524"].price == Decimal("60.00")


def test_a_line_taken_out_stays_to_be_seen_and_can_come_back(cast):
    order_id = approved(cast)
    amend(cast, order_id, SQ5524=0)
    gone = next(line for line in lines(order_id) if line.sku_code == "SQ5524")
    assert (gone.cancelled, gone.reserved, gone.cancelled_gross) == (gone.base_quantity, 0, gone.gross)
    used, _stock = now_standing()
    assert used == order(order_id).gross - gone.gross
    amend(cast, order_id, SQ5524=12)
    back = next(line for line in lines(order_id) if line.sku_code == "SQ5524")
    assert (back.quantity, back.cancelled, back.reserved) == (12, 0, 288)


def test_the_last_line_is_cancelled_not_amended(cast):
    order_id = approved(cast, CP0515=10)
    before = everything()
    with pytest.raises(Refused, match="order.lines_refused"):
        amend(cast, order_id, CP0515=0)
    assert everything() == before


@pytest.mark.parametrize(
    ("quantities", "code"),
    [
        ({"CP0515": 900, "SQ5524": 1000}, "amendment.over_limit"),
        ({"DJ4815": 1}, "order.lines_refused"),  # none in stock
        ({"QP3324": 7}, "order.lines_refused"),  # off its multiple
        ({"NOPRICE": 1}, "order.lines_refused"),
        ({"CP0515": 10}, "amendment.nothing_changed"),
        ({"CP0515": 11}, "order.price_changed"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_everything(cast, quantities, code):
    order_id = approved(cast)
    before = everything()
    seen = Decimal("1.00") if code == "order.price_changed" else None
    with pytest.raises(Refused, match=code):
        amend(cast, order_id, seen=seen, **quantities)
    assert everything() == before


def test_nothing_more_is_taken_while_blocked_but_less_is(cast):
    order_id = approved(cast)
    db.run(set_block, cast["finance"], Block(cast.world.distributors["D1"], True, "逾期"))
    before = everything()
    with pytest.raises(Refused, match="amendment.blocked"):
        amend(cast, order_id, CP0515=20)
    assert everything() == before
    amend(cast, order_id, CP0515=5)
    assert next(line for line in lines(order_id) if line.sku_code == "CP0515").quantity == 5


def test_a_line_under_way_stays_the_others_can_change(cast):
    order_id = approved(cast)
    first = lines(order_id)[0]
    parcel = Dispatch(order_id, order(order_id).version, "顺丰", "SF1", [Packed(first.id, 15)])
    db.run(ship_order, cast["warehouse"], parcel)
    before = everything()
    with pytest.raises(Refused, match="order.lines_refused"):
        amend(cast, order_id, CP0515=20)
    assert everything() == before
    amend(cast, order_id, SQ5524=25)
    assert order(order_id).fulfilment == "partial"


def test_a_distributor_that_waits_waits_for_more_too(cast):
    def waits(session, actor, given):
        session.execute(update(Distributor).values(back_order_policy="partial"))

    db.run(waits, OPERATOR, None)
    order_id = approved(cast)
    change_stock(cast.world.skus["SQ5524"], -47_000)
    amend(cast, order_id, SQ5524=100)
    line = next(line for line in lines(order_id) if line.sku_code == "SQ5524")
    assert line.base_quantity == 2400 and line.reserved == 1000


def test_a_distributor_asks_and_the_brand_decides(cast):
    order_id = approved(cast)
    before = now_standing()
    amendment_id = amend(cast, order_id, "buyer", CP0515=20)
    assert (amendment(amendment_id).state, now_standing()) == ("pending", before)
    with pytest.raises(Refused, match="amendment.waits_already"):
        amend(cast, order_id, "rep", CP0515=30)
    decision = AmendmentDecision(amendment_id, 1, "approve", "", amendment(amendment_id).gross_after)
    with pytest.raises(Refused, match="approval.not_yours"):
        db.run(decide_amendment, cast["finance"], decision)
    db.run(decide_amendment, cast["rep"], decision)
    assert amendment(amendment_id).state == "applied"
    assert lines(order_id)[0].quantity == 20
    with pytest.raises(Refused, match="approval.not_open"):
        db.run(decide_amendment, cast["rep"], decision)


def test_a_large_change_of_the_rep_is_decided_by_another(cast):
    order_id = approved(cast)
    change_setting("order.approve_above", "1000.00")
    amendment_id = amend(cast, order_id, CP0515=30)
    decision = AmendmentDecision(amendment_id, 1, "reject", "不行")
    with pytest.raises(Refused, match="approval.not_yours"):
        db.run(decide_amendment, cast["rep"], decision)
    db.run(decide_amendment, cast["manager"], decision)
    assert amendment(amendment_id).state == "rejected" and lines(order_id)[0].quantity == 10


def test_a_waiting_change_can_be_withdrawn_and_ends_by_itself(cast):
    order_id = approved(cast)
    first = amend(cast, order_id, "buyer", CP0515=20)
    with pytest.raises(Refused, match="amendment.not_found"):
        db.run(withdraw_amendment, cast["stranger"], SeenAmendment(first, 1))
    db.run(withdraw_amendment, cast["buyer"], SeenAmendment(first, 1))
    second = amend(cast, order_id, "buyer", CP0515=20)
    db.run(expire_amendment, OPERATOR, SeenAmendment(second, 1))
    assert (amendment(first).state, amendment(second).state) == ("withdrawn", "expired")
    with read() as session:
        assert set(session.scalars(select(ApprovalRequest.state))) == {"withdrawn", "expired"}


def test_an_old_version_and_a_stranger_change_nothing(cast):
    order_id = approved(cast)
    stale = order(order_id).version
    amend(cast, order_id, CP0515=12)
    before = everything()
    sku = cast.world.skus["CP0515"]
    with pytest.raises(Refused, match="order.changed_meanwhile"):
        db.run(amend_order, cast["rep"], NewAmendment(order_id, stale, {sku: 13}, "又改"))
    with pytest.raises(Refused, match="order.not_found"):
        amend(cast, order_id, "stranger", CP0515=13)
    with pytest.raises(Refused, match="order.not_found"):
        amend(cast, order_id, "other-rep", CP0515=13)
    db.run(cancel_rest, cast["rep"], Cancellation(order_id, order(order_id).version, "卖完了"))
    after = everything()
    with pytest.raises(Refused, match="order.changed_meanwhile"):
        amend(cast, order_id, CP0515=13)
    assert before != after == everything()


STEPS = st.lists(
    st.dictionaries(st.sampled_from(["CP0515", "SQ5524", "QP3324"]), st.integers(0, 12), min_size=1),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_run_of_changes_leaves_credit_and_goods_as_the_lines_say(cast, steps):
    order_id = approved(cast)
    for step in steps:
        wanted = {code: quantity * (5 if code == "QP3324" else 1) for code, quantity in step.items()}
        try:
            amend(cast, order_id, **wanted)
        except Refused as refusal:
            assert refusal.code in {"order.lines_refused", "amendment.nothing_changed"}
    rows = lines(order_id)
    assert order(order_id).gross == sum(line.gross for line in rows)
    assert all(line.reserved == line.base_quantity - line.cancelled for line in rows)
    db.run(cancel_rest, cast["rep"], Cancellation(order_id, order(order_id).version, "收尾"))
    used, stock = now_standing()
    assert used == 0 and all(reserved == 0 for _on_hand, reserved in stock.values())
