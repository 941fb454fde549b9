"""Uploads in every state, for the routes of imports."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.imports import uploading
from trade.actor import Actor
from trade.imports.models import Upload

ROWS = [["经销商编码", "名称", "电话"], ["D1", "漳州市鑫禾源食品商贸有限公司", ""]]
BAD = [*ROWS, ["坏 码", "", ""]]
FILES = {
    "columns": ROWS,
    "sheets": ROWS,
    "rows": [*ROWS[:1], ["D1", "改名的公司", ""]],
    "drop": ROWS,
    "problems": BAD,
}


def plant(actor: Actor) -> None:
    """One upload for each step that somebody may take."""
    for name, rows in FILES.items():
        content = uploading.workbook(rows, 另一张=ROWS)
        upload_id = uploading.upload(actor, "distributors", content, f"{name}.xlsx")
        if name in ("rows", "problems"):
            uploading.check(actor, upload_id)


def objects(session: Session) -> dict[str, int]:
    """Ids by name: upload of columns, upload to drop; and the version of each."""
    found: dict[str, int] = {}
    for upload in session.scalars(select(Upload)):
        name = upload.name.removesuffix(".xlsx")
        key = "upload to drop" if name == "drop" else f"upload of {name}"
        found |= {key: upload.id, f"version of {key}": upload.version}
    return found


def fields(known: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What is sent in the forms of imports."""
    at = "POST /admin/imports/<id:upload_id>"
    content = uploading.comma(ROWS)
    return {
        "POST /admin/imports": {"kind": "distributors", "file": ("经销商.csv", content)},
        f"{at}/sheet": {"version": str(known["version of upload of sheets"]), "sheet": "另一张"},
        f"{at}/mapping": {
            "version": str(known["version of upload of columns"]),
            "field_code": "经销商编码",
            "field_name": "名称",
        },
        f"{at}/writing": {"version": str(known["version of upload of rows"]), "mode": "all"},
        f"{at}/removal": {"version": str(known["version of upload to drop"])},
    }
