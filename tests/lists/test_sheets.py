"""What leaves as a workbook: nothing in it runs, and every figure is what it was."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

from press.sheets import Amount, Heading, write
from tests.lists.book import formulas, rows_of

YUAN = Amount(Decimal("1.10"))
NASTY = (
    *('=HYPERLINK("http://x","y")', "+86 138", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"),
    *("＝1+1", "＋1", "－1", "＠A", "  =1", "https://example.com", "mailto:a@b.cn", "{=1}"),
)
HEADINGS = [
    Heading("=名称"),
    Heading("件数", "whole", is_summed=True),
    Heading("金额", "money", is_summed=True),
    Heading("日期", "day"),
    Heading("时间", "instant"),
]


def made(rows, **more) -> bytes:
    out = BytesIO()
    write(out, "订单/=2026", HEADINGS, rows, total="合计", **more)
    return out.getvalue()


def row(text, count=1, amount=YUAN):
    return [text, count, amount, date(2026, 11, 21), datetime(2026, 11, 21, 16, 30, tzinfo=UTC)]


def test_no_cell_becomes_a_formula_or_a_link():
    data = made([row(text) for text in NASTY], about=[("=说明", text) for text in NASTY])
    assert formulas(data) == []
    shown = [line[0] for line in rows_of(data)[1 : len(NASTY) + 1]]
    for text, cell in zip(NASTY, shown, strict=True):
        is_dangerous = text not in {"https://example.com", "mailto:a@b.cn", "{=1}"}
        assert cell.startswith("'") == is_dangerous, (text, cell)
    assert rows_of(data)[0][0] == "'=名称" and rows_of(data, 1)[0][0] == "'=说明"


def test_cells_keep_their_type_and_long_numbers_every_digit():
    data = made([row("913502000123456789"), row("0012"), row("x" * 40_000), row("\x00\x0b坏\ud800")])
    first, *_rest = rows_of(data)[1:]
    assert first == ["913502000123456789", 1, 1.1, date(2026, 11, 21), datetime(2026, 11, 22, 0, 30)]
    assert [line[0] for line in rows_of(data)[2:5]] == ["0012", "x" * 32_767, "坏"]


def test_sums_stand_at_the_foot_one_per_currency():
    dollars = Amount(Decimal("0.10"), "USD")
    rows = [row("a", 2), row("b", 3, dollars), row("c", 4, dollars), row("d", 1, None)]
    foot = rows_of(made(rows, note="只有前 4 行"))[5:]
    assert foot[0][:3] == ["合计 CNY", 10, 1.1] and foot[1][:3] == ["合计 USD", "", 0.2]
    assert foot[2][0] == "只有前 4 行"


def test_nothing_at_all_is_a_workbook_too():
    assert len(rows_of(made([]))) == 1


def test_amounts_are_written_with_the_digits_that_they_have():
    odd = [Amount(Decimal(text)) for text in ("94.60", "8515.30", "0.1", "1234567890.55")]
    data = made([row("x", amount=each) for each in odd])
    with ZipFile(BytesIO(data)) as book:
        written = book.read("xl/worksheets/sheet1.xml").decode()
    for digits in ("94.6", "8515.3", "0.1", "1234567890.55"):
        assert f"<v>{digits}</v>" in written
    assert [line[2] for line in rows_of(data)[1:5]] == [94.6, 8515.3, 0.1, 1234567890.55]
