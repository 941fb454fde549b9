"""Lines of banks: who may see them, the list, and each step as a compare-and-set on the version that was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.banking import knowing, matching
from trade.banking.matching import CERTAIN, LIKELY, Known
from trade.banking.models import BankFile, BankLine, BankMapping
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.people.models import Person
from trade.receivables.models import Payment
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

AROUND = timedelta(days=10)
SORTS = {
    "certainty": Sort(BankLine.certainty, "whole"),
    "day": Sort(BankLine.day, "day"),
    "amount": Sort(BankLine.amount, "money"),
    "line": Sort(BankLine.id, "whole"),
}
SURE: dict[str, tuple[ColumnElement[bool], ...]] = {
    "certain": (BankLine.certainty >= CERTAIN,),
    "likely": (BankLine.certainty >= LIKELY, BankLine.certainty < CERTAIN),
    "unclear": (BankLine.certainty < LIKELY,),
}


@dataclass(frozen=True)
class Seen:
    """A line as a person saw it."""

    line_id: int
    version: int


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    state: str = ""
    sure: str = ""
    mapping_id: int | None = None
    file_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    """A line with whose it is, or seems to be, and what came of it."""

    line: BankLine
    bank: str
    distributor_name: str | None
    payment_number: str | None
    person_name: str | None


def refuse_stranger(actor: Actor) -> None:
    """A bank's file tells of everybody: only who sees the whole brand sees it."""
    if not actor.scope.is_everyone:
        raise Refused("access.denied", keep={"bank": "lines"})


def get_for(session: Session, actor: Actor, line_id: int) -> BankLine:
    refuse_stranger(actor)
    wanted = select(BankLine).where(BankLine.id == line_id).execution_options(populate_existing=True)
    found = session.scalar(wanted)
    if found is None:
        raise Refused("bank_line.not_found")
    return found


