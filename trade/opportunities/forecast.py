"""Funnel and weighted forecast: one aggregated statement each, every number opens its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors.models import Distributor, Territory
from trade.money import Money
from trade.opportunities import rules
from trade.opportunities.models import Opportunity
from trade.opportunities.queries import ListFilter, Row, figures, matching_for
from trade.opportunities.rules import STAGES, Figures
from trade.people.models import Person
from trade.registrations.models import Registration

WAYS = ("stage", "distributor", "territory", "age", "when")
ON_BOARD = 30  # cards in a column; the list has the rest


@dataclass(frozen=True)
class Share:
    """One line of a forecast; `key` is what the list is asked for."""

    key: str
    label: str
    currency: str
    count: int
    amount: Decimal
    weighted: Decimal


@dataclass
class Column:
    """A stage on the board: its cards as far as they fit, its number and its sums by currency."""

    stage: str
    count: int = 0
    sums: list[tuple[str, Decimal]] = field(default_factory=list)
    cards: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """How many of those that were opened came at least as far as a stage."""

    stage: str
    count: int
    percent: int  # of all


def shares(session: Session, actor: Actor, by: str, wanted: ListFilter) -> list[Share]:
    """What is open, by one of WAYS, weighted by how likely a stage is; the greatest first where there is no order."""
    given = figures(session)
    key, label = _way(by)
    rows = session.execute(
        matching_for(actor, wanted, given)
        .where(Opportunity.closed_on.is_(None))
        .with_only_columns(
            key,
            func.max(label),
            Opportunity.currency,
            func.count(Opportunity.id),
            func.sum(Opportunity.amount),
            type_coerce(func.sum(_weighted(given)), Money),
        )
        .group_by(key, Opportunity.currency)
    ).all()
    found = [
        Share(str(value if value is not None else "0"), str(words or ""), currency, count, amount, weighted)
        for value, words, currency, count, amount, weighted in rows
    ]
    ranks = {stage: at for at, stage in enumerate(STAGES)} | {when: at for at, when in enumerate(rules.WHEN)}
    if by in {"distributor", "territory"}:
        return sorted(found, key=lambda each: (-each.weighted, each.label, each.currency))
    return sorted(found, key=lambda each: (ranks.get(each.key, 0), each.key, each.currency))


def _weighted(given: Figures) -> ColumnElement[int]:
    """What each is worth in a forecast by its stage, rounded half up for itself: so each view has the same sum.

    Amounts lie in the database as whole numbers of 1/10000, and are of whole cents.
    """
    percent = case(given.percents, value=Opportunity.stage, else_=0)
    return (type_coerce(Opportunity.amount, BigInteger) * percent + 5000) // 10000 * 100


def _way(by: str) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    today = clock.today()
    if by == "distributor":
        return Opportunity.distributor_id, Distributor.name  # type: ignore[return-value]
    if by == "territory":
        return Territory.id, Territory.name  # type: ignore[return-value]
    if by == "age":
        bounds = [rules.age_bounds(at, today)[0] for at in range(len(rules.AGES))]
        bucket = case(
            *((Opportunity.opened_on >= oldest, literal(str(at))) for at, oldest in enumerate(bounds)),
            else_=literal(str(len(bounds))),
        )
        return bucket, bucket
    if by == "when":
        lasts = [(when, rules.month_bounds(when, today)[1]) for when in rules.WHEN]
        month = case(
            *((Opportunity.expected_on <= last, literal(when)) for when, last in lasts if last is not None),
            else_=literal("later"),
        )
        return month, month
    return Opportunity.stage, Opportunity.stage  # type: ignore[return-value]


def funnel(session: Session, actor: Actor, wanted: ListFilter) -> list[Step]:
    """Of all that a filter finds, closed ones too, how many came how far; one statement."""
    rows = session.execute(
        matching_for(actor, wanted, figures(session))
        .with_only_columns(Opportunity.reached, func.count(Opportunity.id))
        .group_by(Opportunity.reached)
    ).all()
    counts = {int(reached): int(count) for reached, count in rows}
    everything = sum(counts.values())
    steps = []
    for stage, rank in rules.RANK.items():
        count = sum(each for reached, each in counts.items() if reached >= rank)
        steps.append(Step(stage, count, round(100 * count / everything) if everything else 0))
    return steps


def board(session: Session, actor: Actor, wanted: ListFilter) -> Sequence[Column]:
    """The open ones by stage: counts and sums of all, cards of those whose next step comes first; two statements."""
    columns = {stage: Column(stage) for stage in STAGES}
    for share in shares(session, actor, "stage", wanted):
        column = columns[share.key]
        column.count += share.count
        column.sums.append((share.currency, share.amount))
    at = func.row_number().over(
        partition_by=Opportunity.stage,
        order_by=(case((Opportunity.next_on.is_(None), 1), else_=0), Opportunity.next_on, Opportunity.id),
    )
    numbered = (
        matching_for(actor, wanted, figures(session))
        .where(Opportunity.closed_on.is_(None))
        .with_only_columns(
            Opportunity.id.label("id"),
            at.label("at"),
            Territory.name.label("territory"),
            Person.name.label("person"),
        )
        .subquery()
    )
    rows = session.execute(
        select(Opportunity, Registration.name, Distributor.name, numbered.c.territory, numbered.c.person)
        .join(numbered, numbered.c.id == Opportunity.id)
        .join(Registration, Registration.id == Opportunity.registration_id)
        .join(Distributor, Distributor.id == Opportunity.distributor_id)
        .where(numbered.c.at <= ON_BOARD)
        .order_by(numbered.c.at)
    )
    for row in rows:
        columns[row[0].stage].cards.append(Row(*row))
    return list(columns.values())
