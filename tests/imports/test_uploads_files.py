"""Files that are no table, or too much of one: refused in words, and what people really send is read."""

import io
import zipfile

import pytest
import xlsxwriter

from tests.imports.uploading import comma, workbook
from trade.errors import Refused
from trade.imports import uploads_files
from trade.imports.uploads_fields import KINDS, guess, rate, unit
from trade.imports.uploads_files import read_table, shape_of
from trade.imports.uploads_rows import read_lines

KIND = KINDS["distributors"]
ROWS = [["经销商编码", "名称"], ["D1", "甲"], ["", ""], ["D2", "乙"]]


def corner() -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ROWS[0])
    sheet.write(150_000, 16_383, "x")
    book.close()
    return target.getvalue()


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (210 * 2**20))
    return target.getvalue()


def entities() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>')
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attachment.empty"),
        (b"  \n ", "attachment.empty"),
        (b"%PDF-1.7 x", "upload.not_a_table"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 900, "upload.old_workbook"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "upload.encrypted"),
        (b"PK\x03\x04 cut off", "upload.not_a_table"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20, "upload.not_a_table"),
        (b"a\x00b,c\n1,2", "upload.not_a_table"),
        (b'a,"b\n1,2', "upload.truncated"),
        (b"x" * (uploads_files.LARGEST_FILE + 1), "upload.too_large"),
        (comma([["D1", "1"], ["D2", "2"]]), "upload.no_headings"),
        (comma([["1", "2", "3"], ["4", "5", "6"]]), "upload.no_headings"),
        (comma(ROWS[:1]), "upload.no_rows"),
        (comma([["编码", "编 码*", "名称"], ["1", "2", "3"]]), "upload.headings_twice"),
        (comma([["编码", *(f"列{at}" for at in range(300))], ["D1", *["x"] * 300]]), "upload.too_wide"),
    ],
)
def test_what_is_no_table_is_refused_in_words(content, code):
    with pytest.raises(Refused) as refused:
        read_table(content, KIND)
    assert refused.value.code == code


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch):
    for made, code in (
        (corner, "upload.too_wide"),
        (bomb, "upload.unpacks_too_much"),
        (entities, "upload.not_a_table"),
    ):
        with pytest.raises(Refused) as refused:
            read_table(made(), KIND)
        assert refused.value.code == code, made
    monkeypatch.setattr(uploads_files, "MOST_ROWS", 2)
    for content in (workbook([*ROWS, *[["D9", "x"]] * 12]), comma([*ROWS, *[["D9", "x"]] * 12])):
        with pytest.raises(Refused, match="too_many_rows"):
            read_table(content, KIND)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rows_are_read_with_their_lines_in_every_encoding(encoding):
    found = read_table(comma(ROWS, encoding), KIND)
    assert list(found.headings) == ROWS[0] and [line for line, _row in found.rows] == [2, 4]


def test_headings_stand_below_a_title_and_formulas_are_told():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet("表")
    for at, row in enumerate(
        [["经销商资料", ""], ["客户编码 *", "客户名称（必填）"], ["D1", 43.199999999999996]]
    ):
        sheet.write_row(at, 0, row)
    sheet.write_formula(2, 2, "=1+1", None, 2)
    sheet.write(1, 2, "数")
    book.close()
    found = read_table(target.getvalue(), KIND)
    assert found.heading_line == 2 and found.rows == [(3, ["D1", "43.2", "2"])]
    assert (list(found.formulas), found.formula_count) == (["C3"], 1)
    assert guess(KIND, found.headings) == {"code": "客户编码 *", "name": "客户名称（必填）"}


def test_a_file_of_bad_rows_has_the_shape_of_what_it_came_from():
    assert shape_of("x", ["A", "b"]) == shape_of("x", ["B ", "a", "哪里不对"]) != shape_of("y", ["A", "b"])
    content = comma([["经销商编码", "名称", "电话"], ["'=1+1", "'甲", "'+86 1"]])
    assert read_table(content, KIND).rows[0][1] == ["=1+1", "'甲", "+86 1"]


@pytest.mark.parametrize(
    "cell",
    [
        "1e5",
        "NaN",
        "Infinity",
        "-1",
        "1_000",
        "٣",
        "5²",
        "1,00",
        "(5)",
        "9" * 50,
        "=1",
        "<script>",
        "🍵",
        "\u202e1",
    ],
)
def test_numbers_that_are_none_are_named(cell):
    kind = KINDS["stock"]
    table = read_table(comma([["产品编码", "数量"], ["A", cell]]), kind)
    (line,) = read_lines(kind, table, {"sku": "产品编码", "quantity": "数量"})
    assert [flaw.field for flaw in line.flaws] == ["quantity"] and line.values["quantity"] is None


def test_shares_and_units_are_read_as_people_write_them():
    assert [str(rate(each)) for each in ("13%", "１３％", "13", "0.13", "0")] == ["0.13"] * 4 + ["0"]
    assert [unit(each) for each in ("箱", "KG", "case", "坛")] == ["case", "kilogram", "case", "坛"]
