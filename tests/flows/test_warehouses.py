"""Several warehouses: who keeps what, who ships it, how goods move, are counted and sorted, and who waits for them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ops.worker import Worker
from tests.flows.cast import change_stock, lines, order
from tests.world import OPERATOR
from trade import clock, db
from trade.catalog.models import Sku
from trade.distributors.models import Distributor, Territory
from trade.errors import Refused
from trade.flows.allocate_order import Try, allocate_order
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.count_stock import Count, count_stock
from trade.flows.receive_transfer import Arrival, receive_transfer
from trade.flows.set_low_levels import LowLevels, set_low_levels
from trade.flows.shift_goods import Shift, shift_goods
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.sort_quarantine import Verdict, sort_quarantine
from trade.flows.transfer_stock import Transfer, transfer_stock
from trade.fulfilment.models import Shipment
from trade.inventory import stock
from trade.inventory.models import Stock, StockTransferLine, Warehouse, WarehouseTerritory
from trade.inventory.stock import Deed
from trade.notices.models import Notice
from trade.orders import allocation
from trade.orders.allocation import Step
from trade.orders.models import OrderEvent


def open_house(code: str, territory: str | None = None, priority: int = 1, **goods: int) -> int:
    """A second warehouse with goods, that serves a territory first."""

    def build(session, actor, given):
        house = Warehouse(code=code, name=f"{code}仓", priority=priority)
        session.add(house)
        session.flush()
        if territory:
            found = session.scalars(select(Territory.id).where(Territory.code == territory)).one()
            session.add(WarehouseTerritory(warehouse_id=house.id, territory_id=found))
        known = {sku.code: sku.id for sku in session.scalars(select(Sku))}
        stock.correct(session, Deed(f"open-{code}"), {(house.id, known[c]): n for c, n in goods.items()})
        return house.id

    return db.run(build, OPERATOR, None)


def kept(order_id: int) -> list[dict[int, int]]:
    """What each line has, by warehouse."""
    with db.read() as session:
        shares = allocation.of_order(session, order_id)
    return [shares.get(line.id, {}) for line in lines(order_id)]


def held(house: int, sku_id: int) -> tuple[int, int, int]:
    with db.read() as session:
        found = session.execute(
            select(Stock.on_hand, Stock.reserved, Stock.quarantine).where(
                Stock.warehouse_id == house, Stock.sku_id == sku_id
            )
        ).one_or_none()
    return tuple(found) if found else (0, 0, 0)


def policy(code: str) -> None:
    db.run(
        lambda session, actor, given: session.execute(update(Distributor).values(back_order_policy=given)),
        OPERATOR,
        code,
    )


def test_the_near_warehouse_serves_and_the_far_one_helps_out(cast):
    near = open_house("NEAR", "south", 9, CP0515=600, JG3025=30)
    whole = cast.fill(CP0515=40)
    cast.submit(whole)
    assert kept(whole) == [{near: 600}], "the territory goes before the priority"
    mixed = cast.fill(CP0515=10, JG3025=2)
    cast.submit(mixed)
    assert kept(mixed) == [{1: 150}, {1: 12}], "one warehouse that can fill all goes before two"
    split = cast.fill(JG3025=99)
    cast.submit(split)
    assert kept(split) == [{near: 30, 1: 564}]
    short = cast.fill(JG3025=1)
    with pytest.raises(Refused, match="order.lines_refused") as refusal:
        cast.submit(short)
    assert refusal.value.facts["lines"][0]["available"] == 0
    assert order(short).approval_state == "draft" and kept(short) == [{}]


def test_a_closed_warehouse_and_a_count_below_nothing_promise_nothing(cast):
    closed = open_house("OLD", None, 1, DJ4815=150)
    db.run(
        lambda session, actor, given: session.execute(
            update(Warehouse).where(Warehouse.id == closed).values(archived_at=clock.now())
        ),
        OPERATOR,
        None,
    )
    cart = cast.fill(DJ4815=1)
    with pytest.raises(Refused, match="order.lines_refused"):
        cast.submit(cart)
    open_house("NEW", None, 1, DJ4815=150)
    cast.submit(cart)
    assert order(cart).approval_state == "approved"


def test_each_warehouse_ships_what_it_keeps_and_the_rest_comes_back(cast):
    near = open_house("NEAR", "south", 1, JG3025=30)
    cart = cast.fill(JG3025=99)
    cast.submit(cart)
    (line,) = lines(cart)
    assert kept(cart) == [{near: 30, 1: 564}]
    parcel = Dispatch(cart, order(cart).version, "顺丰", "SF1", [Packed(line.id, 30)])
    with pytest.raises(Refused, match="shipment.one_warehouse"):
        db.run(ship_order, cast["warehouse"], parcel)
    with pytest.raises(Refused, match="shipment.kept_elsewhere"):
        db.run(ship_order, cast["warehouse"], replace(parcel, warehouse_id=near, lines=[Packed(line.id, 31)]))
    assert held(near, line.sku_id) == (30, 30, 0)
    shipment = db.run(ship_order, cast["warehouse"], replace(parcel, warehouse_id=near))
    with db.read() as session:
        assert session.scalars(select(Shipment.warehouse_id).where(Shipment.id == shipment)).one() == near
    assert kept(cart) == [{1: 564}] and held(near, line.sku_id) == (0, 0, 0)
    db.run(cancel_rest, cast["rep"], Cancellation(cart, order(cart).version, "卖完了"))
    assert kept(cart) == [{}] and held(1, line.sku_id) == (576, 0, 0)


def test_a_part_of_a_line_goes_to_another_warehouse_if_it_is_free_there(cast):
    far = open_house("FAR", "fuzhou", 9, CP0515=100)
    cart = cast.fill(CP0515=20)
    cast.submit(cart)
    (line,) = lines(cart)
    assert kept(cart) == [{1: 300}]
    before = order(cart).version
    for quantity, refused in ((101, "stock.not_free"), (301, "less_is_kept"), (0, "nothing_to_move")):
        with pytest.raises(Refused, match=refused):
            db.run(shift_goods, cast["warehouse"], Shift(cart, before, [Step(line.id, 1, far, quantity)]))
    assert kept(cart) == [{1: 300}] and order(cart).version == before
    db.run(shift_goods, cast["warehouse"], Shift(cart, before, [Step(line.id, 1, far, 100)]))
    assert kept(cart) == [{1: 200, far: 100}] and held(far, line.sku_id) == (100, 100, 0)
    with db.read() as session:
        event = session.scalars(select(OrderEvent).where(OrderEvent.action == "shift")).one()
    assert event.facts["lines"] == [{"sku": "CP0515", "quantity": 100, "to": "FAR仓"}]
    with pytest.raises(Refused, match="changed_meanwhile"):
        db.run(shift_goods, cast["warehouse"], Shift(cart, before, [Step(line.id, 1, far, 1)]))


def test_a_transfer_takes_only_what_is_free_and_a_shortfall_is_lost(cast):
    far = open_house("FAR")
    sku = cast.world.skus["JG3025"]
    cart = cast.fill(JG3025=90)
    cast.submit(cart)
    wanted = Transfer("k1", 1, far, {sku: 37})
    with pytest.raises(Refused, match="stock.not_free"):
        db.run(transfer_stock, cast["warehouse"], wanted)
    assert held(1, sku) == (576, 540, 0)
    transfer = db.run(transfer_stock, cast["warehouse"], replace(wanted, quantities={sku: 36}))
    assert db.run(transfer_stock, cast["warehouse"], replace(wanted, quantities={sku: 36})) == transfer
    assert held(1, sku) == (540, 540, 0) and held(far, sku) == (0, 0, 0)
    with db.read() as session:
        line = session.scalars(select(StockTransferLine)).one()
    with pytest.raises(Refused, match="more_than_sent"):
        db.run(receive_transfer, cast["warehouse"], Arrival(transfer, 1, {line.id: 37}))
    assert db.run(receive_transfer, cast["warehouse"], Arrival(transfer, 1, {line.id: 30})) == 6
    assert held(far, sku) == (30, 0, 0)
    with pytest.raises(Refused, match="arrived_before"):
        db.run(receive_transfer, cast["warehouse"], Arrival(transfer, 1, {}))
    assert held(far, sku) == (30, 0, 0)


def test_a_count_says_what_was_there_then_and_is_booked_once(cast):
    sku = cast.world.skus["CP0515"]
    then = clock.now()
    change_stock(sku, 100)
    with pytest.raises(Refused, match="count.in_future"):
        db.run(count_stock, cast["warehouse"], Count("k0", 1, clock.now() + timedelta(minutes=5), {sku: 1}))
    cart = cast.fill(CP0515=1000)
    cast.submit(cart)
    given = Count("k1", 1, then, {sku: 14_000, cast.world.skus["DJ4815"]: 0})
    count = db.run(count_stock, cast["warehouse"], given)
    assert db.run(count_stock, cast["warehouse"], given) == count
    assert held(1, sku) == (14_100, 15_000, 0), "what came after the count counts too; promises stay"


def test_quarantine_is_put_back_or_thrown_away_with_a_reason(cast):
    sku = cast.world.skus["DJ4815"]
    back = [(1, sku, 5, 20, "L1"), (1, sku, 0, 4, "L2")]
    db.run(lambda s, a, g: stock.take_back(s, Deed("return-1"), g), OPERATOR, back)
    assert held(1, sku) == (5, 0, 24)
    with pytest.raises(Refused, match="not_in_quarantine"):
        db.run(sort_quarantine, cast["warehouse"], Verdict("a", 1, sku, 25, True, "好的"))
    for _ in range(2):
        db.run(sort_quarantine, cast["warehouse"], Verdict("b", 1, sku, 10, True, "包装完好"))
    db.run(sort_quarantine, cast["warehouse"], Verdict("c", 1, sku, 14, False, "破损"))
    assert held(1, sku) == (15, 0, 0)


@pytest.mark.parametrize("rule, first, second", [("wait", {}, {1: 150}), ("partial", {1: 100}, {1: 150})])
def test_who_waits_gets_goods_when_they_come_and_is_told(cast, rule, first, second):
    policy(rule)
    sku = cast.world.skus["DJ4815"]
    cart = cast.fill(DJ4815=10, CP0515=1)
    cast.submit(cart)
    later = cast.fill(DJ4815=2)
    cast.submit(later)
    assert order(cart).approval_state == "approved" and kept(cart)[0] == {}
    db.run(count_stock, cast["warehouse"], Count("k1", 1, clock.now(), {sku: 100}))
    assert Worker().once().failed == 0
    assert kept(cart)[0] == first
    assert kept(later) == [{1: 30} if rule == "wait" else {}], "who came first goes first, if it helps"
    db.run(count_stock, cast["warehouse"], Count("k2", 1, clock.now(), {sku: 200}))
    Worker().once()
    assert kept(cart)[0] == second and kept(later) == [{1: 30}]
    assert db.run(allocate_order, OPERATOR, Try(cart)) == 0
    with db.read() as session:
        told = session.scalars(select(Notice.facts).where(Notice.topic == "order.allocated")).all()
    assert {fact["order_id"] for fact in told} == {cart, later}


def test_low_stock_is_told_once_for_each_fall(cast):
    sku = cast.world.skus["CP0515"]
    tell = LowLevels(1, {sku: 14_900}, seen={sku: None})
    assert db.run(set_low_levels, cast["warehouse"], tell) == 1
    with pytest.raises(Refused, match="rule_changed_meanwhile"):
        db.run(set_low_levels, cast["warehouse"], replace(tell, levels={sku: 3}))
    tally = []
    for quantity in (0, -200, 0, 200, -200):
        if quantity:
            change_stock(sku, quantity)
        Worker().once()
        with db.read() as session:
            low = select(Notice.person_id).where(Notice.topic == "stock.low")
            tally.append(session.scalars(low.where(Notice.person_id == cast["warehouse"].person_id)).all())
    assert [len(each) for each in tally] == [0, 1, 1, 1, 2]
