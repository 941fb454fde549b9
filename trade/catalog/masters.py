"""What the brand's own pages read of the catalogue: everything, archived or not."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import Session

from trade.catalog.models import Category, Family, Sku
from trade.distributors.models import Channel, Territory, Tier
from trade.errors import Refused

Names = dict[int, str]


@dataclass(frozen=True)
class Offered:
    """To whom a SKU can be opened; territories with those above them."""

    tiers: Names
    territories: Names
    channels: Names


def get(session: Session, sku_id: int) -> Sku:
    """A SKU for the brand, whoever may see it."""
    sku = session.scalar(select(Sku).where(Sku.id == sku_id))
    if sku is None:
        raise Refused("sku.not_found")
    return sku


def family_names(session: Session) -> Names:
    """Families in use by name."""
    wanted = select(Family.id, Family.name).where(Family.archived_at.is_(None))
    return {key: name for key, name in session.execute(wanted.order_by(Family.name, Family.id))}


def family_name(session: Session, family_id: int) -> Names:
    """One family, archived or not."""
    return {key: name for key, name in session.execute(_one(Family, family_id))}


def category_name(session: Session, category_id: int) -> Names:
    """One category, archived or not."""
    return {key: name for key, name in session.execute(_one(Category, category_id))}


def units(session: Session) -> list[str]:
    """Units that SKUs have."""
    every = select(Sku.base_unit).union(select(Sku.order_unit))
    return sorted(session.scalars(every))


def openings_on_offer(session: Session) -> Offered:
    """Tiers by rank, territories as a tree, channels; one statement."""
    every = union_all(
        _offered("tier", Tier, literal(""), Tier.rank),
        _offered("channel", Channel, literal(""), Channel.id),
        _offered("territory", Territory, Territory.path, Territory.id),
    )
    rows = sorted(session.execute(every), key=lambda row: (row.place, row.id))
    known = {row.id: row for row in rows if row.kind == "territory"}
    full = {
        key: " / ".join(known[int(each)].name for each in row.path.split("/") if each and int(each) in known)
        or row.name
        for key, row in known.items()
    }
    return Offered(
        {row.id: row.name for row in rows if row.kind == "tier"},
        dict(sorted(full.items(), key=lambda each: each[1])),
        {row.id: row.name for row in rows if row.kind == "channel"},
    )


def _offered(kind: str, model: Any, path: Any, place: Any) -> Select[Any]:
    return select(
        literal(kind).label("kind"), model.id, model.name, path.label("path"), place.label("place")
    ).where(model.archived_at.is_(None))


def _one(model: type[Category] | type[Family], row_id: int) -> Select[int, str]:
    return select(model.id, model.name).where(model.id == row_id)
