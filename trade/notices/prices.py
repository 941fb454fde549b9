"""Who is told that prices change: each distributor of what changes for it, each rep of how many of theirs."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Permission
from trade.distributors.models import Standing
from trade.distributors.queries import on_day, terms_of
from trade.notices import outbox
from trade.people.models import Membership, Person, Role, RolePermission
from trade.pricing import effects, lists
from trade.pricing.models import PriceDraft, PriceList

TOLD = {"price.published": "price.changed", "price.withdrawn": "price.kept"}  # the reps' topic → the buyers'


def fan_out(session: Session, topic: str, payload: Mapping[str, Any]) -> None:
    """Leave a message for every distributor whom a publication concerns."""
    found = _found(session, payload)
    if found is None:
        return
    draft, price_list = found
    for distributor_id in session.scalars(lists.concerned(price_list, clock.today())):
        outbox.post(session, TOLD[topic], distributor_id=distributor_id, draft_id=draft.id)


def told(
    session: Session, topic: str, payload: Mapping[str, Any]
) -> tuple[Select[int], dict[str, Any]] | None:
    """Who is told what: reps about a list, buyers about their own prices; None where nothing changes for them."""
    found = _found(session, payload)
    if found is None:
        return None
    draft, price_list = found
    facts = {"draft_id": draft.id, "day": draft.valid_from.isoformat() if draft.valid_from else ""}
    if topic in TOLD:
        facts |= {"list": price_list.name, "list_id": price_list.id, "count": draft.changes}
        return _reps(price_list), facts
    if topic == "price.kept":
        return _buyers(payload), facts
    if draft.state != "published":
        return None
    today = clock.today()
    terms = terms_of(session, payload["distributor_id"], today)
    changed = effects.announced(session, terms, draft.id, today).effects
    return (_buyers(payload), {**facts, "count": len(changed)}) if changed else None


def _reps(price_list: PriceList) -> Select[int]:
    today = clock.today()
    owners = select(Standing.rep_id).where(
        on_day(today), Standing.distributor_id.in_(lists.concerned(price_list, today))
    )
    return select(Person.id).where(Person.is_active, Person.id.in_(owners))


def _buyers(payload: Mapping[str, Any]) -> Select[int]:
    """Those at the distributor who may see its prices."""
    members = (
        select(Membership.person_id)
        .join(Role, Role.id == Membership.role_id)
        .join(RolePermission, RolePermission.role_id == Role.id)
        .where(
            Membership.distributor_id == payload.get("distributor_id"),
            Membership.is_active,
            ~Role.is_archived,
            RolePermission.permission == Permission.CATALOG_READ.value,
        )
    )
    return select(Person.id).where(Person.is_active, Person.id.in_(members))


def _found(session: Session, payload: Mapping[str, Any]) -> tuple[PriceDraft, PriceList] | None:
    row = session.execute(
        select(PriceDraft, PriceList)
        .join(PriceList, PriceList.id == PriceDraft.price_list_id)
        .where(PriceDraft.id == payload.get("draft_id"))
    ).one_or_none()
    return None if row is None else (row[0], row[1])
