"""Files of banks: read whole before the transaction, taken in within it; the same line twice is known."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.attachments import store
from trade.banking import knowing
from trade.banking.fields import KIND
from trade.banking.lines import suggest
from trade.banking.models import BankFile, BankLine, BankMapping
from trade.banking.reading import MOST_ROWS, Read, Told, read_rows
from trade.db import among, insert_into
from trade.errors import Refused
from trade.imports.uploads_files import Table, read_table

LONGEST_NAME = 150
AT_ONCE = 500


@dataclass(frozen=True)
class Received:
    """A file that was read as a table, and where it lies."""

    name: str
    size: int
    sha256: str
    stored_as: str
    headings: Sequence[str]
    rows: int


def receive(name: str, content: bytes) -> Received:
    """Judge and keep a file, outside any transaction. Raises Refused with what is wrong with it."""
    table = _table(content)
    plain = "".join(mark for mark in name if mark.isprintable()).strip()[-LONGEST_NAME:] or "bank"
    digest = hashlib.sha256(content).hexdigest()
    return Received(plain, len(content), digest, store.save(content), list(table.headings), len(table.rows))


def rows_of(file: BankFile, columns: Mapping[str, str], mapping: BankMapping, today: date) -> list[Read]:
    """The rows of a file that was received, as the columns say."""
    told = Told(columns, mapping.day_format, mapping.currency)
    return read_rows(_table(store.load(file.stored_as)), told, today)


def first_rows(file: BankFile, most: int) -> Sequence[tuple[int, Sequence[str]]]:
    """The first rows as the bank wrote them, each with its number: by them a person names the columns."""
    return _table(store.load(file.stored_as)).rows[:most]


def take(session: Session, file: BankFile, mapping: BankMapping, rows: Sequence[Read]) -> tuple[int, int]:
    """Write down what came in and is not known yet; answers how many are new, and known."""
    come = [row for row in rows if row.way == "in"]
    new: list[int] = []
    for start in range(0, len(come), AT_ONCE):
        values = [_values(file, mapping, row) for row in come[start : start + AT_ONCE]]
        statement = insert_into(session, BankLine).values(values).on_conflict_do_nothing()
        new += session.scalars(statement.returning(BankLine.id)).all()
    there = knowing.load(session, mapping.legal_entity_id, mapping.currency)
    for start in range(0, len(new), AT_ONCE):
        some = among(session, BankLine.id, new[start : start + AT_ONCE])
        for line in session.scalars(select(BankLine).where(some)):
            suggest(session, line, there)
    session.flush()
    return len(new), len(come) - len(new)


def rematch(session: Session, mapping: BankMapping) -> int:
    """Look at all open lines of an account again, since debts and payers have changed; answers how many changed."""
    there = knowing.load(session, mapping.legal_entity_id, mapping.currency)
    changed = 0
    wanted = select(BankLine).where(BankLine.mapping_id == mapping.id, BankLine.state == "open")
    for line in session.scalars(wanted.order_by(BankLine.id).with_for_update()):
        before = (line.proposed_id, line.certainty)
        suggest(session, line, there)
        changed += before != (line.proposed_id, line.certainty)
    session.flush()
    return changed


def _table(content: bytes) -> Table:
    table = read_table(content, KIND)
    if len(table.rows) > MOST_ROWS:
        raise Refused("upload.too_many_rows", most=MOST_ROWS, field="file")
    return table


def _values(file: BankFile, mapping: BankMapping, row: Read) -> dict[str, object]:
    return {
        "mapping_id": mapping.id,
        "file_id": file.id,
        "line_no": row.number,
        "fingerprint": row.fingerprint,
        "day": row.day,
        "amount": row.amount,
        "currency": mapping.currency,
        "payer_name": row.texts["payer_name"],
        "payer_account": row.texts["payer_account"],
        "payer_key": row.payer_key,
        "reference": row.reference,
        "serial": row.texts["serial"],
    }
