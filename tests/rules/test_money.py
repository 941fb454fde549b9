"""Money is exact: what it refuses, how it is shared, that parts add up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from trade import db
from trade.money import Money, allocate, rounded, share
from trade.numbers import NumberSeries
from trade.orders.models import Order

CENTS = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents) / 100)
AMOUNTS = st.integers(0, 10**12).map(lambda cents: Decimal(cents) / 100)
WEIGHTS = st.lists(st.integers(1, 10**9).map(lambda each: Decimal(each) / 10000), min_size=1, max_size=40)


@pytest.mark.parametrize(
    "value",
    [1.5, 1, True, "1.00", Decimal("0.00001"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e300000")],
)
def test_money_refuses_what_it_cannot_keep(value):
    with pytest.raises(TypeError):
        Money().process_bind_param(value, None)


@given(st.integers(-(10**18), 10**18))
def test_money_comes_back_as_it_went(ten_thousandths):
    value = Decimal(ten_thousandths) / 10000
    kept = Money().process_bind_param(value, None)
    assert kept == ten_thousandths and Money().process_result_value(kept, None) == value


@pytest.mark.parametrize(
    "exact, kept", [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("2.6749", "2.67")]
)
def test_half_goes_up(exact, kept):
    assert rounded(Decimal(exact)) == Decimal(kept)


@given(CENTS, WEIGHTS)
def test_an_allocation_adds_up_and_stays_within_a_cent(amount, weights):
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    assert all(part == rounded(part) for part in parts)
    total = sum(weights)
    assert all(
        abs(part - amount * weight / total) <= Decimal("0.01")
        for part, weight in zip(parts, weights, strict=True)
    )


def test_ties_of_an_allocation_go_to_the_earlier_line():
    assert allocate(Decimal("0.02"), [Decimal(1)] * 3) == [Decimal("0.01"), Decimal("0.01"), Decimal("0.00")]


@given(AMOUNTS, st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_the_parts_of_a_line_add_up_to_the_line(whole, quantities):
    total, gone, taken = sum(quantities), 0, Decimal(0)
    for quantity in quantities:
        gone += quantity
        part = share(whole, gone, total, taken)
        assert part >= 0
        taken += part
    assert taken == whole


def test_a_sum_in_the_database_is_exact(sqlite_url):
    """One type for sums and comparisons; SQLite would give a float for NUMERIC."""
    engine = db.connect(sqlite_url)
    with db.read() as session:
        total = session.scalar(select(func.coalesce(func.sum(Order.gross), 0)))
        assert total == 0 and not isinstance(total, float)
        assert session.scalar(select(func.count()).select_from(NumberSeries)) == 0
    engine.dispose()
