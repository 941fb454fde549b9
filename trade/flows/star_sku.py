from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog import queries as catalog
from trade.db import insert_once
from trade.distributors.queries import terms_of
from trade.errors import Refused
from trade.shelf.models import Favourite


@dataclass(frozen=True)
class Star:
    sku_id: int
    is_on: bool


def star_sku(session: Session, actor: Actor, star: Star) -> None:
    """Keep a SKU among this person's favourites at this distributor, or no longer; twice is as good as once."""
    if actor.distributor_id is None or actor.person_id is None:
        raise Refused("cart.no_distributor")
    mine = {"person_id": actor.person_id, "distributor_id": actor.distributor_id}
    if not star.is_on:
        session.execute(delete(Favourite).filter_by(**mine, sku_id=star.sku_id))
        return
    day = clock.today()
    sku = catalog.get_for(session, terms_of(session, actor.distributor_id, day), star.sku_id, day)
    insert_once(session, Favourite, **mine, sku_id=sku.id, at=clock.now())
