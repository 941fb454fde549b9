"""What a publication means to one distributor: its own prices before and after, and nobody else's."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from trade.catalog.models import Category, Sku
from trade.catalog.queries import visible
from trade.catalog.rules import smallest
from trade.distributors.queries import Terms
from trade.errors import Refused
from trade.pricing import lists, queries
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList
from trade.pricing.rules import Price, price

MOST = 1000  # SKUs that are compared for one distributor
AT_ONCE = 500


@dataclass(frozen=True)
class Effect:
    """A SKU whose price moves, at the smallest order; None is no price."""

    sku: Sku
    before: Price | None
    after: Price | None


@dataclass(frozen=True)
class Announcement:
    """A publication as those read of whom it tells."""

    draft: PriceDraft
    price_list: PriceList
    effects: list[Effect]
    is_cut: bool  # more SKUs were touched than are compared

    @property
    def day(self) -> date:
        return self.draft.valid_from or self.draft.created_at.date()


def announced(session: Session, terms: Terms, draft_id: int, today: date) -> Announcement:
    """What a publication changes for a distributor. One that does not concern it does not exist for it."""
    found = session.execute(
        select(PriceDraft, PriceList)
        .join(PriceList, PriceList.id == PriceDraft.price_list_id)
        .where(PriceDraft.id == draft_id, PriceDraft.state.in_(("published", "withdrawn")))
    ).one_or_none()
    if found is None or not _concerns(session, found.PriceList, terms, today):
        raise Refused("price_draft.not_found")
    draft, price_list = found
    day = draft.valid_from
    if draft.state == "withdrawn" or day is None:
        return Announcement(draft, price_list, [], is_cut=False)
    skus = session.scalars(_touched(draft_id, terms, day)).all()
    some = (list(skus[at : at + AT_ONCE]) for at in range(0, min(len(skus), MOST), AT_ONCE))
    effects = [each for part in some for each in _effects(session, terms, part, day)]
    return Announcement(draft, price_list, effects, is_cut=len(skus) > MOST)


def _concerns(session: Session, price_list: PriceList, terms: Terms, today: date) -> bool:
    among = lists.priced(price_list, today).subquery()
    wanted = select(among.c.distributor_id).where(among.c.distributor_id == terms.distributor_id)
    return session.scalar(wanted) is not None


def _touched(draft_id: int, terms: Terms, day: date) -> Any:
    """The visible SKUs that a draft names, by themselves, by family or by a category above them."""
    said = select(PriceDraftRow).where(PriceDraftRow.draft_id == draft_id).subquery()
    below = select(Category.id).join(
        said, Category.path.contains(literal("/").concat(said.c.category_id).concat("/"))
    )
    return (
        select(Sku)
        .where(
            visible(terms, day),
            or_(
                Sku.id.in_(select(said.c.sku_id).where(said.c.sku_id.is_not(None))),
                Sku.family_id.in_(select(said.c.family_id).where(said.c.family_id.is_not(None))),
                Sku.category_id.in_(below.where(said.c.category_id.is_not(None))),
            ),
        )
        .order_by(Sku.sort_key, Sku.id)
        .limit(MOST + 1)
    )


def _effects(session: Session, terms: Terms, skus: list[Sku], day: date) -> list[Effect]:
    eve = day - timedelta(days=1)
    then = queries.rows_for(session, terms, skus, eve)
    now = queries.rows_for(session, terms, skus, day)
    found: list[Effect] = []
    for sku in skus:
        quantity = smallest(sku.moq, sku.multiple)
        before = price(queries.asked(sku, terms, quantity, eve), then[sku.id])
        after = price(queries.asked(sku, terms, quantity, day), now[sku.id])
        if _figures(before) != _figures(after):
            found.append(Effect(sku, before, after))
    return found


def _figures(value: Price | None) -> object:
    return (
        None if value is None else (value.price, value.unit, value.factor, value.basis, tuple(value.breaks))
    )
