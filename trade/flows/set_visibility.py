from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from trade import audit, editing
from trade.actor import Actor, Permission
from trade.catalog.facts import yes
from trade.catalog.models import Sku, VisibilityRule
from trade.catalog.rules import Opening
from trade.distributors import queries as distributors
from trade.distributors.models import Channel, Territory, Tier
from trade.errors import Refused

MOST = 50


@dataclass(frozen=True)
class Restriction:
    """Whether a SKU is seen by everybody or only by those to whom it is opened."""

    sku_id: int
    version: int
    is_restricted: bool


@dataclass(frozen=True)
class NewOpening:
    """To whom a SKU is opened as well."""

    sku_id: int
    opening: Opening


@dataclass(frozen=True)
class OldOpening:
    sku_id: int
    rule_id: int


def restrict(session: Session, actor: Actor, given: Restriction) -> None:
    """Show a SKU to everybody or only to some; the rules stay for the next time."""
    sku = _locked(session, actor, given.sku_id)
    if sku.is_restricted == given.is_restricted:
        return
    changes = {"is_restricted": (yes(sku.is_restricted), yes(given.is_restricted))}
    version = editing.take_turn(session, Sku, given.sku_id, given.version, changes)
    session.execute(update(Sku).where(Sku.id == given.sku_id).values(is_restricted=given.is_restricted))
    editing.record(session, actor, "product.changed", Sku, given.sku_id, changes, version=version)


def open_to(session: Session, actor: Actor, given: NewOpening) -> int:
    """Open a restricted SKU to a tier, territory, channel or distributor, or to what is all of these; answers the rule."""
    sku_id = _locked(session, actor, given.sku_id).id
    check_opening(session, actor, given.opening)
    known = session.scalars(select(VisibilityRule).where(VisibilityRule.sku_id == sku_id)).all()
    if len(known) >= MOST:
        raise Refused("visibility.too_many", most=MOST)
    opening = given.opening
    names = ("tier_id", "territory_id", "channel_id", "distributor_id")
    if any(all(getattr(rule, name) == getattr(opening, name) for name in names) for rule in known):
        raise Refused("visibility.known")
    rule = VisibilityRule(sku_id=sku_id, **{name: getattr(opening, name) for name in names})
    session.add(rule)
    session.flush()
    audit.record(session, actor, "visibility.opened", _told(opening), subject="sku", subject_id=sku_id)
    return rule.id


def close_to(session: Session, actor: Actor, given: OldOpening) -> None:
    """Take an opening away; who saw the SKU by it alone no longer does."""
    sku_id = _locked(session, actor, given.sku_id).id
    mine = select(VisibilityRule).where(VisibilityRule.id == given.rule_id, VisibilityRule.sku_id == sku_id)
    rule = session.scalar(mine)
    if rule is None:
        raise Refused("visibility.not_found")
    opening = Opening(rule.tier_id, rule.territory_id, rule.channel_id, rule.distributor_id)
    session.execute(delete(VisibilityRule).where(VisibilityRule.id == rule.id))
    audit.record(session, actor, "visibility.closed", _told(opening), subject="sku", subject_id=sku_id)


def check_opening(session: Session, actor: Actor, opening: Opening) -> None:
    """An opening names somebody, and only what there is."""
    if opening.names_nobody:
        raise Refused("visibility.names_nobody", field="tier")
    named: dict[str, tuple[Any, int | None]] = {
        "tier": (Tier, opening.tier_id),
        "territory": (Territory, opening.territory_id),
        "channel": (Channel, opening.channel_id),
    }
    for field, (model, row_id) in named.items():
        found = select(model.id).where(model.id == row_id, model.archived_at.is_(None))
        if row_id is not None and session.scalar(found) is None:
            raise Refused("visibility.unknown", field=field)
    if opening.distributor_id is not None:
        distributors.get_for(session, actor, opening.distributor_id)


def _locked(session: Session, actor: Actor, sku_id: int) -> Sku:
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"sku_id": sku_id})
    sku = session.scalar(select(Sku).where(Sku.id == sku_id).with_for_update())
    if sku is None:
        raise Refused("sku.not_found")
    return sku


def _told(opening: Opening) -> dict[str, int]:
    return {name: value for name, value in vars(opening).items() if value is not None}
