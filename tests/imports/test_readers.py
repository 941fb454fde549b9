import io
import struct
import zipfile

import pytest
import xlsxwriter

from trade.imports import numbers, readers
from trade.imports.problems import Problems
from trade.imports.readers import Column, read_csv, read_sheet

COLUMNS = (Column("code", numbers.code), Column("name", numbers.words), Column("price", numbers.amount, True))
HEADER = "code,name,price\n"


def read(tmp_path, content):
    path = tmp_path / "goods.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems()
    rows = [dict(row.values) for row in read_csv(path, COLUMNS, problems)]
    return rows, [(each.line, each.column, each.code) for each in problems.found]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path, encoding):
    rows, problems = read(tmp_path, (HEADER + "A1,龙井茶,¥1.5\n").encode(encoding))
    assert not problems and rows[0]["name"] == "龙井茶" and rows[0]["code"] == "A1"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", (0, "", "file.empty")),
        ("\n\n", (0, "", "file.empty")),
        ("code,name\nA1,x\n", (1, "price", "column.missing")),
        ("code,name,price,name\nA1,x,1,y\n", (1, "name", "column.repeated")),
        (HEADER + "A1,x,1\nA2,y", (3, "", "file.truncated")),
        (HEADER + 'A1,x,1\nA2,"y', (3, "", "file.truncated")),
        (HEADER + "A1,x,1\nA2,y\n", (3, "", "row.too_short")),
        (HEADER + "A1,x,1,2\nA2,y,1\n", (2, "", "row.too_long")),
        ((HEADER + "A1,龙井").encode()[:-1], (2, "", "file.truncated")),
        (HEADER + "A1,x,1e5\n", (2, "price", "cell.not_a_number")),
        (HEADER + "A1,x\0y,1\n", (2, "name", "cell.control_character")),
        (HEADER + ",x,1\n", (2, "code", "cell.empty")),
        (HEADER + f"A1,{'x' * 3000},1\n", (2, "name", "cell.too_long")),
        (HEADER + f"A1,{'x' * 200_000},1\n", (2, "", "cell.too_long")),
        (b"\xff\xfeA\x00", (0, "", "file.unknown_encoding")),
    ],
)
def test_what_is_wrong_is_named(tmp_path, content, problem):
    _, problems = read(tmp_path, content)
    assert problem in problems


def test_every_problem_of_a_file_is_named_at_once(tmp_path):
    _, problems = read(tmp_path, HEADER + "A1,x,NaN\n,y,1_0\nA3,z,2\n")
    assert problems == [
        (2, "price", "cell.not_a_number"),
        (3, "code", "cell.empty"),
        (3, "price", "cell.not_a_number"),
    ]


def test_a_line_is_counted_as_an_editor_counts(tmp_path):
    _, problems = read(tmp_path, HEADER + 'A1,x,1\n\nA2,"two\nlines",1\nA3,z,bad\n')
    assert problems == [(4, "name", "cell.control_character"), (6, "price", "cell.not_a_number")]


def test_a_missing_file(tmp_path):
    problems = Problems()
    assert not list(read_csv(tmp_path / "none.csv", COLUMNS, problems))
    assert str(problems.found[0]) == "none.csv: the file is missing"


def workbook(path, *rows):
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("goods")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


def read_book(path, sheet="goods"):
    problems = Problems()
    return [dict(row.values) for row in read_sheet(path, sheet, COLUMNS, problems)], problems.found


def test_typed_and_text_cells_read_alike(tmp_path):
    path = workbook(tmp_path / "a.xlsx", ("code", "name", "price"), (12, "x", 0.1), ("12", "x", "0.1"))
    rows, problems = read_book(path)
    assert not problems and rows[0] == rows[1]


def test_a_sheet_that_is_not_there(tmp_path):
    _, [problem] = read_book(workbook(tmp_path / "a.xlsx", ("code",)), "other")
    assert problem.code == "file.sheet_missing"


def test_no_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    for content in b"", b"PK\x03\x04 no", b"code,name":
        path.write_bytes(content)
        assert read_book(path)[1][0].code == "file.not_a_workbook"


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 50_000_000)
    assert read_book(path)[1][0].code == "file.too_large"


def test_a_bomb_that_lies_about_its_size(tmp_path):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 5_000_000)
    content = raw.getvalue().replace(struct.pack("<L", 5_000_000), struct.pack("<L", 1000))
    path = tmp_path / "liar.xlsx"
    path.write_bytes(content)
    assert read_book(path)[1][0].code == "file.not_a_workbook"


def test_entities_are_refused(tmp_path):
    path = tmp_path / "entities.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    assert read_book(path)[1][0].code == "file.not_a_workbook"


def test_too_large_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "LARGEST_FILE", 10)
    assert read(tmp_path, HEADER)[1] == [(0, "", "file.too_large")]
