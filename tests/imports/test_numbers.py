import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trade.imports import numbers
from trade.imports.problems import WORDS, Bad


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2024.9940", "2024.9940"),
        ("0", "0"),
        (" 12 ", "12"),
        ("１２．５０", "12.50"),
        ("1,234,567.8", "1234567.8"),
        ("１，２３４", "1234"),
        ("¥1,234.50", "1234.50"),
        ("￥ 8", "8"),
        ("$0.0001", "0.0001"),
        ("3.50000", "3.5"),
    ],
)
def test_amounts_that_people_and_spreadsheets_write(cell, value):
    assert numbers.amount(cell) == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    [
        "1e5",
        "NaN",
        "Infinity",
        "-1",
        "−1",
        "1_000",
        "٣",
        "5²",
        "①",
        "½",
        "1,23",
        "12,3456",
        "1.2.3",
        "0x1",
        "¥",
        "¥¥1",
    ]
    + ["3\n", "1 000", ".5", "5.", "(5)", "ﷺ", "9" * 41, "1" * 13, "1.23456", "", "一"],
)
def test_what_is_no_amount(cell):
    with pytest.raises(Bad) as caught:
        numbers.amount(cell)
    assert caught.value.code in WORDS


@pytest.mark.parametrize(
    ("cell", "value"), [("-3", -3), ("(1,200)", -1200), ("−3", -3), ("+4", 4), ("-0", 0)]
)
def test_a_sign_where_the_field_allows_one(cell, value):
    assert numbers.whole(cell, may_be_negative=True) == value
    with pytest.raises(Bad):
        numbers.whole(cell)


@given(st.text(max_size=60) | st.text("0123456789.,-+()¥eE_ ０１９．，", max_size=20))
def test_any_text_is_refused_or_read_as_what_it_says(cell):
    try:
        value = numbers.amount(cell, may_be_negative=True)
    except Bad as bad:
        assert bad.code in WORDS
        return
    plain = re.sub(r"[^0-9.]", "", cell.translate(numbers.HALF_WIDTH))
    assert value.is_finite() and value == value.quantize(Decimal("0.0001"))
    assert abs(value) == Decimal(plain)


@given(st.decimals(0, 10**11, allow_nan=False, places=4))
def test_every_amount_comes_back(value):
    assert numbers.amount(f"{value:f}") == value
    assert numbers.amount(f"{value:,f}") == value


@given(st.dates())
def test_every_day_comes_back(day):
    assert numbers.day(day.isoformat()) == day


@pytest.mark.parametrize("cell", ["2012-12-31", "2012/12/31", "2012-12-31 00:00:00", "２０１２-１２-３１"])
def test_a_day_as_files_write_it(cell):
    assert numbers.day(cell) == date(2012, 12, 31)


@pytest.mark.parametrize(
    "cell",
    [
        "2012-13-01",
        "2011-02-29",
        "31.12.2012",
        "2012-12-31T23:00",
        "2012-12-31T00:00Z",
        "20121231",
        "2012-12/31",
    ],
)
def test_what_is_no_day(cell):
    with pytest.raises(Bad):
        numbers.day(cell)


@pytest.mark.parametrize("cell", ["a\x00b", "a\x1bb", "a\nb", "x" * 2001])
def test_text_that_no_column_takes(cell):
    with pytest.raises(Bad):
        numbers.words(cell)