def get_file(session: Session, actor: Actor, file_id: int) -> tuple[BankFile, BankMapping]:
    """A file with its account at the bank."""
    refuse_stranger(actor)
    wanted = (
        select(BankFile, BankMapping)
        .join(BankMapping, BankMapping.id == BankFile.mapping_id)
        .where(BankFile.id == file_id)
    )
    found = session.execute(wanted.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise Refused("bank_file.not_found")
    return found[0], found[1]


def mapping_of(session: Session, line: BankLine) -> BankMapping:
    return session.get_one(BankMapping, line.mapping_id)


def move(session: Session, actor: Actor, seen: Seen, before: str, **values: Any) -> None:
    """Take a step if the line is as it was seen; who comes second learns who came first."""
    moved = session.scalar(
        update(BankLine)
        .where(BankLine.id == seen.line_id, BankLine.version == seen.version, BankLine.state == before)
        .values(version=BankLine.version + 1, person_id=actor.person_id, decided_at=clock.now(), **values)
        .returning(BankLine.id)
        .execution_options(synchronize_session=False)
    )
    if moved is not None:
        return
    wanted = (
        select(BankLine.state, Person.name)
        .outerjoin(Person, Person.id == BankLine.person_id)
        .where(BankLine.id == seen.line_id)
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise Refused("bank_line.not_found")
    raise Refused(f"bank_line.{row[0]}_by", person=row[1] or "—")


def find_distributor(session: Session, actor: Actor, said: str) -> Distributor | None:
    """The one distributor that a person means by its code or a part of its name, or None."""
    has_code = func.upper(Distributor.code) == text.code_key(said)
    found = session.scalar(select(Distributor).where(has_code, within(actor, Distributor.id)).limit(1))
    if found is not None or not text.folded(said):
        return found
    word = text.folded(said)
    like = Distributor.search_text.contains(word, autoescape=True)
    some = session.scalars(select(Distributor).where(like, within(actor, Distributor.id)).limit(2)).all()
    return some[0] if len(some) == 1 else None


def of_amount(session: Session, amount: Decimal, currency: str, day: date) -> Sequence[BankLine]:
    """Open lines of this amount around a day: what a proof may be about."""
    wanted = select(BankLine).where(
        BankLine.state == "open",
        BankLine.amount == amount,
        BankLine.currency == currency,
        BankLine.day.between(day - AROUND, day + AROUND),
    )
    return session.scalars(wanted.order_by(BankLine.day, BankLine.id).limit(20)).all()


def let_go(session: Session, payment_id: int) -> None:
    """The line of a payment that was voided is open again."""
    session.execute(
        update(BankLine)
        .where(BankLine.payment_id == payment_id)
        .values(state="open", payment_id=None, version=BankLine.version + 1)
        .execution_options(synchronize_session=False)
    )


def suggest(session: Session, line: BankLine, there: Known) -> None:
    """Write down whose a line seems to be, with the reasons."""
    found = matching.propose(knowing.payer_of(line), there)
    line.proposed_id, line.certainty = found.distributor_id, found.certainty
    line.reasons = [dict(each) for each in found.reasons]


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of lines, the surest first unless asked otherwise."""
    query = _matching(actor, wanted).with_only_columns(
        BankLine, BankMapping.bank, Distributor.name, Payment.number, Person.name
    )
    page = page_of(session, query, window, SORTS, BankLine.id, "-certainty")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    sums = _matching(actor, wanted).with_only_columns(
        BankLine.currency, func.count(BankLine.id), func.coalesce(func.sum(BankLine.amount), 0)
    )
    rows = session.execute(sums.group_by(BankLine.currency).order_by(BankLine.currency)).all()
    amounts = [(currency, amount) for currency, _count, amount in rows]
    return Totals(sum(count for _currency, count, _amount in rows), {"amount": amounts})


def accounts(session: Session) -> Sequence[BankMapping]:
    """Our own accounts at banks, by their name."""
    return session.scalars(select(BankMapping).order_by(BankMapping.bank, BankMapping.id)).all()


def latest_files(session: Session, limit: int = 10) -> Sequence[tuple[BankFile, BankMapping]]:
    """The files that came last, newest first."""
    wanted = select(BankFile, BankMapping).join(BankMapping, BankMapping.id == BankFile.mapping_id)
    return [(row[0], row[1]) for row in session.execute(wanted.order_by(BankFile.id.desc()).limit(limit))]


def certain(session: Session, actor: Actor) -> list[Seen]:
    """The open lines that need no look, in the sequence of the bank."""
    refuse_stranger(actor)
    wanted = select(BankLine.id, BankLine.version).where(BankLine.state == "open", *SURE["certain"])
    return [Seen(*row) for row in session.execute(wanted.order_by(BankLine.id))]


def next_open(session: Session, actor: Actor, after: BankLine | None = None) -> int | None:
    """The open line that a person looks at next: the surest that is left."""
    refuse_stranger(actor)
    wanted = select(BankLine.id).where(BankLine.state == "open")
    if after is not None:
        wanted = wanted.where(BankLine.id != after.id)
    return session.scalar(wanted.order_by(BankLine.certainty.desc(), BankLine.id.desc()).limit(1))


def _matching(actor: Actor, wanted: ListFilter) -> Select[BankLine]:
    refuse_stranger(actor)
    whose = func.coalesce(Payment.distributor_id, BankLine.proposed_id)
    query = (
        select(BankLine)
        .join(BankMapping, BankMapping.id == BankLine.mapping_id)
        .outerjoin(Payment, Payment.id == BankLine.payment_id)
        .outerjoin(Distributor, Distributor.id == whose)
        .outerjoin(Person, Person.id == BankLine.person_id)
    )
    if word := text.folded(wanted.search):
        query = query.where(
            or_(
                BankLine.payer_name.icontains(word, autoescape=True),
                BankLine.reference.icontains(word, autoescape=True),
                BankLine.serial.icontains(word, autoescape=True),
                BankLine.payer_account.startswith(word, autoescape=True),
                Distributor.search_text.contains(word, autoescape=True),
            )
        )
    if wanted.state:
        query = query.where(BankLine.state == wanted.state)
    if wanted.sure:
        query = query.where(*SURE[wanted.sure])
    if wanted.mapping_id is not None:
        query = query.where(BankLine.mapping_id == wanted.mapping_id)
    if wanted.file_id is not None:
        query = query.where(BankLine.file_id == wanted.file_id)
    if wanted.since is not None:
        query = query.where(BankLine.day >= wanted.since)
    if wanted.until is not None:
        query = query.where(BankLine.day <= wanted.until)
    return query
