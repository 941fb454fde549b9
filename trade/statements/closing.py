"""The months of a legal entity's books: what stands in each, what still waits there, and which may be closed next."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from trade.books import periods
from trade.books.models import LedgerEntry, OpenItem, Period
from trade.books.rules import COMMITMENT, HOLD, month_of, next_month
from trade.credit.models import CreditAccount
from trade.distributors.models import LegalEntity
from trade.people.models import Person
from trade.statements.models import Statement, StatementDispute

MONEY = or_(LedgerEntry.debit.not_in((HOLD, COMMITMENT)), LedgerEntry.credit.not_in((HOLD, COMMITMENT)))
DISPUTED = ("open", "answered")


@dataclass(frozen=True)
class Month:
    """A month of the books, and what a careful person looks at before closing it."""

    first_day: date
    period: Period | None
    person_name: str | None = None
    entries: int = 0
    not_invoiced: int = 0  # shipments of the month
    not_applied: int = 0  # payments of the month
    disputes: int = 0  # open, on statements of the month
    can_close: bool = False
    can_reopen: bool = False

    @property
    def is_closed(self) -> bool:
        return self.period is not None and self.period.state == "closed"

    @property
    def version(self) -> int:
        return self.period.version if self.period else 1


@dataclass(frozen=True)
class Counts:
    """How many by month."""

    entries: Counter[date] = field(default_factory=Counter)
    not_invoiced: Counter[date] = field(default_factory=Counter)
    not_applied: Counter[date] = field(default_factory=Counter)
    disputes: Counter[date] = field(default_factory=Counter)


def entities(session: Session) -> list[tuple[int, str]]:
    """The companies that keep books here."""
    wanted = select(LegalEntity.id, LegalEntity.name).order_by(LegalEntity.id)
    return [(key, name) for key, name in session.execute(wanted)]


def months(session: Session, legal_entity_id: int, today: date) -> list[Month]:
    """Every month with a period or an entry, and the present one, the latest first."""
    known = {each.first_day: each for each in periods.all_of(session, legal_entity_id)}
    names = _names(session, known.values())
    counts = _counts(session, legal_entity_id)
    days = sorted({*known, *counts.entries, month_of(today)})
    closed = [each for each in days if each in known and known[each].state == "closed"]
    next_open = next((each for each in days if each not in closed), None)
    found = []
    for first in reversed(days):
        period = known.get(first)
        found.append(
            Month(
                first_day=first,
                period=period,
                person_name=names.get(period.person_id) if period and period.person_id else None,
                entries=counts.entries[first],
                not_invoiced=counts.not_invoiced[first],
                not_applied=counts.not_applied[first],
                disputes=counts.disputes[first],
                can_close=first == next_open and next_month(first) <= today,
                can_reopen=bool(closed) and first == closed[-1],
            )
        )
    return found


def open_before(session: Session, legal_entity_id: int, first_day: date) -> date | None:
    """The first month before this one that is not closed and holds something, or was opened by somebody."""
    known = {each.first_day: each.state for each in periods.all_of(session, legal_entity_id)}
    filled = select(LedgerEntry.booked_on).where(
        LedgerEntry.account_id.in_(_accounts(legal_entity_id)), LedgerEntry.booked_on < first_day, MONEY
    )
    with_entries = {month_of(day) for day in session.scalars(filled.distinct())}
    waiting = {each for each, state in known.items() if state == "open"} | with_entries
    closed = {each for each, state in known.items() if state == "closed"}
    return min((each for each in waiting - closed if each < first_day), default=None)


def is_last_closed(session: Session, period: Period) -> bool:
    """Whether no later month is closed."""
    later = select(Period.id).where(
        Period.legal_entity_id == period.legal_entity_id,
        Period.first_day > period.first_day,
        Period.state == "closed",
    )
    return session.scalar(later.limit(1)) is None


def agreed(session: Session, period: Period) -> str | None:
    """The number of a statement of the month to which a distributor has agreed, if there is one."""
    wanted = select(Statement.number).where(
        Statement.legal_entity_id == period.legal_entity_id,
        Statement.first_day == period.first_day,
        or_(Statement.state.in_(("confirmed", "closed")), Statement.confirmed_at.is_not(None)),
    )
    return session.scalar(wanted.order_by(Statement.id).limit(1))


def _counts(session: Session, legal_entity_id: int) -> Counts:
    mine = _accounts(legal_entity_id)
    entries = select(LedgerEntry.booked_on, func.count(LedgerEntry.id)).where(
        LedgerEntry.account_id.in_(mine), MONEY
    )
    items = (
        select(OpenItem.kind, OpenItem.day, func.count(OpenItem.id))
        .where(OpenItem.account_id.in_(mine), OpenItem.voided_at.is_(None))
        .where(
            or_(
                (OpenItem.kind == "shipment") & (OpenItem.billed < OpenItem.amount),
                (OpenItem.kind == "payment") & (OpenItem.applied < OpenItem.amount),
            )
        )
        .group_by(OpenItem.kind, OpenItem.day)
    )
    disputes = (
        select(Statement.first_day, func.count(StatementDispute.id))
        .join(Statement, Statement.id == StatementDispute.statement_id)
        .where(Statement.legal_entity_id == legal_entity_id, StatementDispute.state.in_(DISPUTED))
        .group_by(Statement.first_day)
    )
    counts = Counts()
    for day, count in session.execute(entries.group_by(LedgerEntry.booked_on)):
        counts.entries[month_of(day)] += count
    for kind, day, count in session.execute(items):
        of_kind = counts.not_invoiced if kind == "shipment" else counts.not_applied
        of_kind[month_of(day)] += count
    for day, count in session.execute(disputes):
        counts.disputes[day] += count
    return counts


def _accounts(legal_entity_id: int) -> Select[int]:
    return select(CreditAccount.id).where(
        CreditAccount.legal_entity_id == legal_entity_id, CreditAccount.distributor_id.is_not(None)
    )


def _names(session: Session, known: Iterable[Period]) -> dict[int, str]:
    people = {each.person_id for each in known if each.person_id}
    wanted = select(Person.id, Person.name).where(Person.id.in_(people))
    return {key: name for key, name in session.execute(wanted)}
