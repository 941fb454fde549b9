from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import audit, clock
from trade.actor import Actor
from trade.banking import files, lines
from trade.banking.fields import KIND
from trade.banking.files import Received
from trade.banking.models import BankFile, BankMapping
from trade.banking.reading import Read, counted, missing
from trade.db import insert_once
from trade.distributors import queries as distributors
from trade.errors import Refused
from trade.imports.uploads_fields import guess


@dataclass(frozen=True)
class NewFile:
    """A file for an account that is known, or for one that is named here: what was typed goes before the choice."""

    received: Received
    mapping_id: int | None = None
    bank: str = ""
    account_no: str = ""
    currency: str = "CNY"


@dataclass(frozen=True)
class SeenFile:
    file_id: int
    version: int


@dataclass(frozen=True)
class Mapped:
    """Which heading is which field, and how days are written; remembered for this account."""

    seen: SeenFile
    columns: Mapping[str, str]
    day_format: str


@dataclass(frozen=True)
class Taken:
    """The rows of a file as they were read by the columns that hold now."""

    seen: SeenFile
    columns: Mapping[str, str]
    rows: Sequence[Read]


def upload_bank_file(session: Session, actor: Actor, given: NewFile) -> int:
    """Receive a bank's file; what was said about the columns of this account before holds again."""
    lines.refuse_stranger(actor)
    mapping = _mapping(session, actor, given)
    headings = list(given.received.headings)
    if not mapping.columns or not set(mapping.columns.values()) <= set(headings):
        mapping.columns = guess(KIND, [each for each in headings if each])
    file = BankFile(
        mapping_id=mapping.id,
        name=given.received.name,
        stored_as=given.received.stored_as,
        sha256=given.received.sha256,
        size=given.received.size,
        headings=headings,
        rows=given.received.rows,
        person_id=actor.person_id,
    )
    session.add(file)
    session.flush()
    told = {"file": file.name, "bank": mapping.bank, "rows": file.rows}
    audit.record(session, actor, "bank.uploaded", told, subject="bank_file", subject_id=file.id)
    return file.id


def map_bank_file(session: Session, actor: Actor, given: Mapped) -> None:
    """Say which column is what, and remember it for the account."""
    file, mapping = lines.get_file(session, actor, given.seen.file_id)
    columns = {each.key: given.columns[each.key] for each in KIND.fields if given.columns.get(each.key)}
    if not set(columns.values()) <= set(file.headings):
        raise Refused("upload.heading_gone")
    if gap := missing(columns):
        raise Refused("upload.field_missing", field=f"field_{gap}")
    _step(session, given.seen, "uploaded")
    mapping.columns, mapping.day_format = columns, given.day_format
    mapping.person_id, mapping.changed_at = actor.person_id, clock.now()


def take_bank_file(session: Session, actor: Actor, given: Taken) -> dict[str, int]:
    """Take in what came in and is not known yet; answers how many lines are new, known, passed over and bad."""
    file, mapping = lines.get_file(session, actor, given.seen.file_id)
    if dict(given.columns) != mapping.columns:
        raise Refused("upload.changed_meanwhile")
    _step(session, given.seen, "taken")
    new, known = files.take(session, file, mapping, given.rows)
    ways = counted(given.rows)
    counts = {"new": new, "known": known, "skipped": ways["skipped"], "bad": ways["bad"]}
    session.execute(update(BankFile).where(BankFile.id == file.id).values(counts=counts))
    told = {"file": file.name, **counts}
    audit.record(session, actor, "bank.taken", told, subject="bank_file", subject_id=file.id)
    return counts


def drop_bank_file(session: Session, actor: Actor, given: SeenFile) -> None:
    """Give up a file that was not taken in."""
    lines.get_file(session, actor, given.file_id)
    _step(session, given, "dropped")


def rematch_bank_lines(session: Session, actor: Actor, given: None) -> int:
    """Look at all open lines again; answers for how many the proposal changed."""
    lines.refuse_stranger(actor)
    accounts = session.scalars(select(BankMapping).order_by(BankMapping.id)).all()
    return sum(files.rematch(session, each) for each in accounts)


def _mapping(session: Session, actor: Actor, given: NewFile) -> BankMapping:
    if not given.bank and not given.account_no:
        if given.mapping_id is None:
            raise Refused("bank_file.account_needed", field="bank")
        found = session.get(BankMapping, given.mapping_id)
        if found is None:
            raise Refused("bank_file.account_needed", field="mapping")
        return found
    if not given.bank or not given.account_no:
        raise Refused("bank_file.half_account", field="account_no" if given.bank else "bank")
    entity_id = distributors.default_legal_entity(session)
    own = (BankMapping.legal_entity_id == entity_id, BankMapping.account_no == given.account_no)
    insert_once(
        session,
        BankMapping,
        legal_entity_id=entity_id,
        bank=given.bank,
        account_no=given.account_no,
        currency=given.currency,
        person_id=actor.person_id,
    )
    return session.scalars(select(BankMapping).where(*own)).one()


def _step(session: Session, seen: SeenFile, after: str) -> None:
    """Move a file that is as it was seen, and was not taken in before."""
    moved = session.scalar(
        update(BankFile)
        .where(BankFile.id == seen.file_id, BankFile.version == seen.version, BankFile.state == "uploaded")
        .values(version=BankFile.version + 1, state=after)
        .returning(BankFile.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise Refused("upload.changed_meanwhile")
