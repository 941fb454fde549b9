"""Seals over the books: what was written once can be told from what somebody changed behind the program's back.

A seal keeps a digest of every entry in its range, and one over all of them and the seal before, so that whoever
changes an entry would have to write every later seal anew, and those are told in the log and lie in each backup.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.books.models import LedgerEntry, LedgerSeal

MARGIN = timedelta(minutes=10)  # longer than any transaction lives: what has a smaller id is there by then
MOST = 2000  # entries under one seal
FIRST = "tongqu"  # stands for the seal before the first
MARK = 16  # digits of an id, and of a digest
COLUMNS = tuple(
    getattr(LedgerEntry, name)
    for name in (
        *("id", "account_id", "source", "line_no", "kind", "debit", "credit", "amount"),
        *("subject", "subject_id", "order_id", "day", "booked_on", "reverses_id", "at"),
    )
)


@dataclass(frozen=True)
class Broken:
    """A seal that does not hold, and the entry that it names if one can be named."""

    seal_id: int
    entry_id: int | None
    says: str


def seal(session: Session) -> int:
    """Seal what was written a while ago and is not sealed yet; answers how many entries."""
    total = 0
    while count := _seal_some(session):
        total += count
    return total


def _seal_some(session: Session) -> int:
    last = session.execute(
        select(LedgerSeal.last_id, LedgerSeal.digest).order_by(LedgerSeal.id.desc()).limit(1)
    ).one_or_none()
    after, before = last if last is not None else (0, FIRST)
    young = select(func.min(LedgerEntry.id)).where(
        LedgerEntry.id > after, LedgerEntry.at > clock.now() - MARGIN
    )
    end = session.scalar(young)
    wanted = select(*COLUMNS).where(LedgerEntry.id > after)
    if end is not None:
        wanted = wanted.where(LedgerEntry.id < end)
    rows = session.execute(wanted.order_by(LedgerEntry.id).limit(MOST)).all()
    if not rows:
        return 0
    marks = "".join(_mark(row) for row in rows)
    digest = _digest(before, marks)
    session.add(LedgerSeal(first_id=after + 1, last_id=rows[-1].id, marks=marks, digest=digest))
    session.flush()
    return len(rows)


def broken(session: Session) -> Iterator[Broken]:
    """Every seal that does not hold any more, with the entries that were changed, taken out or put in."""
    before, after = FIRST, 0
    for each in session.scalars(select(LedgerSeal).order_by(LedgerSeal.id).execution_options(yield_per=50)):
        if each.digest != _digest(before, each.marks) or each.first_id != after + 1:
            yield Broken(each.id, None, "the seal itself was changed, or one before it")
        yield from _differences(session, each)
        before, after = each.digest, each.last_id


def _differences(session: Session, sealed: LedgerSeal) -> Iterator[Broken]:
    wanted = select(*COLUMNS).where(LedgerEntry.id.between(sealed.first_id, sealed.last_id))
    found = {row.id: _mark(row) for row in session.execute(wanted)}
    kept = {int(each[:MARK], 16): each for each in _cut(sealed.marks)}
    for entry_id in sorted(found.keys() | kept.keys()):
        if entry_id not in found:
            yield Broken(sealed.id, entry_id, f"was taken out after seal {sealed.id}")
        elif entry_id not in kept:
            yield Broken(sealed.id, entry_id, f"was put in after seal {sealed.id}")
        elif found[entry_id] != kept[entry_id]:
            yield Broken(sealed.id, entry_id, f"was changed after seal {sealed.id}")


def _cut(marks: str) -> list[str]:
    return [marks[at : at + 2 * MARK] for at in range(0, len(marks), 2 * MARK)]


def _mark(row: Sequence[object]) -> str:
    """The id and the digest of all that an entry says; both databases spell it alike."""
    words = "\x1f".join("" if each is None else str(each) for each in row)
    return f"{int(str(row[0])):0{MARK}x}{hashlib.sha256(words.encode()).hexdigest()[:MARK]}"


def _digest(before: str, marks: str) -> str:
    return hashlib.sha256((before + marks).encode()).hexdigest()
