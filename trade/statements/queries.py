"""Statements within the actor's reach, with their lines, what is disputed, and how far the making of a month is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from trade import clock, text
from trade.actor import Actor
from trade.credit.models import CreditAccount
from trade.db import among
from trade.distributors.models import Distributor, LegalEntity, Standing
from trade.distributors.queries import on_day, within
from trade.errors import Refused
from trade.people.models import Person
from trade.statements.models import (
    Statement,
    StatementDispute,
    StatementEvent,
    StatementLine,
    StatementRun,
)
from trade.windows import FIRST, Page, Sort, Totals, Window, page_of

RUNS = 5
SORTS = {
    "statement": Sort(Statement.id, "whole"),
    "month": Sort(Statement.first_day, "day"),
    "distributor": Sort(Distributor.sort_key),
    "closing": Sort(Statement.closing, "money"),
    "confirm_by": Sort(Statement.confirm_by, "day"),
}
UNDER_WAY = ("open", "answered")


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    month: date | None = None
    state: str = ""
    distributor_id: int | None = None
    rep_id: int | None = None
    is_late: bool = False  # not confirmed, and its day is over


@dataclass(frozen=True)
class Row:
    statement: Statement
    distributor_name: str
    disputes: int  # open


@dataclass(frozen=True)
class Told:
    event: StatementEvent
    person_name: str | None


@dataclass(frozen=True)
class Account:
    """Whose account it is, with whom, and in what."""

    id: int
    distributor: Distributor
    entity: LegalEntity
    currency: str


def get_for(session: Session, actor: Actor, statement_id: int) -> Statement:
    """The statement, if it lies within the actor's scope; a stranger's does not exist."""
    return _one(session, _reached(actor, statement_id))


def get_locked(session: Session, actor: Actor, statement_id: int) -> Statement:
    """The same, which nobody else moves until the caller is done."""
    wanted = _reached(actor, statement_id).with_for_update().execution_options(populate_existing=True)
    return _one(session, wanted)


def _reached(actor: Actor, statement_id: int) -> Select[Statement]:
    return select(Statement).where(Statement.id == statement_id, within(actor, Statement.distributor_id))


def _one(session: Session, wanted: Select[Statement]) -> Statement:
    found = session.scalar(wanted)
    if found is None:
        raise Refused("statement.not_found")
    return found


def account_of(session: Session, actor: Actor, distributor_id: int) -> Account:
    """The account of a distributor within reach, with the company that it is kept with."""
    row = session.execute(
        select(CreditAccount.id, Distributor, LegalEntity, CreditAccount.currency)
        .join(Distributor, Distributor.id == CreditAccount.distributor_id)
        .join(LegalEntity, LegalEntity.id == CreditAccount.legal_entity_id)
        .where(CreditAccount.distributor_id == distributor_id, within(actor, CreditAccount.distributor_id))
        .order_by(CreditAccount.legal_entity_id)
        .limit(1)
    ).one_or_none()
    if row is None:
        raise Refused("distributor.not_found")
    return Account(*row)


def parties(session: Session, statement: Statement) -> tuple[Distributor, LegalEntity]:
    """The two companies of a statement that the caller has loaded."""
    wanted = (
        select(Distributor, LegalEntity)
        .select_from(Statement)
        .join(Distributor, Distributor.id == Statement.distributor_id)
        .join(LegalEntity, LegalEntity.id == Statement.legal_entity_id)
        .where(Statement.id == statement.id)
    )
    distributor, entity = session.execute(wanted).one()
    return distributor, entity


def lines_of(session: Session, statement_id: int) -> Sequence[StatementLine]:
    """Every line in its order."""
    wanted = select(StatementLine).where(StatementLine.statement_id == statement_id)
    return session.scalars(wanted.order_by(StatementLine.line_no)).all()


def disputes_of(session: Session, statement_id: int) -> Sequence[StatementDispute]:
    """All that was ever disputed of a statement, the first first."""
    wanted = select(StatementDispute).where(StatementDispute.statement_id == statement_id)
    return session.scalars(wanted.order_by(StatementDispute.id)).all()


def timeline(session: Session, statement_id: int) -> list[Told]:
    """What happened to a statement, the latest first."""
    rows = session.execute(
        select(StatementEvent, Person.name)
        .outerjoin(Person, Person.id == StatementEvent.person_id)
        .where(StatementEvent.statement_id == statement_id)
        .order_by(StatementEvent.version.desc())
    )
    return [Told(*row) for row in rows]


def earlier_of(session: Session, statement: Statement, limit: int) -> Sequence[Statement]:
    """The statements of the same account before this one, the latest first."""
    wanted = select(Statement).where(
        Statement.account_id == statement.account_id, Statement.first_day < statement.first_day
    )
    return session.scalars(wanted.order_by(Statement.first_day.desc()).limit(limit)).all()


def listing(session: Session, actor: Actor, wanted: ListFilter, window: Window = FIRST) -> Page[Row]:
    """A page of statements, the latest month first unless asked otherwise."""
    disputes = (
        select(func.count(StatementDispute.id))
        .where(StatementDispute.statement_id == Statement.id, StatementDispute.state.in_(UNDER_WAY))
        .correlate(Statement)
        .scalar_subquery()
    )
    query = _matching(actor, wanted).with_only_columns(Statement, Distributor.name, disputes)
    page = page_of(session, query, window, SORTS, Statement.id, "-month")
    return page.of([Row(*row) for row in page.rows])


def totals(session: Session, actor: Actor, wanted: ListFilter) -> Totals:
    """How many match a filter; balances are not added up: those of two months hold the same debt twice."""
    counted = _matching(actor, wanted).with_only_columns(func.count(Statement.id))
    return Totals(session.scalars(counted).one())


def ids_of_month(session: Session, actor: Actor, first_day: date) -> list[int]:
    """Every statement of a month within reach, by distributor."""
    wanted = _matching(actor, ListFilter(month=first_day)).with_only_columns(Statement.id)
    return list(session.scalars(wanted.order_by(Distributor.sort_key, Statement.id)))


def numbers_of(session: Session, actor: Actor, ids: Sequence[int]) -> dict[int, str]:
    """Number and distributor's code of some statements within reach, as files are named."""
    wanted = (
        select(Statement.id, Statement.number, Distributor.code)
        .join(Distributor, Distributor.id == Statement.distributor_id)
        .where(among(session, Statement.id, ids), within(actor, Statement.distributor_id))
    )
    return {key: f"{number}-{code}" for key, number, code in session.execute(wanted)}


