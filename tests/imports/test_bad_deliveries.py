"""Deliveries with something wrong: named to the cell, and nothing of them is good."""

import shutil
from pathlib import Path

import pytest

from tests.imports import delivery
from trade.imports import adventureworks


def test_masters_from_the_workbook_are_the_same(shared, tmp_path):
    """Every cell of the workbook is text; it makes the same batch as the CSV files, cell by cell."""
    folder = Path(
        shutil.copytree(shared, tmp_path / "all", ignore=shutil.ignore_patterns("control*", "order*"))
    )
    header = "orders", "order_lines"
    for name in header:
        (folder / f"{name}.csv").write_text((shared / f"{name}.csv").read_text("utf-8").split("\n")[0] + "\n")
    from_csv, problems = adventureworks.read_folder(folder)
    from_workbook, more = adventureworks.read_folder(folder, is_from_workbook=True)
    assert not problems and not more and len(from_csv.distributors) == 701
    assert from_workbook == from_csv
    for name in "products", "resellers", "promotions":
        (folder / f"{name}.csv").unlink()
    unasked, problems = adventureworks.read_folder(folder)
    assert not problems and unasked == from_csv


@pytest.mark.parametrize(
    ("file", "column", "value", "code"),
    [
        ("order_lines", "product_key", "99999", "cell.unknown"),
        ("order_lines", "order_no", "SO1", "cell.unknown"),
        ("order_lines", "promotion_key", "77", "cell.unknown"),
        ("order_lines", "quantity", "1e5", "cell.not_a_number"),
        ("order_lines", "quantity", "0", "cell.not_a_number"),
        ("order_lines", "quantity", "９９", "row.amounts_disagree"),
        ("order_lines", "unit_price", "NaN", "cell.not_a_number"),
        ("order_lines", "discount_amount", "0.0001", "row.amounts_disagree"),
        ("order_lines", "line_no", "1", "cell.duplicate"),
        ("orders", "reseller_key", "9999", "cell.unknown"),
        ("orders", "order_date", "2012-02-30", "cell.not_a_date"),
        ("orders", "currency", "usd", "cell.not_a_choice"),
        ("products", "list_price", "12.34567", "cell.too_many_places"),
        ("products", "product_key", "606", "cell.duplicate"),
        ("resellers", "name", "a\0b", "cell.control_character"),
        ("resellers", "territory_key", "12", "cell.unknown"),
        ("resellers", "reseller_code", "", "cell.empty"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_read_as_good(sample, file, column, value, code):
    path = sample / f"{file}.csv"
    rows = delivery.load(path)
    at = next(at for at, row in enumerate(rows) if row.get("line_no", "2") == "2")
    rows[at][column] = value
    delivery.store(path, rows)
    batch, problems = adventureworks.read_folder(sample)
    found = {(each.file, each.column, each.code) for each in problems.found}
    expected = "sales_amount" if code == "row.amounts_disagree" else column
    assert (f"{file}.csv", expected, code) in found
    assert all(each.line for each in problems.found) and not batch.orders


def test_an_order_without_lines_is_named(sample):
    rows = delivery.load(sample / "order_lines.csv")
    last = rows[-1]["order_no"]
    delivery.store(sample / "order_lines.csv", [row for row in rows if row["order_no"] != last])
    _, problems = adventureworks.read_folder(sample)
    assert [(each.code, each.value) for each in problems.found] == [("order.without_lines", last)]


@pytest.mark.parametrize("file", ["resellers", "products", "orders", "order_lines"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.99])
def test_a_truncated_file_is_noticed(sample, file, share):
    path = sample / f"{file}.csv"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    _, problems = adventureworks.read_folder(sample)
    assert problems


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_the_same_in_another_encoding(sample, encoding):
    before, _ = adventureworks.read_folder(sample)
    path = sample / "products.csv"
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    after, problems = adventureworks.read_folder(sample)
    assert not problems and after == before
