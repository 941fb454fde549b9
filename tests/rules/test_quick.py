"""Lists as people paste them: every row is read, told or counted, whatever stands in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trade.errors import Refused
from trade.orders import near, quick
from trade.orders.quick import read_cells, read_text


def only(text):
    (entry,) = read_text(text).entries
    return entry.code, entry.quantity, entry.unit, entry.problem


@pytest.mark.parametrize(
    "text, expected",
    [
        ("CP0515 10", ("CP0515", 10, "", "")),
        ("CP0515\t10", ("CP0515", 10, "", "")),
        ("CP0515,10", ("CP0515", 10, "", "")),
        ("CP0515，10", ("CP0515", 10, "", "")),
        ("CP0515、10箱", ("CP0515", 10, "箱", "")),
        ("ＣＰ０５１５　１０　箱", ("CP0515", 10, "箱", "")),
        ("CP0515 x10", ("CP0515", 10, "", "")),
        ("CP0515 × 10 箱", ("CP0515", 10, "箱", "")),
        ("CP0515*10", ("CP0515*10", None, "", "no_quantity")),
        ("'6901234500001\t5.0", ("6901234500001", 5, "", "")),
        ("CP0515 冷泡乌龙 500ml 3", ("CP0515", 3, "", "")),
        ("CP 0515\t冷泡乌龙 500ml\t1,200\t箱", ("CP 0515", 1200, "箱", "")),
        ("CP0515 1,200", ("CP0515", None, "", "many_numbers")),
        ("CP0515 3 46", ("CP0515", None, "", "many_numbers")),
        ("CP0515", ("CP0515", None, "", "no_quantity")),
        ("CP0515 0", ("CP0515", 0, "", "zero")),
        ("6.90123E+12 3", ("6.90123E+12", 3, "", "shortened")),
        ("=1+2\t3", ("1+2", 3, "", "formula")),
        *(
            (f"CP0515 {number}", ("CP0515", None, "", "not_a_number"))
            for number in ("1e5", "-3", "1_000", "3.5", "٣", "0x10", "1" * 13, "½", "5²")
        ),
        ("CP0515 NaN", ("CP0515", None, "", "no_quantity")),
        ("C" * 90 + " 3", ("C" * 64, 3, "", "too_long")),
    ],
)
def test_a_row_is_read_as_it_is_meant_or_told(text, expected):
    assert only(text) == expected


def test_headings_name_the_columns_and_rows_left_empty_are_counted():
    reading = read_text(
        "商品名称\t商品编码\t单价\t订货数量\t单位\n乌龙茶\tCP0515\t43.20\t10\t箱\n坚果\tJG3025\t82.5\t\t箱\n水\tSQ5524\t24\t0\t箱"
    )
    assert [(each.code, each.quantity, each.unit) for each in reading.entries] == [("CP0515", 10, "箱")]
    assert reading.has_heading and reading.blank == 2
    again = read_text(reading.entries[0].text).entries[0]
    assert (again.code, again.quantity, again.unit) == ("CP0515", 10, "箱")


def test_a_formula_stays_doubtful_until_somebody_changes_the_row():
    reading = read_cells([(1, ["编码", "数量"]), (2, ["CP0515", "10"]), (3, ["JG3025", "3"])], formulas=[3])
    assert [each.problem for each in reading.entries] == ["", "formula"]
    assert read_text(reading.entries[1].text).entries[0].problem == "formula"


def test_too_many_rows_are_refused_in_words_not_cut():
    with pytest.raises(Refused) as refused:
        read_text("CP0515 1\n" * (quick.MOST_ROWS + 1))
    assert refused.value.code == "quick.too_many_rows"
    assert len(read_text("CP0515 1\n" * quick.MOST_ROWS).entries) == quick.MOST_ROWS


@settings(max_examples=50)
@given(st.lists(st.text(max_size=40), max_size=20))
def test_no_row_is_dropped_and_nothing_crashes(rows):
    reading = read_text("\n".join(rows))
    filled = [line for line in quick.ROW_END.split("\n".join(rows)) if any(quick._cells(line))]
    assert len(reading.entries) + reading.blank + reading.has_heading == len(filled)
    for entry in reading.entries:
        assert entry.problem or (entry.code and entry.quantity)


@settings(max_examples=50)
@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12))
def test_cells_of_a_sheet_are_read_alike(rows):
    reading = read_cells(enumerate(rows, start=1))
    filled = [row for row in rows if any(quick._clean(cell) for cell in row)]
    assert len(reading.entries) + reading.blank + reading.has_heading == len(filled)


@pytest.mark.parametrize(
    "one, other, far",
    [
        ("cp0515", "cp0515", 0),
        ("cp0551", "cp0515", 1),
        ("cp051", "cp0515", 1),
        ("cp0516", "cp0515", 1),
        ("", "abc", 3),
    ],
)
def test_distance_counts_a_swap_as_one(one, other, far):
    assert near.distance(one, other) == far


@settings(max_examples=50)
@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_distance_is_symmetric_and_bounded(one, other):
    assert near.distance(one, other) == near.distance(other, one) <= max(len(one), len(other))


def test_what_is_mistyped_without_changing_it_is_the_same():
    assert near.squeezed("CP-O5l5") == near.squeezed("cp0515")
