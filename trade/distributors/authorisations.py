"""What a distributor may sell; whoever calls has loaded the distributor through the actor's scope."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.distributors.models import Authorisation, Channel, Territory


@dataclass(frozen=True)
class Row:
    authorisation: Authorisation
    territory: str | None
    channel: str | None


def of(session: Session, distributor_id: int) -> list[Row]:
    """Every authorisation with names, the latest first; the product line's name is the catalogue's to tell."""
    rows = session.execute(
        select(Authorisation, Territory.name, Channel.name)
        .outerjoin(Territory, Territory.id == Authorisation.territory_id)
        .outerjoin(Channel, Channel.id == Authorisation.channel_id)
        .where(Authorisation.distributor_id == distributor_id)
        .order_by(Authorisation.valid_from.desc(), Authorisation.id.desc())
    )
    return [Row(*row) for row in rows]
