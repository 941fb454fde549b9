"""Funnel and weighted forecast: one aggregated statement each, every number opens its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.distributors.models import Distributor, Territory
from trade.money import ZERO, Money
from trade.opportunities import rules
from trade.opportunities.models import Opportunity
from trade.opportunities.queries import ListFilter, Row, figures, is_of_stage, matching_for
from trade.opportunities.rules import CLOSED, STAGES, Figures
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
    """A stage: its number and its sums by currency; on the board its cards, as far as they fit."""

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


@dataclass(frozen=True)
class Outlook:
    """What a filter finds: the forecast of what is open, how far all came, and where each stands."""

    by: str
    shares: Sequence[Share]
    sums: Sequence[tuple[str, Decimal, Decimal]]  # currency, what is open, and weighted
    steps: Sequence[Step]
    stages: Mapping[str, Column]
    percents: Mapping[str, int]

    @property
    def largest(self) -> Decimal:
        return max((each.weighted for each in self.shares), default=ZERO)


def outlook(session: Session, actor: Actor, by: str, wanted: ListFilter) -> Outlook:
    """All of it for one filter; four statements with the settings."""
    given = figures(session)
    found = shares(session, actor, by, wanted, given)
    sums = [
        (
            currency,
            sum((each.amount for each in found if each.currency == currency), ZERO),
            sum((each.weighted for each in found if each.currency == currency), ZERO),
        )
        for currency in sorted({each.currency for each in found})
    ]
    steps = funnel(session, actor, wanted, given)
    return Outlook(by, found, sums, steps, by_stage(session, actor, wanted, given), given.percents)


def shares(session: Session, actor: Actor, by: str, wanted: ListFilter, given: Figures) -> list[Share]:
    """What is open, by one of WAYS, weighted by how likely a stage is; the greatest first where there is no order."""
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


def funnel(session: Session, actor: Actor, wanted: ListFilter, given: Figures) -> list[Step]:
    """Of all that a filter finds, closed ones too, how many came how far; one statement."""
    rows = session.execute(
        matching_for(actor, wanted, given)
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


def by_stage(session: Session, actor: Actor, wanted: ListFilter, given: Figures) -> dict[str, Column]:
    """How many stand where, and what they are worth, closed ones too; the stages that a filter can find."""
    columns = {
        stage: Column(stage)
        for stage in (*STAGES, *CLOSED)
        if wanted.stage in {"", stage} or (wanted.stage == "open" and stage in STAGES)
    }
    sums = matching_for(actor, wanted, given).with_only_columns(
        Opportunity.stage, Opportunity.currency, func.count(Opportunity.id), func.sum(Opportunity.amount)
    )
    sums = (
        sums.where(is_of_stage())
        .group_by(Opportunity.stage, Opportunity.currency)
        .order_by(Opportunity.currency)
    )
    for stage, currency, count, amount in session.execute(sums):
        columns[stage].count += count
        columns[stage].sums.append((currency, amount))
    return columns


def board(session: Session, actor: Actor, wanted: ListFilter) -> dict[str, Column]:
    """By stage, with cards of the open ones whose next step comes first; three statements with the settings."""
    given = figures(session)
    columns = by_stage(session, actor, wanted, given)
    at = func.row_number().over(
        partition_by=Opportunity.stage,
        order_by=(case((Opportunity.next_on.is_(None), 1), else_=0), Opportunity.next_on, Opportunity.id),
    )
    numbered = (
        matching_for(actor, wanted, given)
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
    return columns
