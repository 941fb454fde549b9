import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.attachments import store
from trade.errors import Refused
from trade.imports import uploads
from trade.imports.models import Upload
from trade.imports.uploads import Seen
from trade.imports.uploads_fields import KINDS, guess
from trade.imports.uploads_files import Table, read_table, shape_of

LONGEST_NAME = 150


@dataclass(frozen=True)
class Received:
    """A file that was read as a table, and where it lies."""

    kind: str
    name: str
    size: int
    sha256: str
    stored_as: str
    headings: Sequence[str]
    rows: int
    facts: Mapping[str, Any] = field(default_factory=dict)  # sheet, sheets, examples, formulas


@dataclass(frozen=True)
class Sheet:
    """Another sheet of the same workbook."""

    seen: Seen
    table: Table


def receive(kind: str, name: str, content: bytes) -> Received:
    """Judge and keep a file, outside any transaction. Raises Refused with what is wrong with it."""
    if kind not in KINDS:
        raise Refused("upload.not_found")
    table = read_table(content, KINDS[kind])
    digest = hashlib.sha256(content).hexdigest()
    plain = "".join(mark for mark in name if mark.isprintable()).strip()[-LONGEST_NAME:] or "upload"
    stored_as = store.save(content)
    headings, rows = list(table.headings), len(table.rows)
    return Received(kind, plain, len(content), digest, stored_as, headings, rows, _facts(table))


def upload_import(session: Session, actor: Actor, given: Received) -> int:
    """Take a file in and guess what its columns are; what was said about such a file before goes first."""
    uploads.refuse_stranger(actor, given.kind)
    upload = Upload(
        kind=given.kind,
        name=given.name,
        stored_as=given.stored_as,
        sha256=given.sha256,
        size=given.size,
        shape="",
        headings=[],
        person_id=actor.person_id,
    )
    _describe(session, upload, given.headings, given.rows, given.facts)
    session.add(upload)
    session.flush()
    told = {"kind": given.kind, "file": given.name, "rows": given.rows}
    audit.record(session, actor, "import.uploaded", told, subject="import_upload", subject_id=upload.id)
    return upload.id


def choose_sheet(session: Session, actor: Actor, given: Sheet) -> None:
    """Take another sheet of the workbook; what was said about the columns begins anew."""
    upload = uploads.get_for(session, actor, given.seen.upload_id)
    uploads.move(session, given.seen, uploads.AT_REST, "uploaded")
    session.refresh(upload)
    _describe(session, upload, list(given.table.headings), len(given.table.rows), _facts(given.table))
    upload.counts, upload.problems, upload.problems_as = {}, [], None
    upload.good = upload.bad = 0


def _describe(
    session: Session, upload: Upload, headings: Sequence[str], rows: int, facts: Mapping[str, Any]
) -> None:
    upload.headings, upload.rows = list(headings), rows
    upload.choices = {**(upload.choices or {}), **facts}
    upload.shape = shape_of(upload.kind, headings)
    known = uploads.remembered(session, upload.kind, upload.shape)
    known = {key: heading for key, heading in known.items() if heading in headings}
    upload.mapping = known or guess(KINDS[upload.kind], [each for each in headings if each])
    upload.choices |= {"is_remembered": bool(known)}


def _facts(table: Table) -> dict[str, Any]:
    return {
        "sheet": table.sheet,
        "sheets": list(table.sheets),
        "examples": table.examples,
        "formulas": list(table.formulas),
        "formula_count": table.formula_count,
    }
