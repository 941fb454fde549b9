"""The short lists of the brand: tiers, channels, price groups, credit groups; and what hangs on each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from trade import clock
from trade.db import Base
from trade.distributors.models import (
    Authorisation,
    Channel,
    CreditGroup,
    Distributor,
    LegalEntity,
    PriceGroup,
    Standing,
    Territory,
    Tier,
)

KINDS: Mapping[str, type[Base]] = {
    "tiers": Tier,
    "channels": Channel,
    "price-groups": PriceGroup,
    "credit-groups": CreditGroup,
}
COLUMNS: Mapping[str, InstrumentedAttribute[Any]] = {
    "tiers": Standing.tier_id,
    "channels": Standing.channel_id,
    "price-groups": Standing.price_group_id,
    "territories": Standing.territory_id,
}


@dataclass(frozen=True)
class Row:
    """A master with the number of distributors that have it today."""

    id: int
    code: str
    name: str
    rank: int | None
    version: int
    archived_at: datetime | None
    distributors: int


def rows_of(session: Session, kind: str) -> list[Row]:
    """Every row of a short list, the archived last; two statements."""
    model: Any = KINDS[kind]
    order = [model.rank, model.code] if kind == "tiers" else [model.code]
    counts = _counts(session, kind)
    rows = session.scalars(select(model).order_by(model.archived_at.is_not(None), *order))
    return [
        Row(
            row.id,
            row.code,
            row.name,
            getattr(row, "rank", None),
            row.version,
            row.archived_at,
            counts.get(row.id, 0),
        )
        for row in rows
    ]


def on_offer(session: Session, model: Any) -> list[tuple[int, str]]:
    """What may be chosen of a short list."""
    order = [model.rank, model.code] if model is Tier else [model.code]
    rows = session.execute(select(model.id, model.name).where(model.archived_at.is_(None)).order_by(*order))
    return [(key, name) for key, name in rows]


def name_of(session: Session, model: Any, row_id: int | None) -> str | None:
    """The name of a row, archived or not; no statement for none."""
    return None if row_id is None else session.scalar(select(model.name).where(model.id == row_id))


def uses_of(session: Session, kind: str, row_id: int) -> dict[str, int]:
    """What still needs a row today or later, by noun; empty when it may be archived."""
    ahead = or_(Standing.valid_to.is_(None), Standing.valid_to > clock.today())
    found: dict[str, int] = {}
    if kind == "credit-groups":
        members = select(func.count()).where(
            Distributor.credit_group_id == row_id, Distributor.status != "ended"
        )
        found["distributors"] = session.scalar(members) or 0
    else:
        held = select(func.count(Standing.distributor_id.distinct())).join(
            Distributor, Distributor.id == Standing.distributor_id
        )
        held = held.where(COLUMNS[kind] == row_id, ahead, Distributor.status != "ended")
        found["distributors"] = session.scalar(held) or 0
    if kind in {"channels", "territories"}:
        column = Authorisation.channel_id if kind == "channels" else Authorisation.territory_id
        open_ = or_(Authorisation.valid_to.is_(None), Authorisation.valid_to > clock.today())
        found["authorisations"] = session.scalar(select(func.count()).where(column == row_id, open_)) or 0
    if kind == "territories":
        below = select(func.count()).where(Territory.parent_id == row_id, Territory.archived_at.is_(None))
        found["territories"] = session.scalar(below) or 0
    return {noun: count for noun, count in found.items() if count}


def _counts(session: Session, kind: str) -> dict[int, int]:
    if kind == "credit-groups":
        column: Any = Distributor.credit_group_id
        query = select(column, func.count()).where(column.is_not(None)).group_by(column)
    else:
        column, today = COLUMNS[kind], clock.today()
        holds = [Standing.valid_from <= today, or_(Standing.valid_to.is_(None), Standing.valid_to > today)]
        query = select(column, func.count()).where(column.is_not(None), *holds).group_by(column)
    rows: Sequence[Any] = session.execute(query).all()
    return {key: count for key, count in rows}


def house_phone(session: Session) -> str | None:
    """Where somebody outside can call the brand: the phone of the first of its companies that has one."""
    known = select(LegalEntity.phone).where(LegalEntity.phone.is_not(None), LegalEntity.phone != "")
    return session.scalar(known.order_by(LegalEntity.id).limit(1))


def legal_entities(session: Session) -> Sequence[LegalEntity]:
    """The companies of the brand that issue papers."""
    return session.scalars(select(LegalEntity).order_by(LegalEntity.id)).all()
