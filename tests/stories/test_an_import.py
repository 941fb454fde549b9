"""A file with errors: what is right is written, the bad rows are taken away, mended and brought again."""

from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from tests.databases import Prepare
from tests.stories.hands import Cost, Hands, asked, breaches, note, until
from tests.world import PASSWORD, build_template
from trade.catalog.models import Sku

HEADINGS = ["商品编码", "商品名称", "分类", "基本单位", "订货单位", "箱规", "税率"]
ROWS = [
    ["IM001", "云岫 山楂陈皮饮 500ml", "茶饮料", "瓶", "箱", "15", "13%"],
    ["IM002", "云岫 荔枝气泡水 330ml", "气泡水", "罐", "箱", "24", "13%"],
    ["IM003", "云岫 青柠气泡水 330ml", "没有这个分类", "罐", "箱", "24", "13%"],
    ["IM004", "云岫 竹蔗茅根水 500ml", "茶饮料", "瓶", "箱", "十五", "13%"],
    ["IM005", "云岫 桂花乌龙茶 500ml", "茶饮料", "瓶", "箱", "15", "13%"],
]
MENDED = {"没有这个分类": "气泡水", "十五": "15"}


@pytest.fixture
def prepare() -> Prepare:
    return build_template


def written(url: str) -> list[str]:
    wanted = select(Sku.code).where(Sku.code.like("IM%")).order_by(Sku.code)
    return asked(url, lambda session: list(session.scalars(wanted)))


@pytest.mark.browser
def test_a_file_with_errors_is_written_mended_and_written(served, worker, sqlite_url, open_context, tmp_path):
    cost = Cost()
    chief = Hands(open_context("desk"), cost)
    chief.sign_in("administrator", PASSWORD)
    file = tmp_path / "新品.csv"
    file.write_text("\n".join(",".join(row) for row in [HEADINGS, *ROWS]), "gb18030")
    uploads(chief, file)
    chief.sees("2 行")
    with chief.page.expect_download() as download:
        chief.tap("main a[href$='/problems']")
    bad = tmp_path / "bad.xlsx"
    download.value.save_as(bad)
    chief.send("button[name=mode][value=valid]")
    until(chief, lambda: len(written(sqlite_url)) == 3)
    assert written(sqlite_url) == ["IM001", "IM002", "IM005"]
    uploads(chief, mended(bad, tmp_path / "新品-改.xlsx"))
    chief.send("button[name=mode][value=all]")
    until(chief, lambda: len(written(sqlite_url)) == 5)
    note("Import of products with errors: bad rows out, mended, in again", cost)
    assert written(sqlite_url) == [row[0] for row in ROWS]
    assert breaches(sqlite_url) == []


def uploads(chief: Hands, file: Path) -> None:
    """Choose the file, agree to the columns as they were recognised, and wait for the check."""
    chief.follow("/admin/imports")
    chief.follow("/admin/imports/new?kind=products")
    chief.fill("/admin/imports", file=file)
    chief.send("form[action$='/admin/imports'] button.btn-primary")
    naming = chief.page.locator("form[action$='/mapping'] button.btn-primary:visible")
    if naming.count():
        chief.send(naming)
    checked = chief.page.locator("#import-found")
    until(chief, checked.is_visible)


def mended(bad: Path, target: Path) -> Path:
    """The workbook of bad rows as somebody corrects it in Excel."""
    rows = CalamineWorkbook.from_path(bad).get_sheet_by_index(0).to_python()
    assert len(rows) == 3, rows
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, [MENDED.get(str(cell), cell) for cell in row])
    return target
