"""Price lists as the brand looks through them: for whom each is, how much it holds, what is being prepared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from trade.actor import Actor
from trade.distributors.models import Distributor, PriceGroup, Standing, Territory, Tier
from trade.distributors.queries import on_day, within
from trade.errors import Refused
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList, PriceRow
from trade.pricing.queries import holds

PAGE = 50
KINDS = ("base", "tier", "group", "territory", "own")


@dataclass(frozen=True)
class ListFilter:
    search: str = ""
    kind: str = ""
    is_archived: bool = False
    page: int = 1


@dataclass(frozen=True)
class Row:
    """A list with whom it is for, how many rows hold today, how many changes wait, and the next planned day."""

    price_list: PriceList
    for_whom: str | None
    rows: int
    waiting: int
    planned: date | None


def reachable(actor: Actor) -> ColumnElement[bool]:
    """Own lists are within reach as their distributor is; all others are the whole brand's."""
    known = select(Distributor.id).where(within(actor, Distributor.id))
    return or_(PriceList.kind != "own", PriceList.distributor_id.in_(known))


def get_for(session: Session, actor: Actor, list_id: int) -> PriceList:
    """The list, if the actor may know of it."""
    found = session.scalar(select(PriceList).where(PriceList.id == list_id, reachable(actor)))
    if found is None:
        raise Refused("price_list.not_found")
    return found


def get_with_draft(session: Session, actor: Actor, list_id: int) -> tuple[PriceList, PriceDraft | None]:
    """The same with the change that is being prepared on it, if there is one."""
    is_open = and_(PriceDraft.price_list_id == PriceList.id, PriceDraft.state == "open")
    row = session.execute(
        select(PriceList, PriceDraft)
        .outerjoin(PriceDraft, is_open)
        .where(PriceList.id == list_id, reachable(actor))
    ).one_or_none()
    if row is None:
        raise Refused("price_list.not_found")
    return row[0], row[1]


def listing(session: Session, actor: Actor, wanted: ListFilter, day: date) -> tuple[list[Row], int]:
    """A page of lists, base first, then by kind and code, with how many there are in all."""
    conditions = [reachable(actor), PriceList.archived_at.is_not(None) if wanted.is_archived else is_kept()]
    if wanted.kind:
        conditions.append(PriceList.kind == wanted.kind)
    for word in wanted.search.split():
        conditions.append(
            or_(
                PriceList.name.contains(word, autoescape=True),
                func.lower(PriceList.code).contains(word.lower(), autoescape=True),
                target_name().contains(word, autoescape=True),
            )
        )
    rows = select(func.count(PriceRow.id)).where(
        PriceRow.price_list_id == PriceList.id, holds(PriceRow.valid_from, PriceRow.valid_to, day)
    )
    waiting = (
        select(func.count(PriceDraftRow.id))
        .join(PriceDraft, PriceDraft.id == PriceDraftRow.draft_id)
        .where(PriceDraft.price_list_id == PriceList.id, PriceDraft.state == "open")
    )
    planned = select(func.min(PriceDraft.valid_from)).where(
        PriceDraft.price_list_id == PriceList.id, PriceDraft.state == "published", PriceDraft.valid_from > day
    )
    page = (
        _with_targets(
            select(
                PriceList,
                target_name(),
                rows.scalar_subquery(),
                waiting.scalar_subquery(),
                planned.scalar_subquery(),
            )
        )
        .where(*conditions)
        .order_by(kind_order(), PriceList.code, PriceList.id)
        .offset((wanted.page - 1) * PAGE)
        .limit(PAGE)
    )
    count = _with_targets(select(func.count(PriceList.id))).where(*conditions)
    return [Row(*row) for row in session.execute(page)], session.scalar(count) or 0


def target_of(session: Session, price_list: PriceList) -> str | None:
    """The name of the distributor, group, tier or territory that a list is for."""
    name: str | None = session.scalar(
        _with_targets(select(target_name())).where(PriceList.id == price_list.id)
    )
    return name


def concerned(price_list: PriceList, day: date) -> Select[int]:
    """The ids of the active distributors whom a list prices on a day: who hears of it."""
    return priced(price_list, day).where(Distributor.status == "active")


def priced(price_list: PriceList, day: date) -> Select[int]:
    """The ids of all whom a list prices on a day, whatever stands in front of it; who is paused may read as before."""
    standing = (
        select(Standing.distributor_id)
        .join(Distributor, Distributor.id == Standing.distributor_id)
        .where(on_day(day), Distributor.currency == price_list.currency)
    )
    if price_list.kind == "own":
        return standing.where(Standing.distributor_id == price_list.distributor_id)
    if price_list.kind == "group":
        return standing.where(Standing.price_group_id == price_list.price_group_id)
    if price_list.kind == "tier":
        return standing.where(Standing.tier_id == price_list.tier_id)
    if price_list.kind == "territory":
        below = select(Territory.id).where(
            Territory.path.contains(f"/{price_list.territory_id}/", autoescape=True)
        )
        return standing.where(Standing.territory_id.in_(below))
    return standing


def targets(session: Session) -> dict[str, Sequence[tuple[int, str]]]:
    """By kind, the groups, tiers and territories that a new list can be for."""
    found: dict[str, Sequence[tuple[int, str]]] = {}
    for kind, model, order in (
        ("group", PriceGroup, PriceGroup.code),
        ("tier", Tier, Tier.rank),
        ("territory", Territory, Territory.path),
    ):
        query = select(model.id, model.name).where(model.archived_at.is_(None)).order_by(order, model.id)
        found[kind] = [(row[0], row[1]) for row in session.execute(query)]
    return found


def rivals(price_list: PriceList) -> ColumnElement[bool]:
    """Whether a list is of the same kind for the same people in the same currency."""
    return and_(
        PriceList.kind == price_list.kind,
        PriceList.currency == price_list.currency,
        PriceList.archived_at.is_(None),
        *(
            column == value if value is not None else column.is_(None)
            for column, value in (
                (PriceList.distributor_id, price_list.distributor_id),
                (PriceList.price_group_id, price_list.price_group_id),
                (PriceList.tier_id, price_list.tier_id),
                (PriceList.territory_id, price_list.territory_id),
            )
        ),
    )


def is_kept() -> ColumnElement[bool]:
    return PriceList.archived_at.is_(None)


def target_name() -> ColumnElement[str | None]:
    return func.coalesce(Distributor.name, PriceGroup.name, Tier.name, Territory.name)


def kind_order() -> ColumnElement[int]:
    """A number per kind, in the order in which the brand thinks of them."""
    return case({kind: at for at, kind in enumerate(KINDS)}, value=PriceList.kind, else_=len(KINDS))


def _with_targets(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(PriceList)
        .outerjoin(Distributor, Distributor.id == PriceList.distributor_id)
        .outerjoin(PriceGroup, PriceGroup.id == PriceList.price_group_id)
        .outerjoin(Tier, Tier.id == PriceList.tier_id)
        .outerjoin(Territory, Territory.id == PriceList.territory_id)
    )
