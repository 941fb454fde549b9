"""A cart that goes to several places: divided, foreseen and submitted as orders of their own, on both databases."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from tests.flows.cast import change_setting, change_stock, lines, now_standing, order
from trade import clock, db
from trade.credit.models import CreditDecision
from trade.distributors.models import Address, Distributor
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.flows.fill_cart import Addition, Delivery, Wishes, add_to_cart, empty_cart, fill_cart, set_delivery
from trade.flows.split_cart import Change, Division, add_delivery, divide_line, remove_delivery
from trade.flows.submit_order import Submission, submit_order
from trade.orders import basket, deliveries, queries
from trade.orders.deliveries import Place
from trade.orders.delivery import Wanted
from trade.orders.models import CartDelivery, Order
from trade.orders.queries import Seen

TYPED = Wanted(None, None, "")


def look(question):
    with db.read() as session:
        return question(session)


def alter(*statements):
    db.run(lambda session, actor, given: [session.execute(each) for each in statements] and None, None, None)


@pytest.fixture
def addresses(cast):
    """Three places of D1 and one of D2."""

    def build(session, actor, given):
        rows = [
            Address(distributor_id=cast.world.distributors[code], contact_name=name, line=f"{name}路 1 号")
            for code, name in (("D1", "城东店"), ("D1", "城西店"), ("D1", "冷库"), ("D2", "别家"))
        ]
        session.add_all(rows)
        session.flush()
        return {row.contact_name: row.id for row in rows}

    return db.run(build, None, None)


def add_place(cast, order_id, further=None, typed=TYPED):
    change = Change(order_id, order(order_id).version, typed, further or {})
    return db.run(add_delivery, cast["buyer"], change)


def put(cast, order_id, code, quantity, to_no, from_no=1):
    version, sku_id = order(order_id).version, cast.world.skus[code]
    db.run(divide_line, cast["buyer"], Division(order_id, version, sku_id, from_no, to_no, quantity))


def shared(cast, order_id):
    codes = {key: code for code, key in cast.world.skus.items()}
    found = {}
    for line in lines(order_id):
        assert line.base_quantity == line.quantity * line.factor
        found.setdefault(line.delivery_no, {})[codes[line.sku_id]] = line.quantity
    return found


def basket_of(cast):
    def load(session):
        day = clock.today()
        terms = terms_of(session, cast.world.distributors["D1"], day)
        return basket.load(session, cast["buyer"], terms, day)

    return look(load)


def orders():
    return look(lambda session: session.scalars(select(Order).order_by(Order.id)).all())


def refused(code, flow, actor, given):
    with pytest.raises(Refused) as told:
        db.run(flow, actor, given)
    assert told.value.code == code
    return told.value.facts


def submit(cast, order_id, **more):
    return db.run(submit_order, cast["buyer"], Submission(order_id, order(order_id).version, **more))


def test_a_part_goes_elsewhere_and_the_sum_stays(cast, addresses):
    cart = cast.fill(CP0515=10, SQ5524=20)
    there = add_place(cast, cart)
    put(cast, cart, "CP0515", 4, there)
    put(cast, cart, "SQ5524", 20, there)
    assert shared(cast, cart) == {1: {"CP0515": 6}, there: {"CP0515": 4, "SQ5524": 20}}
    put(cast, cart, "CP0515", 1, 1, from_no=there)
    assert shared(cast, cart) == {1: {"CP0515": 7}, there: {"CP0515": 3, "SQ5524": 20}}
    seen = basket_of(cast)
    assert seen.quantities == {cast.world.skus["CP0515"]: 10, cast.world.skus["SQ5524"]: 20}
    assert [part.outlook.outcome for part in seen.parts] == ["approved", "approved"]
    # ten in one order would have reached the break: 10 × 42.30 against 10 × 43.20
    assert seen.apart == {cast.world.skus["CP0515"]: Decimal("9.00")}
    assert look(lambda session: session.scalar(select(queries.cart_lines(cast["buyer"])))) == 2
    change = Change(cart, order(cart).version, TYPED, {}, there)
    db.run(remove_delivery, cast["buyer"], change)
    assert shared(cast, cart) == {1: {"CP0515": 10, "SQ5524": 20}}
    refused("order.changed_meanwhile", remove_delivery, cast["buyer"], change)
    change = Change(cart, order(cart).version, TYPED, {}, there)
    refused("cart.delivery_gone", remove_delivery, cast["buyer"], change)
    again = add_place(cast, cart)
    assert again != there  # an old page never means the new place


def test_elsewhere_in_the_shop_the_sum_counts(cast, addresses):
    cart = cast.fill(CP0515=10)
    there = add_place(cast, cart)
    put(cast, cart, "CP0515", 4, there)
    cast.fill(CP0515=12)
    assert shared(cast, cart) == {1: {"CP0515": 8}, there: {"CP0515": 4}}
    cast.fill(CP0515=3)
    assert shared(cast, cart) == {there: {"CP0515": 3}}
    db.run(add_to_cart, cast["buyer"], Addition({cast.world.skus["CP0515"]: 2}, "once"))
    assert shared(cast, cart) == {1: {"CP0515": 2}, there: {"CP0515": 3}}
    sku_id = cast.world.skus["CP0515"]
    db.run(fill_cart, cast["buyer"], Wishes({sku_id: 7}, delivery_no=there))
    assert shared(cast, cart) == {1: {"CP0515": 2}, there: {"CP0515": 7}}
    before = shared(cast, cart)
    refused("cart.delivery_gone", fill_cart, cast["buyer"], Wishes({sku_id: 7}, delivery_no=there + 90))
    refused("cart.line_too_large", fill_cart, cast["buyer"], Wishes({sku_id: 99_998}, delivery_no=there))
    assert shared(cast, cart) == before
    cast.fill(CP0515=0)
    assert shared(cast, cart) == {}
    db.run(empty_cart, cast["buyer"], Seen(cart, order(cart).version))
    assert look(lambda session: session.scalar(select(func.count(CartDelivery.id)))) == 0


def test_what_cannot_be_divided_changes_nothing(cast, addresses):
    cart = cast.fill(CP0515=10)
    there = add_place(cast, cart)
    before, version, sku_id = shared(cast, cart), order(cart).version, cast.world.skus["CP0515"]
    buyer = cast["buyer"]
    for quantity in (0, -1, 11):
        refused(
            "cart.less_lies_there", divide_line, buyer, Division(cart, version, sku_id, 1, there, quantity)
        )
    refused("cart.delivery_gone", divide_line, buyer, Division(cart, version, sku_id, 1, 77, 1))
    refused("order.changed_meanwhile", divide_line, buyer, Division(cart, version - 1, sku_id, 1, there, 1))
    refused("order.changed_meanwhile", divide_line, buyer, Division(cart, version, sku_id, there, 1, 1))
    refused("order.not_found", divide_line, cast["stranger"], Division(cart, version, sku_id, 1, there, 1))
    refused("order.not_found", add_delivery, cast["stranger"], Change(cart, version, TYPED, {}))
    strange = {there: Place(addresses["别家"], None)}
    refused("address.not_found", set_delivery, buyer, Delivery(cart, version, None, None, "", strange))
    late = {there: Place(addresses["冷库"], clock.today() - timedelta(days=1))}
    facts = refused(
        "order.wanted_too_early", set_delivery, buyer, Delivery(cart, version, None, None, "", late)
    )
    assert facts["field"] == f"d{there}-wanted_date"
    assert (shared(cast, cart), order(cart).version) == (before, version)
    for _more in range(deliveries.MOST - 2):
        add_place(cast, cart)
    change = Change(cart, order(cart).version, TYPED, {})
    refused("cart.too_many_deliveries", add_delivery, buyer, change)


def test_every_place_becomes_an_order_once(cast, addresses):
    cart = cast.fill(CP0515=30, SQ5524=20, QP3324=5)
    day = clock.today() + timedelta(days=3)
    typed = Wanted(addresses["城东店"], None, "上午送")
    second = add_place(cast, cart, typed=typed)
    third = add_place(cast, cart, typed=typed)
    put(cast, cart, "CP0515", 10, second)
    put(cast, cart, "CP0515", 5, third)
    put(cast, cart, "QP3324", 5, third)
    expected, version, seen = shared(cast, cart), order(cart).version, basket_of(cast)
    further = {second: Place(addresses["城西店"], day), third: Place(addresses["冷库"], None)}
    given = Submission(cart, version, seen.outlook.gross, typed, further)
    receipts = [db.run(submit_order, cast["buyer"], given) for _tap in range(2)]
    assert [receipt.is_repeat for receipt in receipts] == [False, True]
    made = orders()
    assert [each.approval_state for each in made] == ["approved"] * 3
    assert made[0].id == cart and {each.together_id for each in made} == {cart}
    assert [shared(cast, each.id) for each in made] == [{1: expected[no]} for no in (1, second, third)]
    assert [each.address_id for each in made] == [addresses[name] for name in ("城东店", "城西店", "冷库")]
    assert [each.ship_to for each in made] == ["城东店路 1 号", "城西店路 1 号", "冷库路 1 号"]
    assert [each.wanted_date for each in made] == [None, day, None]
    assert {each.remark for each in made} == {"上午送"} and {each.buyer_id for each in made} == {
        cast["buyer"].person_id
    }
    numbers = [int(each.number.rsplit("-")[1]) for each in made]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert list(receipts[0].numbers) == [each.number for each in made]
    assert [each.gross for each in made] == [part.outlook.gross for part in seen.parts]
    assert sum(each.gross for each in made) == seen.outlook.gross
    used, _stock = now_standing()
    assert used == seen.outlook.gross
    assert look(lambda session: session.scalar(select(func.count(CartDelivery.id)))) == 0
    assert look(lambda session: queries.find_cart(session, cast["buyer"])) is None
    told = look(lambda session: deliveries.of_submission(session, made[1]))
    assert [each.id for each in told] == [each.id for each in made]


def test_an_order_without_credit_is_held_while_others_pass(cast, addresses):
    cart = cast.fill(CP0515=600, SQ5524=2000, JG3025=20)
    second, third = add_place(cast, cart), add_place(cast, cart)
    put(cast, cart, "SQ5524", 2000, second)  # 48,000 is too much after the first
    put(cast, cart, "JG3025", 20, third)
    seen = basket_of(cast)
    assert [part.outlook.outcome for part in seen.parts] == ["approved", "held", "approved"]
    assert seen.outlook.outcome == "held" and seen.outlook.over > 0
    submit(cast, cart)
    made = orders()
    assert [each.approval_state for each in made] == ["approved", "held", "approved"]
    assert [each.is_taken for each in made] == [True, False, True]
    assert made[1].reasons[0]["code"] == "credit.over_limit"
    assert Decimal(made[1].reasons[0]["over"]) == seen.parts[1].outlook.over
    assert now_standing()[0] == made[0].gross + made[2].gross
    outcomes = look(lambda session: session.scalars(select(CreditDecision.outcome)).all())
    assert sorted(outcomes) == ["over_limit", "taken", "taken"]


def test_a_large_part_is_decided_by_a_person_and_the_small_one_passes(cast, addresses):
    change_setting("order.approve_above", "1000.00")
    cart = cast.fill(CP0515=40)
    put(cast, cart, "CP0515", 10, add_place(cast, cart))
    assert [part.outlook.outcome for part in basket_of(cast).parts] == ["pending", "approved"]
    submit(cast, cart)
    assert [each.approval_state for each in orders()] == ["pending", "approved"]


def test_a_refused_line_keeps_the_whole_cart(cast, addresses):
    cart = cast.fill(CP0515=10, SQ5524=12)
    there = add_place(cast, cart)
    put(cast, cart, "SQ5524", 4, there)  # below 10 at both places
    seen = basket_of(cast)
    assert [part.outlook.outcome for part in seen.parts] == ["refused", "refused"]
    before = shared(cast, cart), order(cart).version, now_standing()
    facts = refused("order.lines_refused", submit_order, cast["buyer"], Submission(cart, order(cart).version))
    assert [each["code"] for each in facts["lines"]] == ["sku.below_moq"] * 2
    assert (shared(cast, cart), order(cart).version, now_standing()) == before
    assert len(orders()) == 1 and order(cart).approval_state == "draft"
    cast.fill(SQ5524=0)
    given = Submission(cart, order(cart).version, seen_gross=Decimal("1.00"))
    refused("order.price_changed", submit_order, cast["buyer"], given)
    assert len(orders()) == 1


def test_the_same_goods_are_not_promised_twice(cast, addresses):
    cart = cast.fill(JG3025=90)  # 96 cases are there
    there = add_place(cast, cart)
    put(cast, cart, "JG3025", 40, there)
    db.run(fill_cart, cast["buyer"], Wishes({cast.world.skus["JG3025"]: 50}, delivery_no=there))
    seen = basket_of(cast)
    assert [part.outlook.outcome for part in seen.parts] == ["approved", "refused"]
    ((problem,),) = seen.outlook.problems.values()
    assert (problem["code"], problem["available"]) == ("stock.short", (96 - 50) * 6)
    before = now_standing()
    refused("order.lines_refused", submit_order, cast["buyer"], Submission(cart, order(cart).version))
    assert now_standing() == before and len(orders()) == 1
    alter(update(Distributor).where(Distributor.code == "D1").values(back_order_policy="partial"))
    seen = basket_of(cast)
    assert [part.outlook.outcome for part in seen.parts] == ["approved", "approved"]
    assert list(seen.outlook.waiting.values()) == [4 * 6]
    submit(cast, cart)
    assert [lines(each.id)[0].reserved for each in orders()] == [50 * 6, 46 * 6]


def test_goods_that_an_order_on_hold_does_not_take_are_left_to_the_next(cast, addresses):
    alter(update(Distributor).where(Distributor.code == "D1").values(back_order_policy="wait"))
    cart = cast.fill(JG3025=90, SQ5524=2000)
    there = add_place(cast, cart)
    put(cast, cart, "JG3025", 80, there)
    db.run(fill_cart, cast["buyer"], Wishes({cast.world.skus["JG3025"]: 50}, delivery_no=1))
    change_stock(cast.world.skus["JG3025"], -96 * 6 + 80 * 6)
    seen = basket_of(cast)  # 48,000 + 4,125 is over the limit, 6,600 is not
    assert [part.outlook.outcome for part in seen.parts] == ["held", "approved"]
    assert not seen.parts[1].outlook.waiting
    submit(cast, cart)
    assert [each.approval_state for each in orders()] == ["held", "approved"]
    assert lines(orders()[1].id)[0].reserved == 80 * 6


def test_a_first_place_without_goods_makes_no_order(cast, addresses):
    cart = cast.fill(CP0515=10)
    there = add_place(cast, cart)
    put(cast, cart, "CP0515", 10, there)
    submit(cast, cart, further={there: Place(addresses["冷库"], None)})
    (made,) = orders()
    assert (made.id, made.address_id, made.together_id) == (cart, addresses["冷库"], None)
    assert shared(cast, cart) == {1: {"CP0515": 10}} and made.approval_state == "approved"


def test_two_taps_at_once_make_the_orders_once(cast, addresses):
    cart = cast.fill(CP0515=10, SQ5524=20)
    put(cast, cart, "SQ5524", 20, add_place(cast, cart))
    given = Submission(cart, order(cart).version)
    gate, answers = threading.Barrier(3), []

    def tap():
        gate.wait()
        answers.append(db.run(submit_order, cast["buyer"], given))

    taps = [threading.Thread(target=tap) for _tap in range(3)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    assert sorted(answer.is_repeat for answer in answers) == [False, True, True]
    assert [each.approval_state for each in orders()] == ["approved", "approved"]
    assert now_standing()[0] == sum(each.gross for each in orders())


def test_carts_with_crossed_goods_do_not_wait_for_each_other_forever(cast, addresses):
    """Two people whose orders want the same goods in opposite sequence: both get them."""
    carts = {}
    for who, first, second in (("buyer", "CP0515", "SQ5524"), ("owner", "SQ5524", "CP0515")):
        carts[who] = cast.fill(who, **{first: 10, second: 10})
        change = Change(carts[who], order(carts[who]).version, TYPED, {})
        there = db.run(add_delivery, cast[who], change)
        version, sku_id = order(carts[who]).version, cast.world.skus[second]
        db.run(divide_line, cast[who], Division(carts[who], version, sku_id, 1, there, 10))
    gate = threading.Barrier(2)

    def tap(who):
        gate.wait()
        db.run(submit_order, cast[who], Submission(carts[who], order(carts[who]).version))

    taps = [threading.Thread(target=tap, args=(who,)) for who in carts]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    assert [each.approval_state for each in orders()] == ["approved"] * 4


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.integers(1, 12), st.integers(1, 99_999), max_size=6),
    st.integers(0, 99_999),
)
def test_any_sum_is_shared_out_whole(there, wanted):
    after = deliveries.spread(there, wanted)
    assert sum(after.values()) == wanted and min(after.values()) >= 0
    assert after.keys() == there.keys() | {1}
    if wanted >= sum(there.values()):
        assert all(after[place] == units for place, units in there.items() if place != 1)
