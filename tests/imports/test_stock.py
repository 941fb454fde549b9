from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.imports import delivery
from trade import db
from trade.catalog.models import Category, Sku
from trade.errors import Refused
from trade.imports import stock
from trade.imports.rows import StockCount
from trade.inventory.models import Stock, StockMovement
from trade.inventory.stock import Deed, reserve

THEN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def engine(database_url):
    with delivery.connected(database_url) as engine:
        db.run(goods, delivery.OPERATOR, None)
        yield engine


def goods(session, actor, given):
    db.insert_many(session, Category, [{"id": 1, "code": "tea", "name": "茶", "sort_key": "cha"}])
    common = {
        "name": "茶",
        "sort_key": "cha",
        "search_text": "茶",
        "category_id": 1,
        "tax_rate": db.Decimal("0.13"),
    }
    units = {"base_unit": "bottle", "order_unit": "bottle"}
    db.insert_many(session, Sku, [{"id": key, "code": f"T{key}", **common, **units} for key in (1, 2)])
    stock.import_warehouse(session)


def count(quantity, *, sku="T1", as_of=THEN, is_opening=False):
    def flow(session, actor, given):
        return stock.import_stock(session, "erp", [StockCount("MAIN", sku, quantity, as_of, is_opening)])

    return db.run(flow, delivery.OPERATOR, None)


def on_hand():
    with db.read() as session:
        return {
            key: (hand, held)
            for key, hand, held in session.execute(select(Stock.sku_id, Stock.on_hand, Stock.reserved))
        }


def movements():
    with db.read() as session:
        query = select(StockMovement.on_hand).where(StockMovement.kind == "count").order_by(StockMovement.id)
        return list(session.scalars(query))


def hold(session, actor, given):
    assert not reserve(session, Deed("order-1-v2"), {(1, 1): 30})


def take(session, actor, quantity):
    db.insert_many(
        session,
        StockMovement,
        [{"warehouse_id": 1, "sku_id": 1, "kind": "issue", "on_hand": -quantity, "source": "ship"}],
    )
    session.execute(
        Stock.__table__.update().where(Stock.sku_id == 1).values(on_hand=Stock.on_hand - quantity)
    )


def test_the_difference_is_booked_and_reservations_stay(engine):
    count(100)
    db.run(hold, delivery.OPERATOR, None)
    result = count(20, as_of=THEN + timedelta(days=900))
    assert on_hand() == {1: (20, 30)} and movements() == [100, -80]  # shown as −10 available, not refused
    assert result.updated == 1 and result.changes[0].fields[0].before == "100"


def test_the_same_count_again_books_nothing(engine):
    count(100)
    db.run(take, delivery.OPERATOR, 40)  # after the count
    result = count(100)
    assert on_hand() == {1: (60, 0)} and movements() == [100] and result.unchanged == 1


def test_a_corrected_count_of_the_same_moment(engine):
    count(100)
    db.run(take, delivery.OPERATOR, 40)
    assert count(90).updated == 1
    assert on_hand() == {1: (50, 0)} and movements() == [100, -10]
    assert count(100).updated == 1 and movements() == [100, -10, 10]


def test_an_opening_count_only_fills_what_never_moved(engine):
    assert count(100, is_opening=True).inserted == 1
    assert count(120, is_opening=True).unchanged == 1
    assert count(7, sku="T2", is_opening=True).inserted == 1
    assert on_hand() == {1: (100, 0), 2: (7, 0)}


def test_an_unknown_sku_is_refused(engine):
    with pytest.raises(Refused, match="import.unknown"):
        count(1, sku="T9")
