"""Who sees a SKU: the same rule as `queries.visible`, asked from the other side."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.catalog.models import Sku, VisibilityRule
from trade.catalog.rules import Opening
from trade.distributors.models import Channel, Distributor, Standing, Territory, Tier
from trade.distributors.queries import on_day, within

SHOWN = 30


@dataclass(frozen=True)
class Rule:
    """A rule with the names of what it opens to."""

    rule: VisibilityRule
    tier: str | None
    territory: str | None
    channel: str | None
    distributor: str | None


@dataclass(frozen=True)
class Audience:
    """How many distributors see it, of how many, and the first by name."""

    count: int
    all: int
    first: Sequence[Distributor]


def rules_of(session: Session, actor: Actor, sku_id: int) -> list[Rule]:
    """To whom a restricted SKU is opened; a distributor beyond the actor's reach has no name."""
    rows = session.execute(
        select(VisibilityRule, Tier.name, Territory.name, Channel.name, Distributor.name)
        .outerjoin(Tier, Tier.id == VisibilityRule.tier_id)
        .outerjoin(Territory, Territory.id == VisibilityRule.territory_id)
        .outerjoin(Channel, Channel.id == VisibilityRule.channel_id)
        .outerjoin(
            Distributor,
            and_(Distributor.id == VisibilityRule.distributor_id, within(actor, Distributor.id)),
        )
        .where(VisibilityRule.sku_id == sku_id)
        .order_by(VisibilityRule.id)
    )
    return [Rule(*row) for row in rows]


def opening_of(rule: VisibilityRule) -> Opening:
    """What a kept rule names."""
    return Opening(rule.tier_id, rule.territory_id, rule.channel_id, rule.distributor_id)


def audience(
    session: Session,
    actor: Actor,
    day: date,
    openings: Collection[Opening],
    *,
    is_restricted: bool,
) -> Audience:
    """Who of the actor's active distributors would see a SKU with these openings; two statements, one when all do."""
    sees = or_(false(), *(_opens(each) for each in openings)) if is_restricted else true()
    everyone = and_(
        within(actor, Distributor.id), Distributor.status == "active", Distributor.archived_at.is_(None)
    )
    on_terms = exists().where(Standing.distributor_id == Distributor.id, on_day(day), sees)
    total = select(func.count(Distributor.id)).where(everyone).scalar_subquery()
    counted = select(total, func.count(Distributor.id)).where(everyone, on_terms)
    first = select(Distributor).where(everyone, on_terms).order_by(Distributor.sort_key, Distributor.id)
    known, seeing = session.execute(counted).one()
    return Audience(seeing, known, session.scalars(first.limit(SHOWN)).all() if is_restricted else ())


def is_on_sale(sku: Sku, day: date) -> bool:
    """Whether anybody at all may see it that day."""
    begun = sku.sale_from is None or sku.sale_from <= day
    return (
        sku.is_sellable and sku.archived_at is None and begun and (sku.sale_to is None or sku.sale_to > day)
    )


def _opens(opening: Opening) -> ColumnElement[bool]:
    """Whether a standing is all that the opening names; a territory stands for all below it."""
    named: list[ColumnElement[bool]] = []
    if opening.tier_id is not None:
        named.append(Standing.tier_id == opening.tier_id)
    if opening.channel_id is not None:
        named.append(Standing.channel_id == opening.channel_id)
    if opening.distributor_id is not None:
        named.append(Standing.distributor_id == opening.distributor_id)
    if opening.territory_id is not None:
        below = select(Territory.id).where(
            Territory.path.contains(f"/{opening.territory_id}/", autoescape=True)
        )
        named.append(Standing.territory_id.in_(below))
    return and_(true(), *named)
