"""Many at once over the same goods, in threads on both databases: never more than there is; each guard has a twin without it."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.flows.cast import lines, order
from tests.flows.test_warehouses import held, kept, open_house, policy
from tests.world import OPERATOR
from trade import clock, db
from trade.errors import Refused
from trade.flows.allocate_order import Try, allocate_order
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.count_stock import Count, count_stock
from trade.flows.receive_transfer import Arrival, receive_transfer
from trade.flows.shift_goods import Shift, shift_goods
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.flows.sort_quarantine import Verdict, sort_quarantine
from trade.flows.transfer_stock import Transfer, transfer_stock
from trade.inventory import stock
from trade.inventory.models import Stock, StockTransfer
from trade.inventory.queries import Free
from trade.inventory.stock import Deed
from trade.orders import allocation
from trade.orders.allocation import Step
from trade.verify.everything import INVARIANTS

Tap = Callable[[], object]


def at_once(taps: list[Tap]) -> tuple[int, int]:
    """How many got through, and how many were refused."""

    def one(tap: Tap) -> bool:
        try:
            return tap() != 0
        except Refused:
            return False

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(one, taps))
    return done.count(True), done.count(False)


def oversold() -> list[tuple[int, int]]:
    with db.read() as session:
        bad = select(Stock.on_hand, Stock.reserved).where(Stock.on_hand < Stock.reserved)
        return [tuple(row) for row in session.execute(bad)]


def waiting_for(cast, count: int) -> list[int]:
    policy("partial")
    orders = []
    for _ in range(count):
        cart = cast.fill(DJ4815=2)
        cast.submit(cart)
        orders.append(cart)
    sku = cast.world.skus["DJ4815"]
    db.run(lambda s, a, g: stock.correct(s, Deed("came"), {(1, sku): 75}), OPERATOR, None)
    return orders


def test_two_allocators_share_out_what_came_and_no_more(cast):
    orders = waiting_for(cast, 4)
    at_once([lambda o=o: db.run(allocate_order, cast["warehouse"], Try(o)) for o in orders * 2])
    assert sum(sum(kept(o)[0].values()) for o in orders) == 75
    assert held(1, cast.world.skus["DJ4815"]) == (75, 75, 0)


def test_without_guard_and_look_they_share_out_more(cast, monkeypatch):
    orders = waiting_for(cast, 4)
    monkeypatch.setattr(stock, "is_free", stock.anything)
    blind = lambda session, skus, territories, **_how: Free({(1, sku): 30 for sku in skus}, [1])
    monkeypatch.setattr(allocation, "look", blind)
    at_once([lambda o=o: db.run(allocate_order, cast["warehouse"], Try(o)) for o in orders])
    assert oversold()


def test_shipping_and_moving_the_same_goods_exclude_each_other(cast):
    far, sku = open_house("FAR", None, 9, CP0515=300), cast.world.skus["CP0515"]
    for _ in range(3):
        cart = cast.fill(CP0515=20)
        cast.submit(cart)
        (line,) = lines(cart)
        version = order(cart).version
        parcel = Dispatch(cart, version, "顺丰", "SF1", [Packed(line.id, 300)], 1)
        steps = [Step(line.id, 1, far, 100)]
        won, lost = at_once(
            [
                lambda parcel=parcel: db.run(ship_order, cast["warehouse"], parcel),
                lambda cart=cart, version=version, steps=steps: (
                    db.run(shift_goods, cast["rep"], Shift(cart, version, steps)) or 1
                ),
            ]
        )
        assert (won, lost) == (1, 1)
        assert sum(kept(cart)[0].values()) + lines(cart)[0].shipped == 300
    assert oversold() == [] and held(far, sku)[0] == 300


@pytest.mark.parametrize("seed", [2])
def test_whatever_is_done_in_whatever_order_the_books_agree(cast, seed):
    """A random walk over every deed of stock; the invariants are proven on the way and, by the fixture, at the end."""
    dice, far = random.Random(seed), open_house("FAR", "south", 2, CP0515=90, JG3025=50)
    policy("partial")
    skus = [cast.world.skus[code] for code in ("CP0515", "JG3025", "DJ4815")]
    orders: list[int] = []

    def deed(at: int) -> object:
        sku, units = dice.choice(skus), dice.randint(1, 120)
        house, other = dice.choice([(1, far), (far, 1)])
        kind = dice.randrange(8)
        if kind == 0:
            cart = cast.fill(**{dice.choice(("CP0515", "JG3025", "DJ4815")): dice.randint(1, 6)})
            cast.submit(cart)
            return orders.append(cart)
        if kind == 1:
            return db.run(transfer_stock, cast["warehouse"], Transfer(f"w{at}", house, other, {sku: units}))
        if kind == 2:
            with db.read() as session:
                on_way = select(StockTransfer.id).where(StockTransfer.state == "dispatched")
                found = session.scalars(on_way.limit(1)).first()
            return found and db.run(receive_transfer, cast["warehouse"], Arrival(found, 1, {}))
        if kind == 3:
            return db.run(count_stock, cast["warehouse"], Count(f"c{at}", house, clock.now(), {sku: units}))
        if kind == 4:
            back = [(house, sku, units, 5, "")]
            db.run(lambda s, a, g: stock.take_back(s, Deed(f"back-{at}"), g), OPERATOR, back)
            return db.run(
                sort_quarantine, cast["warehouse"], Verdict(f"q{at}", house, sku, 3, units % 2 == 0, "看过")
            )
        if not orders:
            return None
        cart = dice.choice(orders)
        (line,), version = lines(cart), order(cart).version
        if kind == 5:
            return db.run(allocate_order, OPERATOR, Try(cart))
        if kind == 6:
            parcel = Dispatch(cart, version, "顺丰", "", [Packed(line.id, dice.randint(1, 10))], house)
            return db.run(ship_order, cast["warehouse"], parcel)
        if dice.random() < 0.3:
            return db.run(cancel_rest, cast["rep"], Cancellation(cart, version, "卖完了"))
        steps = [Step(line.id, house, other, dice.randint(1, 10))]
        return db.run(shift_goods, cast["warehouse"], Shift(cart, version, steps))

    done = 0
    for at in range(50):
        try:
            deed(at)
            done += 1
        except Refused:
            pass
    assert done > 15
    with db.read() as session:
        mine = [each for each in INVARIANTS if each.name.startswith("stock.")]
        assert [list(each.find(session)) for each in mine] == [[] for _ in mine]
        assert session.scalar(select(func.count(Stock.id)))
