"""A workbook that is sound but for one thing that no spreadsheet writes."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from trade.imports.workbooks import Limits, Unsafe, open_sheet

ROOMY = Limits(2**20, 2**24, 1000)
ENTITY = b'<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def written(folder: Path, extra: bytes) -> Path:
    """A workbook of one sheet, with something put before the sheet's first element."""
    plain, other = folder / "plain.xlsx", folder / "other.xlsx"
    with xlsxwriter.Workbook(plain) as book:
        book.add_worksheet("货品").write_row(0, 0, ["编号", "数量"])
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(other, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(
                name,
                content.replace(b"<worksheet", extra + b"<worksheet", 1) if "sheet1" in name else content,
            )
    return other


def test_a_sound_workbook_with_an_entity_is_refused(tmp_path):
    open_sheet(written(tmp_path, b""), ROOMY, None)
    with pytest.raises(Unsafe):
        open_sheet(written(tmp_path, ENTITY), ROOMY, None)
