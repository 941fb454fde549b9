import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import audit
from trade.actor import Actor
from trade.db import insert_once
from trade.distributors import queries as distributors
from trade.distributors.models import Distributor, PriceGroup, Territory, Tier
from trade.errors import Refused
from trade.pricing.models import PriceList

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,29}")
TARGETS: dict[str, type[PriceGroup] | type[Tier] | type[Territory]] = {
    "group": PriceGroup,
    "tier": Tier,
    "territory": Territory,
}


@dataclass(frozen=True)
class NewPriceList:
    """`target` is the id of the group, tier or territory, or the code of the distributor, as `kind` says."""

    code: str
    name: str
    kind: str
    target: str
    currency: str
    basis: str
    priority: int
    valid_from: date
    valid_to: date | None = None  # the first day on which it no longer holds


def create_price_list(session: Session, actor: Actor, given: NewPriceList) -> int:
    """Open an empty list; it prices nobody until its first prices are published."""
    if not CODE.fullmatch(given.code):
        raise Refused("price_list.code_odd", field="code")
    if given.valid_to is not None and given.valid_to <= given.valid_from:
        raise Refused("price_list.period_odd", field="valid_to")
    facts = {
        "code": given.code,
        "name": given.name,
        "kind": given.kind,
        "basis": given.basis,
        "priority": given.priority,
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
    }
    if not insert_once(session, PriceList, **facts, **_target(session, actor, given)):
        raise Refused("price_list.code_taken", field="code")
    list_id = session.scalars(select(PriceList.id).where(PriceList.code == given.code)).one()
    told = {name: str(value) for name, value in facts.items() if value is not None}
    audit.record(session, actor, "price_list.created", told, subject="price_list", subject_id=list_id)
    return list_id


def _target(session: Session, actor: Actor, given: NewPriceList) -> dict[str, object]:
    """For whom the list is, and in which currency: an own list has its distributor's."""
    if given.kind == "base":
        return {"currency": given.currency}
    if given.kind == "own":
        distributor_id = distributors.find_by_code(session, actor, given.target)
        if distributor_id is None:
            raise Refused("price_list.no_distributor", field="distributor")
        currency = session.scalar(select(Distributor.currency).where(Distributor.id == distributor_id))
        return {"distributor_id": distributor_id, "currency": currency}
    model = TARGETS[given.kind]
    target_id = int(given.target) if given.target.isascii() and given.target.isdigit() else 0
    known: int | None = session.scalar(
        select(model.id).where(model.id == target_id, model.archived_at.is_(None))
    )
    if known is None:
        raise Refused("price_list.no_target", field=given.kind)
    column = {"group": "price_group_id", "tier": "tier_id", "territory": "territory_id"}[given.kind]
    return {column: known, "currency": given.currency}
