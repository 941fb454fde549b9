"""Files as people make them, and an upload taken through its steps."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from ops.uploads import check_upload, write_upload
from tests.world import OPERATOR
from trade import db
from trade.actor import Actor
from trade.flows.map_import import Mapped, map_import
from trade.flows.upload_import import receive, upload_import
from trade.flows.write_import import Wish, ask_to_write
from trade.imports import uploads
from trade.imports.models import Upload
from trade.imports.uploads import Seen

Rows = Sequence[Sequence[Any]]


def workbook(rows: Rows, **more: Rows) -> bytes:
    """An xlsx whose first sheet has these rows; further sheets by name."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    for name, cells in {"表一": rows, **more}.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(cells):
            sheet.write_row(at, 0, row)
    book.close()
    return target.getvalue()


def comma(rows: Rows, encoding: str = "utf-8") -> bytes:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode(encoding)


def told(done: int, total: int) -> None:
    """Nobody waits."""


def upload(actor: Actor, kind: str, content: bytes, name: str = "资料.xlsx") -> int:
    return db.run(upload_import, actor, receive(kind, name, content))


def found(upload_id: int) -> Upload:
    with db.read() as session:
        return uploads.get_for(session, OPERATOR, upload_id)


def seen(upload_id: int) -> Seen:
    return Seen(upload_id, found(upload_id).version)


def check(actor: Actor, upload_id: int, mapping: Mapping[str, str] | None = None, **choices: Any) -> Upload:
    given = Mapped(seen(upload_id), mapping or found(upload_id).mapping, choices)
    db.run(map_import, actor, given)
    check_upload(OPERATOR, upload_id, told)
    return found(upload_id)


def write(actor: Actor, upload_id: int, mode: str = "all") -> Upload:
    db.run(ask_to_write, actor, Wish(seen(upload_id), mode))
    write_upload(OPERATOR, upload_id, told)
    return found(upload_id)


def through(actor: Actor, kind: str, rows: Rows, mode: str = "all", **choices: Any) -> Upload:
    """A workbook uploaded, its columns as guessed, checked and written."""
    upload_id = upload(actor, kind, workbook(rows))
    check(actor, upload_id, **choices)
    return write(actor, upload_id, mode)


def flaws(of: Upload) -> set[tuple[int, str, str]]:
    """Row, field and code of what is wrong."""
    return {(each["line"], flaw[0], flaw[1]) for each in of.problems for flaw in each["flaws"]}
