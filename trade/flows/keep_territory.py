from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import VisibilityRule
from trade.db import insert_once
from trade.distributors import masters, rules, territories
from trade.distributors.models import Territory
from trade.editing import record, take_turn
from trade.errors import Refused
from trade.inventory.models import WarehouseTerritory
from trade.pricing.models import PriceList

FIELDS = ("name", "parent_id", "regions")


@dataclass(frozen=True)
class TerritoryGiven:
    """A node of the tree and the codes of the regions it covers; without an id a new one."""

    name: str
    parent_id: int | None
    regions: Sequence[str]
    code: str = ""
    territory_id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class TerritoryState:
    territory_id: int
    version: int
    is_archived: bool


def keep_territory(session: Session, actor: Actor, given: TerritoryGiven) -> int:
    """Add a territory, or rename it, move it with all below it, and say which regions it covers."""
    territories.lock(session)
    if given.territory_id is None:
        territory, version = _add(session, given), 1
        changes: dict[str, tuple[Any, Any]] = {"code": (None, territory.code), "name": (None, given.name)}
    else:
        version = take_turn(session, Territory, given.territory_id, given.version, FIELDS)
        territory = _get(session, given.territory_id)
        changes = {"name": (territory.name, given.name)} if territory.name != given.name else {}
        territory.name = given.name
        if territory.parent_id != given.parent_id:
            before = _name(session, territory.parent_id)
            territories.move(session, territory, given.parent_id)
            changes["parent_id"] = (before, _name(session, given.parent_id))
    codes = list(dict.fromkeys(given.regions))
    old, new = territories.cover(session, territory.id, codes)
    if old != new:
        changes["regions"] = (", ".join(old), ", ".join(new))
    event = "master.edited" if given.territory_id else "master.created"
    record(session, actor, event, Territory, territory.id, changes, version=version, name=given.name)
    return territory.id


def set_territory_archived(session: Session, actor: Actor, given: TerritoryState) -> None:
    """Take a territory out of use, unless something needs it, or put it back; the tree keeps its place."""
    territories.lock(session)
    version = take_turn(session, Territory, given.territory_id, given.version, ("archived",))
    territory = _get(session, given.territory_id)
    if (territory.archived_at is not None) == given.is_archived:
        raise Refused("master.no_change")
    if given.is_archived:
        _refuse_needed(session, territory.id)
        territories.cover(session, territory.id, [])
    elif territory.parent_id is not None and _get(session, territory.parent_id).archived_at is not None:
        raise Refused("territory.parent_archived")
    territory.archived_at = clock.now() if given.is_archived else None
    event = "master.archived" if given.is_archived else "master.restored"
    changes = {"archived": (not given.is_archived, given.is_archived)}
    record(session, actor, event, Territory, territory.id, changes, version=version, name=territory.name)


def _add(session: Session, given: TerritoryGiven) -> Territory:
    code = rules.plain_code(given.code)
    if code is None:
        raise Refused("master.code_odd", field="code")
    if not insert_once(session, Territory, code=code, name=given.name, path="", version=1):
        raise Refused("master.code_taken", taken=code, field="code")
    territory = session.scalars(select(Territory).where(Territory.code == code)).one()
    territory.path = f"/{territory.id}/"
    session.flush()
    if given.parent_id is not None:
        territories.move(session, territory, given.parent_id)
    return territory


def _get(session: Session, territory_id: int) -> Territory:
    found = session.scalar(select(Territory).where(Territory.id == territory_id))
    if found is None:
        raise Refused("territory.not_found")
    return found


def _name(session: Session, territory_id: int | None) -> str | None:
    return session.scalar(select(Territory.name).where(Territory.id == territory_id))


def _refuse_needed(session: Session, territory_id: int) -> None:
    """Distributors, those below, price lists, warehouses and visibility move away first."""
    uses = masters.uses_of(session, "territories", territory_id)
    today = clock.today()
    holds = (PriceList.valid_to.is_(None)) | (PriceList.valid_to > today)
    lists = select(func.count()).where(
        PriceList.territory_id == territory_id, PriceList.archived_at.is_(None), holds
    )
    others = {
        "price_lists": lists,
        "warehouses": select(func.count()).where(WarehouseTerritory.territory_id == territory_id),
        "visibility": select(func.count()).where(VisibilityRule.territory_id == territory_id),
    }
    uses |= {noun: session.scalar(query) or 0 for noun, query in others.items()}
    if uses := {noun: count for noun, count in uses.items() if count}:
        raise Refused("master.needed", uses=uses)
