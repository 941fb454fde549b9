"""Statements come into being: an account's months one after the other, each in one piece and never twice."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, numbers, settings
from trade.actor import Actor
from trade.books.rules import month_of, next_month
from trade.credit.models import CreditAccount
from trade.db import insert_many
from trade.money import ZERO
from trade.statements import reckoning, rules, states
from trade.statements.models import Statement, StatementLine
from trade.statements.rules import Line, Reckoned

CONFIRM_DAYS = "statement.confirm_days"


def make_until(session: Session, actor: Actor, account_id: int, first_day: date) -> list[Statement]:
    """Make what an account lacks up to a month that is over, the earliest first; nothing where nothing stood.

    The account is locked: whoever posts waits, and of two who make the same one finds it made.
    """
    account = _locked(session, account_id)
    if account is None:
        return []
    last = _last(session, account_id)
    month, opening = _next(session, account_id, last)
    made: list[Statement] = []
    while month is not None and month <= first_day:
        found = reckoning.of_month(session, account_id, opening, rules.last_day(month))
        if found.lines or opening:
            made.append(_issue(session, actor, account, month, found))
            opening = found.closing
        month = next_month(month)
    return made


def months(session: Session, today: date) -> list[date]:
    """The months whose statements can be made, the latest first: from where the books begin to the last one over."""
    month = rules.month_before(today)
    begun = min(reckoning.first_month(session) or month, month)
    found = [month]
    while found[-1] > begun:
        found.append(rules.month_before(found[-1]))
    return found


def accounts(session: Session, first_day: date) -> dict[int, bool]:
    """Every distributor's account, and whether it may lack a statement of the month; one by one it is seen."""
    there = select(Statement.id).where(
        Statement.account_id == CreditAccount.id, Statement.first_day >= first_day
    )
    wanted = select(CreditAccount.id, ~there.exists()).where(CreditAccount.distributor_id.is_not(None))
    return {key: bool(is_lacking) for key, is_lacking in session.execute(wanted.order_by(CreditAccount.id))}


def texts(amounts: dict[str, Decimal]) -> dict[str, str]:
    """Amounts by name as a document keeps them."""
    return {name: f"{amount:.2f}" for name, amount in amounts.items()}


def _next(session: Session, account_id: int, last: Statement | None) -> tuple[date | None, Decimal]:
    """The month that follows the last statement, or that in which the books begin, and what it opens with."""
    if last is not None:
        return next_month(last.first_day), last.closing
    begun = reckoning.first_booked(session, account_id)
    return (month_of(begun) if begun else None), ZERO


def _issue(session: Session, actor: Actor, account: CreditAccount, month: date, found: Reckoned) -> Statement:
    days = int(settings.load(session, CONFIRM_DAYS)[CONFIRM_DAYS])
    statement = Statement(
        number=numbers.draw(session, "ST", clock.today()),
        account_id=account.id,
        distributor_id=account.distributor_id,
        legal_entity_id=account.legal_entity_id,
        currency=account.currency,
        first_day=month,
        last_day=rules.last_day(month),
        opening=found.opening,
        increase=found.increase,
        decrease=found.decrease,
        closing=found.closing,
        sums=texts(found.sums),
        parts=texts(dict(found.parts)),
        ageing=texts(dict(found.ageing)),
        lines=found.moves,
        through_id=reckoning.last_entry(session, account.id),
        confirm_by=clock.today() + timedelta(days=days),
        person_id=actor.person_id,
    )
    session.add(statement)
    session.flush()
    insert_many(
        session, StatementLine, [_row(statement.id, at, each) for at, each in enumerate(found.lines, 1)]
    )
    states.enter(session, actor, statement, {"closing": f"{found.closing:.2f}"})
    return statement


def _row(statement_id: int, at: int, line: Line) -> dict[str, object]:
    entry = line.entry
    return {
        "statement_id": statement_id,
        "line_no": at,
        "entry_id": entry.id,
        "is_memo": line.is_memo,
        "day": entry.day,
        "booked_on": entry.booked_on,
        "kind": entry.kind,
        "subject": entry.subject,
        "subject_id": entry.subject_id,
        "order_id": entry.order_id,
        "number": entry.number,
        "words": entry.words,
        "increase": line.increase,
        "decrease": line.decrease,
        "memo": line.memo,
        "running": line.running,
    }


def _locked(session: Session, account_id: int) -> CreditAccount | None:
    wanted = select(CreditAccount).where(
        CreditAccount.id == account_id, CreditAccount.distributor_id.is_not(None)
    )
    return session.scalar(wanted.with_for_update().execution_options(populate_existing=True))


def _last(session: Session, account_id: int) -> Statement | None:
    wanted = select(Statement).where(Statement.account_id == account_id)
    return session.scalar(wanted.order_by(Statement.first_day.desc()).limit(1))
