"""Money that came in, within the actor's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.people.models import Person
from trade.receivables.models import Payment
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

PAGE = 50
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
    sums = _matching(actor, wanted).with_only_columns(
        Payment.currency, func.count(), func.coalesce(func.sum(Payment.amount), 0)
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
