"""One resolution, one explanation: the contract's figures and its properties."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trade.money import rounded
from trade.pricing.rules import Row, Wanted, amounts, freeze, price, replay

BASE = Row(
    list_id=1,
    list_code="BASE",
    list_name="目录价",
    kind="base",
    priority=0,
    basis="gross",
    valid_from="2026-01-01",
    valid_to=None,
    row_id=1,
    row_from="2026-01-01",
    target="sku",
    depth=0,
    unit="case",
    factor=15,
    min_quantity=1,
    price=Decimal("46.00"),
    percent=None,
)
GOLD = replace(
    BASE, list_id=2, list_code="GOLD", list_name="金牌", kind="tier", row_id=2, price=Decimal("43.20")
)
TEN = replace(GOLD, row_id=3, min_quantity=10, price=Decimal("42.30"))
FIFTY = replace(GOLD, row_id=4, min_quantity=50, price=Decimal("41.50"))
ROWS = [BASE, GOLD, TEN, FIFTY]
WANTED = Wanted("CP0515", "case", 15, 47, Decimal("0.13"), "CNY", "2026-11-21")


def told(found):
    """The steps without the kinds of lists that there are none of."""
    steps = (step for step in found.steps if step["step"] != "none")
    return [(step["step"], step.get("list") or step.get("kind") or "") for step in steps]


def test_the_example_of_the_look():
    found = price(WANTED, ROWS)
    assert (found.price, found.gross, found.net, found.tax) == (
        Decimal("42.30"),
        Decimal("1988.10"),
        Decimal("1759.38"),
        Decimal("228.72"),
    )
    assert found.list_price == Decimal("46.00")
    assert (found.next_break.min_quantity, found.next_break.price) == (50, Decimal("41.50"))
    assert [step for step, _ in told(found)] == ["hit", "break", "amount", "tax"]


@pytest.mark.parametrize(
    "quantity, expected", [(1, "43.20"), (9, "43.20"), (10, "42.30"), (49, "42.30"), (50, "41.50")]
)
def test_reaching_a_break_includes_it(quantity, expected):
    assert price(replace(WANTED, quantity=quantity), ROWS).price == Decimal(expected)


def test_below_the_smallest_break_the_list_is_a_miss():
    found = price(replace(WANTED, quantity=9), [BASE, TEN])
    assert found.price == Decimal("46.00") and told(found)[:2] == [("miss", "GOLD"), ("hit", "BASE")]


def test_a_price_per_case_stays_per_case():
    """Kept per bottle with four decimals, 100 cases would cost 4,150.08."""
    assert price(replace(WANTED, quantity=100), [FIFTY]).gross == Decimal("4150.00")


def test_a_row_in_another_unit_is_counted_in_that_unit():
    per_bottle = replace(BASE, unit="bottle", factor=1, min_quantity=15, price=Decimal("3.05"))
    found = price(replace(WANTED, quantity=2), [per_bottle])
    assert found.gross == Decimal("91.50") and found.unit == "bottle"
    per_pallet = replace(BASE, unit="pallet", factor=600, price=Decimal("1660.00"))
    assert price(replace(WANTED, quantity=39), [per_pallet]) is None
    assert price(replace(WANTED, quantity=41), [per_pallet]).gross == Decimal("1701.50")


def test_sku_beats_family_beats_category():
    family = replace(GOLD, row_id=8, target="family", price=Decimal("40.00"))
    category = replace(GOLD, row_id=9, target="category", price=Decimal("39.00"))
    assert price(WANTED, [category, family, GOLD]).price == Decimal("43.20")
    assert price(WANTED, [category, family]).price == Decimal("40.00")
    assert price(WANTED, [category]).price == Decimal("39.00")


def test_ties_higher_priority_then_later_start_then_larger_id():
    first, second = replace(GOLD, price=Decimal(1)), replace(GOLD, list_id=3, row_id=7, price=Decimal(2))
    assert price(WANTED, [first, second]).price == Decimal(2)
    assert price(WANTED, [replace(first, valid_from="2026-06-01"), second]).price == Decimal(1)
    later = replace(second, valid_from="2026-06-01")
    assert price(WANTED, [replace(first, priority=1), later]).price == Decimal(1)


def test_a_percentage_is_of_the_base_list():
    percent = replace(GOLD, price=None, percent=Decimal("92.5"))
    found = price(WANTED, [BASE, percent])
    assert found.price == Decimal("42.5500") and "percent" in dict(told(found))
    assert price(WANTED, [percent]) is None


def test_a_net_list_adds_the_tax():
    found = price(
        replace(WANTED, tax_rate=Decimal("0.08")), [replace(BASE, basis="net", price=Decimal("20.1865"))]
    )
    assert (found.net, found.tax, found.gross) == (Decimal("948.77"), Decimal("75.90"), Decimal("1024.67"))


@given(
    st.integers(1, 10**6),
    st.integers(0, 10**9).map(lambda each: Decimal(each) / 10000),
    st.sampled_from(["0.13", "0.09", "0.06", "0", "0.08"]).map(Decimal),
    st.sampled_from(["gross", "net"]),
)
def test_gross_is_net_and_tax_and_the_basis_is_the_truth(quantity, unit_price, tax_rate, basis):
    gross, net = amounts(Fraction(quantity), unit_price, tax_rate, basis)
    assert gross == rounded(gross) and net == rounded(net) and gross >= net >= 0
    assert (gross if basis == "gross" else net) == rounded(quantity * unit_price)
    if basis == "gross":
        assert net == rounded(gross / (1 + tax_rate))
    else:
        assert gross - net == rounded(net * tax_rate)


ROW = st.builds(
    replace,
    st.just(BASE),
    list_id=st.integers(1, 4),
    row_id=st.integers(1, 1000),
    kind=st.sampled_from(["tier", "base"]),
    target=st.sampled_from(["sku", "family", "category"]),
    min_quantity=st.integers(1, 60),
    factor=st.sampled_from([1, 15, 24]),
    priority=st.integers(0, 2),
    price=st.integers(0, 10**8).map(lambda each: Decimal(each) / 10000),
    basis=st.sampled_from(["gross", "net"]),
)


@given(st.lists(ROW, max_size=12, unique_by=lambda row: row.row_id), st.integers(1, 5000))
def test_a_frozen_price_replays_to_the_cent(rows, quantity):
    wanted = replace(WANTED, quantity=quantity)
    found = price(wanted, rows)
    inputs = freeze(wanted, rows)
    if found is None:
        with pytest.raises(ValueError):
            replay(inputs)
        return
    assert replay(inputs) == found.gross == found.net + found.tax
    assert found.steps[-1]["step"] == "tax" and found.steps[-2]["step"] == "amount"


@given(st.permutations(ROWS), st.integers(1, 200))
def test_the_order_of_the_rows_does_not_matter(rows, quantity):
    wanted = replace(WANTED, quantity=quantity)
    assert price(wanted, rows) == price(wanted, ROWS)


def test_unknown_rules_are_not_guessed():
    with pytest.raises(ValueError):
        replay(freeze(WANTED, ROWS) | {"rules": 99})
