"""Money that came in, within the actor's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from trade import text
from trade.actor import Actor
from trade.distributors.models import Distributor
from trade.distributors.queries import within
from trade.people.models import Person
from trade.receivables.models import Payment

PAGE = 50


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    distributor_id: int | None = None
    since: date | None = None
    until: date | None = None
    after: int | None = None  # id of the last row seen


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


def listing(session: Session, actor: Actor, wanted: ListFilter) -> tuple[list[Row], int | None]:
    """A page of payments, the latest recorded first, and the id after which the next page begins."""
    query = (
        _matching(actor, wanted)
        .outerjoin(Person, Person.id == Payment.person_id)
        .with_only_columns(Payment, Distributor.name, Person.name)
        .order_by(Payment.id.desc())
        .limit(PAGE + 1)
    )
    if wanted.after is not None:
        query = query.where(Payment.id < wanted.after)
    rows = [Row(*row) for row in session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1].payment.id if len(rows) > PAGE else None


def totals(session: Session, actor: Actor, wanted: ListFilter) -> list[tuple[str, int, Decimal]]:
    """Count and sum of all that a filter matches, per currency."""
    sums = _matching(actor, wanted).with_only_columns(
        Payment.currency, func.count(), func.coalesce(func.sum(Payment.amount), 0)
    )
    rows = session.execute(sums.group_by(Payment.currency).order_by(Payment.currency))
    return [(currency, count, amount) for currency, count, amount in rows]


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
