"""Credit accounts as finance works through them, within the actor's reach."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.books.models import OpenItem
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor, Standing
from trade.distributors.queries import on_day, within
from trade.orders.models import Order
from trade.people.models import Person
from trade.receivables.items import IS_OPEN
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

SORTS = {
    "used": Sort(CreditAccount.used, "money"),
    "limit": Sort(CreditAccount.effective_limit, "money"),
    "distributor": Sort(Distributor.sort_key),
}
STATES = ("overdue", "blocked", "over", "held", "exempt")


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    state: str = ""  # one of STATES
    rep_id: int | None = None


@dataclass(frozen=True)
class Row:
    """An account, what of it is past its day, and how many orders wait for it."""

    account: CreditAccount
    distributor_name: str
    distributor_code: str
    rep_name: str | None
    first_due: date | None
    overdue: Decimal
    held: int

    @property
    def available(self) -> Decimal:
        return self.account.effective_limit - self.account.used


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of accounts, the most used first unless asked otherwise."""
    today = clock.today()
    late = _debts(OpenItem.due_on < today)
    columns = (
        _one(func.min(OpenItem.due_on), _debts()),
        _one(func.coalesce(func.sum(OpenItem.amount), 0), late),
        _one(func.coalesce(func.sum(OpenItem.applied), 0), late),
        select(func.count(Order.id)).where(_is_held()).correlate(CreditAccount).scalar_subquery(),
    )
    query = _matching(actor, wanted, today).with_only_columns(
        CreditAccount, Distributor.name, Distributor.code, Person.name, *columns
    )
    page = page_of(session, query, window, SORTS, CreditAccount.id, "-used")
    rows = [
        Row(account, name, code, rep, due, owed - paid, held)
        for account, name, code, rep, due, owed, paid, held in page.rows
    ]
    return page.of(rows)


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many accounts match, with what they may and do use per currency."""
    sums = _matching(actor, wanted, clock.today()).with_only_columns(
        CreditAccount.currency,
        func.count(CreditAccount.id),
        func.coalesce(func.sum(CreditAccount.effective_limit), 0),
        func.coalesce(func.sum(CreditAccount.used), 0),
    )
    rows = session.execute(sums.group_by(CreditAccount.currency).order_by(CreditAccount.currency)).all()
    return Totals(
        sum(row[1] for row in rows),
        {"limit": [(row[0], row[2]) for row in rows], "used": [(row[0], row[3]) for row in rows]},
    )


def _matching(actor: Actor, wanted: ListFilter, today: date) -> Select[*tuple[Any, ...]]:
    query = (
        select(CreditAccount)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .outerjoin(Standing, and_(Standing.distributor_id == Distributor.id, on_day(today)))
        .outerjoin(Person, Person.id == Standing.rep_id)
        .where(within(actor, CreditAccount.distributor_id))
    )
    if word := text.folded(wanted.search):
        query = query.where(Distributor.search_text.contains(word, autoescape=True))
    if wanted.rep_id is not None:
        query = query.where(Standing.rep_id == wanted.rep_id)
    states: dict[str, ColumnElement[bool]] = {
        "overdue": exists().where(*_debts(OpenItem.due_on < today)),
        "blocked": CreditAccount.blocked_reason.is_not(None),
        "over": CreditAccount.used > CreditAccount.effective_limit,
        "held": exists().where(_is_held()),
        "exempt": CreditAccount.block_mode == "off",
    }
    return query.where(states[wanted.state]) if wanted.state in states else query


def _debts(*further: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    return (OpenItem.account_id == CreditAccount.id, OpenItem.is_debt.is_(True), *IS_OPEN, *further)


def _one(what: ColumnElement[Any], where: tuple[ColumnElement[bool], ...]) -> Any:
    return select(what).where(*where).correlate(CreditAccount).scalar_subquery()


def _is_held() -> ColumnElement[bool]:
    return and_(
        Order.distributor_id == CreditAccount.distributor_id,
        Order.legal_entity_id == CreditAccount.legal_entity_id,
        Order.approval_state == "held",
    )
