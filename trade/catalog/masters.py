"""What the brand's own pages read of the catalogue: everything, archived or not."""

from dataclasses import dataclass

from sqlalchemy import Select, select
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
    """Tiers by rank, territories as a tree, channels; three statements."""
    tiers = select(Tier.id, Tier.name).where(Tier.archived_at.is_(None)).order_by(Tier.rank, Tier.id)
    channels = select(Channel.id, Channel.name).where(Channel.archived_at.is_(None)).order_by(Channel.id)
    areas = select(Territory.id, Territory.name, Territory.path).where(Territory.archived_at.is_(None))
    known = {key: (name, path) for key, name, path in session.execute(areas)}
    full = {
        key: " / ".join(known[int(each)][0] for each in path.split("/") if each and int(each) in known)
        or name
        for key, (name, path) in known.items()
    }
    return Offered(
        {key: name for key, name in session.execute(tiers)},
        dict(sorted(full.items(), key=lambda each: each[1])),
        {key: name for key, name in session.execute(channels)},
    )


def _one(model: type[Category] | type[Family], row_id: int) -> Select[tuple[int, str]]:
    return select(model.id, model.name).where(model.id == row_id)
