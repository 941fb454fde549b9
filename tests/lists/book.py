"""A workbook as a spreadsheet program reads it."""

import re
import zipfile
from io import BytesIO
from typing import Any

from python_calamine import CalamineWorkbook
from werkzeug.test import TestResponse


def rows_of(data: bytes, sheet: int = 0) -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    return book.get_sheet_by_index(sheet).to_python()


def opened(answer: TestResponse) -> list[list[Any]]:
    """The rows of the sheet that an export answered, head first."""
    assert answer.status_code == 200, answer.text
    assert "spreadsheetml" in answer.headers["Content-Type"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return rows_of(answer.data)


def formulas(data: bytes) -> list[str]:
    """Every formula and link in the file; there must be none."""
    with zipfile.ZipFile(BytesIO(data)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if "worksheets/" in name)
    return re.findall(r"<f[ >].*?</f>|<hyperlink[^>]*>", text)
