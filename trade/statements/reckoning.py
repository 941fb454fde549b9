"""What stands in the books of an account, read for a statement: entries, what is open, what it is made of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade import clock
from trade.books.models import Application, LedgerEntry, OpenItem
from trade.books.rules import BALANCE, month_of
from trade.credit.models import CreditAccount
from trade.invoices.models import Invoice
from trade.money import ZERO
from trade.orders.models import Order
from trade.receivables.models import Payment
from trade.statements import rules
from trade.statements.models import StatementLine
from trade.statements.rules import INVOICE, Debt, Entry, Reckoned

AS_IT_CAME = timedelta(minutes=1)  # between money and what it settles in the same deed
CHANGES_BALANCE = or_(
    and_(LedgerEntry.debit.in_(BALANCE), LedgerEntry.credit.not_in(BALANCE)),
    and_(LedgerEntry.credit.in_(BALANCE), LedgerEntry.debit.not_in(BALANCE)),
)
NOT_STATED = ~select(StatementLine.id).where(StatementLine.entry_id == LedgerEntry.id).exists()
NOT_TOLD = (
    ~select(StatementLine.id)
    .where(StatementLine.subject == INVOICE, StatementLine.subject_id == Invoice.id)
    .exists()
)


def of_month(session: Session, account_id: int, opening: Decimal, end: date) -> Reckoned:
    """All that counts until the end of a month and stands on no statement yet, after what the last one closed with."""
    entries = _entries(session, account_id, LedgerEntry.booked_on <= end, NOT_STATED)
    memos = _memos(session, account_id, Invoice.issued_on <= end, NOT_TOLD)
    return _ended(session, account_id, rules.reckon(opening, [*entries, *memos]), end)


def of_span(session: Session, account_id: int, since: date, until: date) -> Reckoned:
    """The account from a day to a day, as the books have it now."""
    opening = sum(parts_on(session, account_id, since - timedelta(days=1)).values(), ZERO)
    entries = _entries(session, account_id, LedgerEntry.booked_on >= since, LedgerEntry.booked_on <= until)
    memos = _memos(session, account_id, Invoice.issued_on >= since, Invoice.issued_on <= until)
    return _ended(session, account_id, rules.reckon(opening, [*entries, *memos]), until)


def parts_on(session: Session, account_id: int, day: date) -> dict[str, Decimal]:
    """What is owed at the end of a day, part by part, as the entries say; one statement."""
    columns = []
    for part in BALANCE:
        columns += [
            func.coalesce(func.sum(case((LedgerEntry.debit == part, LedgerEntry.amount))), 0),
            func.coalesce(func.sum(case((LedgerEntry.credit == part, LedgerEntry.amount))), 0),
        ]
    row = session.execute(
        select(*columns).where(LedgerEntry.account_id == account_id, LedgerEntry.booked_on <= day)
    ).one()
    return {part: row[2 * at] - row[2 * at + 1] for at, part in enumerate(BALANCE)}


def debts_on(session: Session, account_id: int, day: date) -> list[Debt]:
    """Which debts were open at the end of a day, by what was posted and applied until then.

    Money that was entered later but counts by then (last week's bank file) settles what it settled when it came in.
    """
    after = _end_of(day)
    late = _settled_late(session, account_id, day, after)
    applied = (
        select(Application.debt_id, func.sum(Application.amount).label("amount"))
        .join(OpenItem, OpenItem.id == Application.debt_id)
        .where(OpenItem.account_id == account_id, Application.at < after)
        .group_by(Application.debt_id)
        .subquery()
    )
    rows = session.execute(
        select(OpenItem.id, OpenItem.due_on, OpenItem.amount, func.coalesce(applied.c.amount, 0))
        .outerjoin(applied, applied.c.debt_id == OpenItem.id)
        .where(
            OpenItem.account_id == account_id,
            OpenItem.is_debt,
            or_(OpenItem.voided_at.is_(None), OpenItem.voided_at >= after),
            func.coalesce(_booked(), OpenItem.day) <= day,
        )
        .order_by(OpenItem.due_on, OpenItem.id)
    )
    left = [(due, amount - paid - late.get(key, ZERO)) for key, due, amount, paid in rows if due]
    return [Debt(due, amount) for due, amount in left if amount]


def _settled_late(session: Session, account_id: int, day: date, after: datetime) -> Mapping[int, Decimal]:
    """By debt, what money that was entered after a day and counts by then settled as it was entered, and still does."""
    undone = aliased(Application)
    rows = session.execute(
        select(Application.debt_id, Application.amount, Application.at, OpenItem.created_at)
        .join(OpenItem, OpenItem.id == Application.money_id)
        .where(
            OpenItem.account_id == account_id,
            OpenItem.created_at >= after,
            Application.undoes_id.is_(None),
            ~select(undone.id).where(undone.undoes_id == Application.id).exists(),
            func.coalesce(_booked(), OpenItem.day) <= day,
        )
    )
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for debt_id, amount, at, created_at in rows:
        if at - created_at < AS_IT_CAME:
            found[debt_id] += amount
    return found


def last_entry(session: Session, account_id: int) -> int:
    """The last entry of an account that the caller has locked."""
    return session.scalar(select(func.max(LedgerEntry.id)).where(LedgerEntry.account_id == account_id)) or 0


def first_booked(session: Session, account_id: int) -> date | None:
    """The day on which the books of an account begin, as far as money goes."""
    wanted = select(func.min(LedgerEntry.booked_on)).where(
        LedgerEntry.account_id == account_id, CHANGES_BALANCE
    )
    return session.scalar(wanted)


def first_month(session: Session) -> date | None:
    """The month in which the books of the first distributor begin, as far as money goes."""
    first = (
        select(LedgerEntry.booked_on)
        .where(LedgerEntry.account_id == CreditAccount.id, CHANGES_BALANCE)
        .correlate(CreditAccount)
        .order_by(LedgerEntry.booked_on)
        .limit(1)
        .scalar_subquery()
    )
    begun = session.scalar(select(func.min(first)).where(CreditAccount.distributor_id.is_not(None)))
    return month_of(begun) if begun else None


def _ended(session: Session, account_id: int, found: Reckoned, end: date) -> Reckoned:
    parts, debts = parts_on(session, account_id, end), debts_on(session, account_id, end)
    return rules.with_end(found, parts, debts, end)


def _entries(session: Session, account_id: int, *which: ColumnElement[bool]) -> Sequence[Entry]:
    """The entries that a statement shows, each with the number of its document."""
    rows = session.execute(_documents().where(LedgerEntry.account_id == account_id, CHANGES_BALANCE, *which))
    return [
        Entry(
            entry.id,
            entry.day,
            entry.booked_on,
            entry.kind,
            entry.debit,
            entry.credit,
            entry.amount,
            entry.subject,
            entry.subject_id,
            entry.order_id,
            number or entry.source,
            reference or order or "",
        )
        for entry, number, reference, order in rows
    ]


def _memos(session: Session, account_id: int, *which: ColumnElement[bool]) -> Sequence[Entry]:
    """The invoices that a statement tells of: they change nothing that is owed, red ones neither."""
    wanted = select(Invoice).where(Invoice.account_id == account_id, *which).order_by(Invoice.id)
    return [
        Entry(
            id=None,
            day=each.issued_on,
            booked_on=each.issued_on,
            kind=INVOICE,
            debit="",
            credit="",
            amount=ZERO,
            subject=INVOICE,
            subject_id=each.id,
            order_id=None,
            number=each.number,
            memo=each.gross,
        )
        for each in session.scalars(wanted)
    ]


def _documents() -> Select[LedgerEntry, str | None, str | None, str | None]:
    """Entries with the number of the document, the bank's reference and the order's number."""
    is_its = and_(OpenItem.kind == LedgerEntry.subject, OpenItem.subject_id == LedgerEntry.subject_id)
    is_paid = and_(LedgerEntry.subject == "payment", Payment.id == LedgerEntry.subject_id)
    return (
        select(LedgerEntry, OpenItem.number, Payment.reference, Order.number)
        .outerjoin(OpenItem, is_its)
        .outerjoin(Payment, is_paid)
        .outerjoin(Order, Order.id == LedgerEntry.order_id)
        .order_by(LedgerEntry.booked_on, LedgerEntry.id)
    )


def _booked() -> ColumnElement[date]:
    """The day on which the document of an open item counts: a later one, where its month was closed."""
    return (
        select(func.min(LedgerEntry.booked_on))
        .where(
            LedgerEntry.subject == OpenItem.kind,
            LedgerEntry.subject_id == OpenItem.subject_id,
            LedgerEntry.account_id == OpenItem.account_id,
            CHANGES_BALANCE,
        )
        .correlate(OpenItem)
        .scalar_subquery()
    )


def _end_of(day: date) -> datetime:
    """The first instant after a day of the brand's calendar."""
    return datetime.combine(day + timedelta(days=1), time(), clock.BRAND_ZONE)
