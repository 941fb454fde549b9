"""Which debts a distributor is told of: a few days before they are due, the day after, and then every week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.receivables.items import IS_OPEN

AGAIN = timedelta(days=7)
LONGEST = 12  # weeks in which somebody is told again


@dataclass(frozen=True)
class Due:
    """What of a distributor falls due on a day, or was due on it; in its currency."""

    distributor_id: int
    day: date
    count: int
    amount: Decimal
    currency: str


def days_of(today: date, ahead: int) -> list[date]:
    """The due days that are told of today; none ahead of time where nobody wants that."""
    past = [today - timedelta(days=1) - AGAIN * week for week in range(LONGEST)]
    return [today + timedelta(days=ahead), *past] if ahead else past


def accounts(session: Session, today: date, ahead: int) -> Sequence[int]:
    """The accounts with something to be told of today."""
    wanted = select(OpenItem.account_id).where(_told(today, ahead)).distinct()
    return session.scalars(wanted.order_by(OpenItem.account_id)).all()


def due(session: Session, account_id: int, today: date, ahead: int) -> list[Due]:
    """What is told of an account today, per due day."""
    sums = (func.count(OpenItem.id), func.sum(OpenItem.amount), func.sum(OpenItem.applied))
    rows = session.execute(
        select(CreditAccount.distributor_id, CreditAccount.currency, OpenItem.due_on, *sums)
        .join(CreditAccount, CreditAccount.id == OpenItem.account_id)
        .where(OpenItem.account_id == account_id, _told(today, ahead))
        .group_by(CreditAccount.distributor_id, CreditAccount.currency, OpenItem.due_on)
        .order_by(OpenItem.due_on)
    )
    return [
        Due(distributor_id or 0, day or today, count, whole - paid, currency)
        for distributor_id, currency, day, count, whole, paid in rows
    ]


def _told(today: date, ahead: int) -> ColumnElement[bool]:
    days = or_(*(OpenItem.due_on == day for day in days_of(today, ahead)))
    return and_(OpenItem.is_debt, *IS_OPEN, days)
