"""Money that came in, within the actor's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from trade import text
from trade.actor import Actor
from trade.books.models import Application, OpenItem
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.errors import Refused
from trade.people.models import Person
from trade.receivables.items import IS_OPEN
from trade.receivables.models import Payment
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

PAGE = 50
NEAR = timedelta(days=7)
SORTS = {
    "payment": Sort(Payment.id, "whole"),
    "distributor": Sort(Distributor.sort_key),
    "day": Sort(Payment.paid_on, "day"),
    "amount": Sort(Payment.amount, "money"),
}


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    distributor_id: int | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    payment: Payment
    distributor_name: str
    person_name: str | None


@dataclass(frozen=True)
class Settled:
    """What a payment settled, or paid back: an application with its debt; `is_undone` when it was taken back."""

    application: Application
    debt: OpenItem
    is_undone: bool
    person_name: str | None


def get_for(session: Session, actor: Actor, payment_id: int) -> Payment:
    """A payment within the actor's scope; a stranger's does not exist."""
    wanted = select(Payment).where(Payment.id == payment_id, within(actor, Payment.distributor_id))
    found = session.scalar(wanted)
    if found is None:
        raise Refused("payment.not_found")
    return found


def settled_by(session: Session, money_id: int) -> Sequence[Settled]:
    """What an item of money was used for, in the sequence in which it was; one statement."""
    undone = aliased(Application)
    wanted = (
        select(Application, OpenItem, undone.id, Person.name)
        .join(OpenItem, OpenItem.id == Application.debt_id)
        .outerjoin(undone, undone.undoes_id == Application.id)
        .outerjoin(Person, Person.id == Application.person_id)
        .where(Application.money_id == money_id, Application.undoes_id.is_(None))
        .order_by(Application.id)
    )
    rows = session.execute(wanted)
    return [Settled(each, debt, undone_id is not None, name) for each, debt, undone_id, name in rows]


def same_amount(
    session: Session, distributor_id: int, amount: Decimal, day: date, *, is_any: bool = False
) -> Sequence[Payment]:
    """Payments of this amount within days of `day`, which may be the same money told in another way."""
    wanted = select(Payment).where(
        Payment.distributor_id == distributor_id,
        Payment.amount == amount,
        Payment.voided_at.is_(None),
        Payment.paid_on.between(day - NEAR, day + NEAR),
    )
    if not is_any:
        wanted = wanted.where(Payment.origin != "bank")
    return session.scalars(wanted.order_by(Payment.id)).all()


def debts_of(session: Session, account_id: int) -> Sequence[OpenItem]:
    """The open debts of an account, the first due first."""
    wanted = select(OpenItem).where(OpenItem.account_id == account_id, OpenItem.is_debt, *IS_OPEN)
    return session.scalars(wanted.order_by(OpenItem.due_on, OpenItem.day, OpenItem.id)).all()


def payments_of(
    session: Session, actor: Actor, distributor_id: int, *, limit: int = PAGE, after: int | None = None
) -> Sequence[Payment]:
    """The latest payments of a distributor, newest first; `after` is the id of the last one seen."""
    wanted = select(Payment).where(
        Payment.distributor_id == distributor_id, within(actor, Payment.distributor_id)
    )
    if after is not None:
        wanted = wanted.where(Payment.id < after)
    return session.scalars(wanted.order_by(Payment.id.desc()).limit(limit)).all()


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of payments, the latest recorded first unless asked otherwise."""
    query = (
        _matching(actor, wanted)
        .outerjoin(Person, Person.id == Payment.person_id)
        .with_only_columns(Payment, Distributor.name, Person.name)
    )
    page = page_of(session, query, window, SORTS, Payment.id, "-payment")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many match a filter, and their sum per currency."""
    counted = case((Payment.voided_at.is_(None), Payment.amount))
    sums = _matching(actor, wanted).with_only_columns(
        Payment.currency, func.count(Payment.id), func.coalesce(func.sum(counted), 0)
    )
    rows = session.execute(sums.group_by(Payment.currency).order_by(Payment.currency)).all()
    amounts = [(currency, amount) for currency, _count, amount in rows]
    return Totals(sum(count for _currency, count, _amount in rows), {"amount": amounts})


def _matching(actor: Actor, wanted: ListFilter) -> Select[Payment]:
    query = (
        select(Payment)
        .join(Distributor, Distributor.id == Payment.distributor_id)
        .where(within(actor, Payment.distributor_id))
    )
    if word := text.folded(wanted.search):
        numbered = Payment.number.istartswith(word, autoescape=True)
        referred = Payment.reference.icontains(word, autoescape=True)
        named = Distributor.search_text.contains(word, autoescape=True)
        query = query.where(or_(numbered, referred, named))
    if wanted.distributor_id is not None:
        query = query.where(Payment.distributor_id == wanted.distributor_id)
    if wanted.since is not None:
        query = query.where(Payment.paid_on >= wanted.since)
    if wanted.until is not None:
        query = query.where(Payment.paid_on <= wanted.until)
    return query
