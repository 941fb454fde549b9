"""What makes a person decide, wait or refuse: visibility, authorisation, back orders, blocks, deadlines, days."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select

from ops.deeds import DEEDS
from ops.worker import Worker
from tests.flows.cast import change_setting, lines, now_standing, order
from tests.world import LONG_AGO, OPERATOR
from trade import clock, db
from trade.approvals.inbox import listing
from trade.catalog.models import Category, Sku, VisibilityRule
from trade.credit.models import CreditAccount, CreditDecision
from trade.distributors.models import Authorisation, Distributor, Territory
from trade.errors import Refused
from trade.flows.set_credit import Block, NewLimit, set_block, set_limit
from trade.people.models import Person


def make(*rows):
    """Write rows as an administrator's page will."""

    def write(session, actor, given):
        session.add_all(each() if callable(each) else each for each in rows)

    db.run(write, OPERATOR, None)


def change(model, row_id, **values):
    def write(session, actor, given):
        row = session.scalars(select(model).where(model.id == row_id)).one()
        for name, value in values.items():
            setattr(row, name, value)

    db.run(write, OPERATOR, None)


def id_of(model, code):
    with db.read() as session:
        return session.scalars(select(model.id).where(model.code == code)).one()


def test_a_restricted_sku_opens_by_tier_by_territory_above_and_to_nobody_else(cast):
    cast.fill("buyer", VIP001=1)
    with pytest.raises(Refused, match="sku.not_found"):
        cast.fill("stranger", VIP001=1)
    make(VisibilityRule(sku_id=cast.world.skus["VIP001"], territory_id=id_of(Territory, "south")))
    cast.fill("stranger", VIP001=1)
    change(Sku, cast.world.skus["CP0515"], is_restricted=True)
    with pytest.raises(Refused, match="sku.not_found"):
        cast.fill("buyer", CP0515=1)
    make(VisibilityRule(sku_id=cast.world.skus["CP0515"], territory_id=id_of(Territory, "fuzhou")))
    with pytest.raises(Refused, match="sku.not_found"):
        cast.fill("buyer", CP0515=1)
    cast.fill("stranger", CP0515=1)


def test_what_lies_outside_the_authorisation_waits_for_a_person(cast):
    home, drinks = cast.world.distributors["D1"], id_of(Category, "drinks")
    make(Authorisation(distributor_id=home, category_id=drinks, valid_from=LONG_AGO))
    cart = cast.fill(CP0515=1)
    assert cast.submit(cart).approval_state == "approved"
    cart = cast.fill(CP0515=1, JG3025=1)
    placed = cast.submit(cart)
    assert placed.approval_state == "pending"
    assert [(each["code"], each["skus"]) for each in placed.reasons] == [("order.unauthorised", ["JG3025"])]


@pytest.mark.parametrize("policy, reserved", [("wait", 0), ("partial", 576)])
def test_who_waits_for_goods_takes_credit_for_all_and_stock_for_what_is_there(cast, policy, reserved):
    change(Distributor, cast.world.distributors["D1"], back_order_policy=policy)
    cart = cast.fill(JG3025=100, CP0515=1)
    placed = cast.submit(cart)
    assert placed.approval_state == "approved"
    assert [line.reserved for line in lines(cart)] == [reserved, 15]
    used, stock = now_standing()
    assert used == placed.gross and stock["JG3025"] == (576, reserved)


def test_a_block_by_hand_holds_new_orders_and_lifting_it_lets_them_go(cast):
    home = cast.world.distributors["D1"]
    db.run(set_block, cast["finance"], Block(home, True, "核对账务"))
    cart = cast.fill(CP0515=1)
    assert cast.submit(cart).approval_state == "held"
    assert order(cart).reasons[0]["code"] == "credit.manual" and now_standing()[0] == 0
    db.run(set_block, cast["finance"], Block(home, False, "核对完了"))
    Worker(deeds=DEEDS).once()
    assert order(cart).approval_state == "approved" and now_standing()[0] == order(cart).gross
    with db.read() as session:
        outcomes = session.scalars(select(CreditDecision.outcome).order_by(CreditDecision.id)).all()
    assert outcomes == ["blocked", "taken"]


def test_a_suspended_distributor_is_refused_and_keeps_the_cart(cast):
    cart = cast.fill(CP0515=1)
    change(Distributor, cast.world.distributors["D1"], status="suspended")
    with pytest.raises(Refused, match="distributor.suspended"):
        cast.submit(cart)
    assert order(cart).approval_state == "draft" and len(lines(cart)) == 1 and now_standing()[0] == 0


def inbox(cast, who):
    with db.read() as session:
        return [each.request.subject_id for each in listing(session, cast[who], "order")[0]]


def test_an_order_that_nobody_decides_climbs_and_is_given_back_in_the_end(cast):
    change_setting("order.approve_above", "10.00")
    cart = cast.fill(CP0515=1)
    begun = clock.now()
    cast.submit(cart)
    seen = [(inbox(cast, who) == [cart]) for who in ("rep", "manager", "administrator")]
    assert seen == [True, False, False]
    for hours, wanted in ((25, [True, True, False]), (50, [True, True, True])):
        with time_machine.travel(begun + timedelta(hours=hours), tick=True):
            Worker(deeds=DEEDS).once()
            assert [inbox(cast, who) == [cart] for who in ("rep", "manager", "administrator")] == wanted
    with time_machine.travel(begun + timedelta(hours=73), tick=True):
        Worker(deeds=DEEDS).once()
        assert order(cart).approval_state == "returned" and now_standing()[0] == 0
        assert now_standing()[1]["CP0515"] == (15000, 0)


def test_without_a_rep_who_can_decide_the_manager_is_asked_first(cast):
    change_setting("order.approve_above", "10.00")
    change(Person, cast.world.people["rep"], is_active=False)
    cart = cast.fill(CP0515=1)
    cast.submit(cart)
    assert inbox(cast, "manager") == [cart] and inbox(cast, "administrator") == []
    assert cast.decide(cart, "approve", "manager").approval_state == "approved"


def test_a_temporary_limit_ends_with_its_last_day(cast):
    home = cast.world.distributors["D1"]
    db.run(set_limit, cast["finance"], NewLimit(home, Decimal(100), "淡季"))
    until = clock.today() + timedelta(days=3)
    db.run(set_limit, cast["finance"], NewLimit(home, Decimal(1000), "双十二", until))
    cart = cast.fill(CP0515=10)
    assert cast.submit(cart).approval_state == "approved"
    with time_machine.travel(clock.now() + timedelta(days=4), tick=True):
        cart = cast.fill(CP0515=1)
        assert cast.submit(cart).approval_state == "held"
        with db.read() as session:
            account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == home)).one()
        assert (account.effective_limit, account.as_of) == (100, clock.today())
