"""Figures as people type them: the way in which every page prints them is read back, whatever means two things is not."""

from decimal import Decimal

from trade.text import code_key
from web.forms import parse_number, parse_whole

READ = {
    "200,000": "200000",
    "２００，０００": "200000",
    " 1,234.50 ": "1234.50",
    "１２，３４５．６": "12345.6",
    "999,999,999": "999999999",
    "007": "7",
}
UNREAD = (
    "1,00",
    "1,2,3",
    "1,0000",
    ",100",
    "100,",
    "0,5,000",
    "1.000,50",
    "1，00",
    "1,000,000,000",
    "1 000",
    "1,000万",
)


def test_a_figure_is_read_as_pages_print_it_and_nothing_is_guessed() -> None:
    assert {typed: parse_number(typed) for typed in READ} == {
        key: Decimal(each) for key, each in READ.items()
    }
    assert [typed for typed in UNREAD if parse_number(typed) is not None] == []
    assert (parse_whole("１，２００"), parse_whole("1,200.0"), parse_whole("1,200.5"), parse_whole("")) == (
        1200,
        1200,
        None,
        None,
    )


def test_a_code_is_the_same_in_every_case_and_width() -> None:
    assert {code_key(each) for each in ("d1001", "D1001", " Ｄ１００１ ", "ｄ1001")} == {"D1001"}