def months(session: Session) -> Sequence[date]:
    """The months of which there are statements, the latest first."""
    return session.scalars(
        select(Statement.first_day).distinct().order_by(Statement.first_day.desc()).limit(36)
    ).all()


def made(session: Session, actor: Actor) -> dict[date, int]:
    """How many statements there are of each month, within reach."""
    wanted = select(Statement.first_day, func.count(Statement.id)).where(
        within(actor, Statement.distributor_id)
    )
    return {month: count for month, count in session.execute(wanted.group_by(Statement.first_day))}


def runs(session: Session) -> Sequence[StatementRun]:
    """How the latest makings went."""
    return session.scalars(select(StatementRun).order_by(StatementRun.id.desc()).limit(RUNS)).all()


def to_remind(session: Session, until: date, limit: int) -> Sequence[Statement]:
    """Statements that wait to be confirmed, and whose day has nearly come; nobody was reminded of them yet."""
    wanted = select(Statement).where(
        Statement.state.in_(("issued", "disputed")),
        Statement.confirmed_at.is_(None),
        Statement.reminded_at.is_(None),
        Statement.confirm_by <= until,
    )
    return session.scalars(wanted.order_by(Statement.id).limit(limit)).all()


def _matching(actor: Actor, wanted: ListFilter) -> Select[Statement]:
    query = (
        select(Statement)
        .join(Distributor, Distributor.id == Statement.distributor_id)
        .where(within(actor, Statement.distributor_id))
    )
    if word := text.folded(wanted.search):
        named = Distributor.search_text.contains(word, autoescape=True)
        query = query.where(or_(Statement.number.istartswith(word, autoescape=True), named))
    if wanted.month is not None:
        query = query.where(Statement.first_day == wanted.month)
    if wanted.state:
        query = query.where(Statement.state == wanted.state)
    if wanted.distributor_id is not None:
        query = query.where(Statement.distributor_id == wanted.distributor_id)
    if wanted.rep_id is not None:
        query = query.where(_looked_after_by(wanted.rep_id))
    if wanted.is_late:
        query = query.where(
            Statement.state.in_(("issued", "disputed")),
            Statement.confirmed_at.is_(None),
            Statement.confirm_by < clock.today(),
        )
    return query


def _looked_after_by(rep_id: int) -> ColumnElement[bool]:
    mine = select(Standing.distributor_id).where(and_(Standing.rep_id == rep_id, on_day(clock.today())))
    return Statement.distributor_id.in_(mine)
