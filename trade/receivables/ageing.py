"""How old what is owed is: by distributor, sales representative or territory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor, Standing, Territory
from trade.distributors.queries import on_day, within
from trade.money import ZERO, Money
from trade.people.models import Person
from trade.receivables.items import IS_OPEN

# Days past the due day with which a bucket begins; the first is what is not due yet.
BEGINS = (None, 1, 8, 31, 61, 91)
GROUPS = ("distributor", "rep", "territory")
MOST = 500


@dataclass(frozen=True)
class Line:
    """What of a group is owed, per bucket, less the money that is there; in one currency."""

    key: int | None
    name: str | None
    currency: str
    buckets: tuple[Decimal, ...]
    money: Decimal  # not applied, below zero

    @property
    def owed(self) -> Decimal:
        return sum(self.buckets, ZERO)

    @property
    def overdue(self) -> Decimal:
        return sum(self.buckets[1:], ZERO)

    @property
    def total(self) -> Decimal:
        return self.owed + self.money


def bucket_of(due_on: date, day: date) -> int:
    """In which bucket a debt stands on a day."""
    late = (day - due_on).days
    return max(at for at, begin in enumerate(BEGINS) if begin is None or late >= begin)


def lines(session: Session, actor: Actor, by: str, today: date) -> list[Line]:
    """The groups with something open, the most overdue first, at most `MOST`."""
    key, name = _columns(by)
    owed = {(row[0], row[2]): row for row in session.execute(_owed(actor, key, name, today)).all()}
    money = {(row[0], row[2]): row for row in session.execute(_money(actor, key, name, today)).all()}
    none = (ZERO,) * len(BEGINS)
    found = []
    for group in owed.keys() | money.keys():
        of_debts, of_money = owed.get(group), money.get(group)
        label = (of_debts or of_money or (None, None))[1]
        buckets = tuple(each or ZERO for each in of_debts[3:]) if of_debts else none
        found.append(Line(group[0], label, group[1], buckets, of_money[3] if of_money else ZERO))
    found.sort(key=lambda line: (-line.overdue, -line.owed, line.name or "", line.currency))
    return found[:MOST]


def totals(found: Sequence[Line]) -> list[Line]:
    """All of them per currency, which are never added to each other."""
    sums: dict[str, Line] = {}
    for line in found:
        before = sums.get(line.currency)
        if before is None:
            sums[line.currency] = Line(None, None, line.currency, line.buckets, line.money)
            continue
        buckets = tuple(a + b for a, b in zip(before.buckets, line.buckets, strict=True))
        sums[line.currency] = Line(None, None, line.currency, buckets, before.money + line.money)
    return [sums[currency] for currency in sorted(sums)]


def _columns(by: str) -> tuple[Any, Any]:
    return {
        "rep": (Standing.rep_id, Person.name),
        "territory": (Standing.territory_id, Territory.name),
    }.get(by, (Distributor.id, Distributor.name))


def _joined(query: Select[*tuple[Any, ...]], actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    return (
        query.join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(today)))
        .outerjoin(Person, Person.id == Standing.rep_id)
        .outerjoin(Territory, Territory.id == Standing.territory_id)
        .where(within(actor, CreditAccount.distributor_id))
    )


def _owed(actor: Actor, key: Any, name: Any, today: date) -> Select[*tuple[Any, ...]]:
    left = OpenItem.amount - OpenItem.applied
    sums = [
        type_coerce(func.sum(case((_in_bucket(at, today), left), else_=0)), Money())
        for at in range(len(BEGINS))
    ]
    query = select(key, name, CreditAccount.currency, *sums).select_from(OpenItem)
    query = query.join(CreditAccount, CreditAccount.id == OpenItem.account_id)
    query = _joined(query, actor, today).where(OpenItem.is_debt, *IS_OPEN)
    return query.group_by(key, name, CreditAccount.currency)


def _money(actor: Actor, key: Any, name: Any, today: date) -> Select[*tuple[Any, ...]]:
    there = type_coerce(func.sum(CreditAccount.prepayment + CreditAccount.credit_note), Money())
    query = _joined(select(key, name, CreditAccount.currency, there).select_from(CreditAccount), actor, today)
    return query.where(CreditAccount.prepayment + CreditAccount.credit_note < 0).group_by(
        key, name, CreditAccount.currency
    )


def _in_bucket(at: int, today: date) -> ColumnElement[bool]:
    begin = BEGINS[at]
    newest = OpenItem.due_on <= today - timedelta(days=begin) if begin else None
    following = BEGINS[at + 1] if at + 1 < len(BEGINS) else None
    oldest = OpenItem.due_on > today - timedelta(days=following) if following else None
    return and_(*(each for each in (newest, oldest) if each is not None))
