"""What a check looks at, loaded in a constant number of statements: this list as it will be, and those around it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from trade.audit import AuditEntry
from trade.catalog.models import Category, Family, Sku, SkuPack, VisibilityRule
from trade.catalog.rules import smallest
from trade.distributors.models import Standing, Tier
from trade.distributors.queries import on_day
from trade.pricing.checks import Entry, Good, Shelf, Survey, TierFacts, laddered
from trade.pricing.lists import concerned, rivals
from trade.pricing.models import PriceDraftRow, PriceList, PriceRow
from trade.pricing.queries import holds, is_in_force

ROW = (
    *(PriceRow.price_list_id, PriceRow.sku_id, PriceRow.family_id, PriceRow.category_id),
    *(PriceRow.unit, PriceRow.factor, PriceRow.min_quantity, PriceRow.price, PriceRow.percent),
    *(PriceRow.valid_from, PriceRow.valid_to),
)
# What is written down of these moves neither a price nor what a check compares it with.
CALM = (
    "access.",
    "behalf.",
    "credit.",
    "login.",
    "order.",
    "papers.",
    "password.",
    "payment.",
    "session.",
    "stock.",
)
RECENT = 1000  # entries of the audit in which one that is committed late may still appear


@dataclass(frozen=True)
class Basis:
    """What a check rests on, in short: the lists around it and the changes of masters since an entry of the audit."""

    since: int
    changes: int
    lists: str


@dataclass(frozen=True)
class Checked:
    """A check that forbade nothing: of which version of the draft, for which day, with which warnings."""

    version: int
    day: date
    warnings: str  # checks.fingerprint
    basis: Basis


def basis(session: Session, price_list: PriceList, since: int | None = None) -> Basis:
    """Two that are equal stand for the same outcome of a check of one draft for one day; three short statements."""
    if since is None:
        since = (session.scalar(select(func.max(AuditEntry.id))) or 0) - RECENT
    calm = (AuditEntry.event.startswith(each) for each in CALM)
    changes = session.scalar(select(func.count()).where(AuditEntry.id > since, ~or_(*calm)))
    around = select(PriceList.id, PriceList.version).where(_around(price_list)).order_by(PriceList.id)
    told = ",".join(f"{list_id}:{version}" for list_id, version in session.execute(around))
    return Basis(since, changes or 0, hashlib.sha256(told.encode()).hexdigest())


def load(session: Session, price_list: PriceList, draft_id: int | None, day: date) -> Survey:
    """The list with its draft from the day on, and everything that decides what tiers pay then."""
    lists = session.scalars(
        select(PriceList).where(
            PriceList.id != price_list.id,
            _around(price_list),
            or_(is_in_force(day), and_(rivals(price_list), PriceList.published_at.is_not(None))),
        )
    ).all()
    held = _rows(session, [each.id for each in lists], day)
    entries = _planned(session, price_list.id, draft_id, day)
    this = _shelf(price_list, [each for each in entries if each.valid_from <= day])
    shelves = {each.id: _shelf(each, held.get(each.id, ())) for each in lists}
    others = [each for each in lists if each.kind in ("tier", "base") and _is_in_force(each, day)]
    same = [each for each in lists if each.kind == price_list.kind and _meet(each, price_list, day)]
    tiers = session.execute(
        select(Tier.id, Tier.name, Tier.rank).where(Tier.archived_at.is_(None)).order_by(Tier.rank, Tier.id)
    )
    told = select(Standing.tier_id).where(
        on_day(day), Standing.distributor_id.in_(concerned(price_list, day))
    )
    targets = {each.target for each in entries}
    goods, names = _goods(session, targets, day)
    return Survey(
        day=day,
        this=this,
        entries=entries,
        goods=goods,
        others=[shelves[each.id] for each in others],
        rivals=[shelves[each.id] for each in same if _same_people(each, price_list)],
        tiers=[TierFacts(*row) for row in tiers],
        concerned=frozenset(session.scalars(told.distinct())),
        is_whole=not any(each.is_touched for each in entries) and not _touches(session, draft_id),
        names=names,
    )


def _around(price_list: PriceList) -> ColumnElement[bool]:
    """Whether a list decides with this one what tiers pay."""
    return and_(
        PriceList.currency == price_list.currency,
        or_(PriceList.kind.in_(("tier", "base")), rivals(price_list)),
    )


def _touches(session: Session, draft_id: int | None) -> bool:
    wanted = select(PriceDraftRow.id).where(PriceDraftRow.draft_id == (draft_id or 0)).limit(1)
    return session.scalar(wanted) is not None


def _rows(session: Session, list_ids: Sequence[int], day: date) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    if not list_ids:
        return found
    wanted = select(*ROW).where(
        PriceRow.price_list_id.in_(list_ids), holds(PriceRow.valid_from, PriceRow.valid_to, day)
    )
    for list_id, *facts in session.execute(wanted):
        found.setdefault(list_id, []).append(_entry(facts))
    return found


def _planned(session: Session, list_id: int, draft_id: int | None, day: date) -> list[Entry]:
    """The rows of the list from the day on, as publishing the draft on it would leave them."""
    wanted = select(*ROW[1:]).where(
        PriceRow.price_list_id == list_id,
        or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > day),
        or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > PriceRow.valid_from),
    )
    rows = [_entry(facts) for facts in session.execute(wanted)]
    said = select(
        *(PriceDraftRow.sku_id, PriceDraftRow.family_id, PriceDraftRow.category_id),
        *(PriceDraftRow.unit, PriceDraftRow.factor, PriceDraftRow.min_quantity),
        *(PriceDraftRow.price, PriceDraftRow.percent, PriceDraftRow.is_removed),
    ).where(PriceDraftRow.draft_id == (draft_id or 0))
    changes = {
        _key(_entry((*facts, day, None))): (facts, is_removed) for *facts, is_removed in session.execute(said)
    }
    if not changes:
        return rows
    now = {_key(each): each for each in rows if each.valid_from <= day}
    later: dict[tuple[str, str, int], date] = {}
    for each in rows:
        if each.valid_from > day:
            later[_key(each)] = min(each.valid_from, later.get(_key(each), each.valid_from))
    kept = [each for each in rows if each.valid_from > day or _key(each) not in changes]
    for key, (facts, is_removed) in changes.items():
        old = now.get(key)
        until = old.valid_to if old else later.get(key)
        if not is_removed:
            made = _entry((*facts, day, until))
            kept.append(made._replace(is_touched=True, before=old.price if old else None))
    return kept


def _entry(facts: Any) -> Entry:
    sku_id, family_id, category_id, *rest = facts
    target = f"sku-{sku_id}" if sku_id else f"family-{family_id}" if family_id else f"category-{category_id}"
    return Entry(target, *rest)


def _key(entry: Entry) -> tuple[str, str, int]:
    return entry.target, entry.unit, entry.min_quantity


def _shelf(price_list: PriceList, entries: Sequence[Entry]) -> Shelf:
    return Shelf(
        list_id=price_list.id,
        name=price_list.name,
        kind=price_list.kind,
        basis=price_list.basis,
        rank=(price_list.priority, price_list.valid_from, price_list.id),
        tier_id=price_list.tier_id,
        ladders=laddered(entries),
    )


def _is_in_force(price_list: PriceList, day: date) -> bool:
    return price_list.valid_from <= day and (price_list.valid_to is None or price_list.valid_to > day)


def _meet(one: PriceList, other: PriceList, day: date) -> bool:
    """Whether there is a day from this one on when both hold."""
    starts = max(one.valid_from, other.valid_from, day)
    return all(each.valid_to is None or each.valid_to > starts for each in (one, other))


def _same_people(one: PriceList, other: PriceList) -> bool:
    names = ("kind", "distributor_id", "price_group_id", "tier_id", "territory_id")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _goods(
    session: Session, targets: set[str], day: date
) -> tuple[list[Good], Mapping[str, tuple[str, str]]]:
    """Every SKU that is sold or named by the list, and the names of what the list names."""
    paths = {key: path for key, path in session.execute(select(Category.id, Category.path))}
    packs: dict[int, dict[str, int]] = {}
    for sku_id, unit, factor in session.execute(select(SkuPack.sku_id, SkuPack.unit, SkuPack.factor)):
        packs.setdefault(sku_id, {})[unit] = factor
    opened = _opened(session)
    goods: list[Good] = []
    names: dict[str, tuple[str, str]] = {}
    columns = (
        *(Sku.id, Sku.code, Sku.name, Sku.family_id, Sku.category_id, Sku.base_unit, Sku.order_unit),
        *(Sku.order_factor, Sku.moq, Sku.multiple, Sku.tax_rate, Sku.floor_price, Sku.is_sellable),
        *(Sku.is_restricted, Sku.sale_from, Sku.sale_to, Sku.archived_at),
    )
    for row in session.execute(select(*columns)):
        target = f"sku-{row.id}"
        is_on_sale = row.is_sellable and row.archived_at is None
        is_on_sale &= row.sale_from is None or row.sale_from <= day
        is_on_sale &= row.sale_to is None or row.sale_to > day
        if target in targets:
            names[target] = (row.code, row.name)
        elif not is_on_sale:
            continue
        above = [each for each in paths[row.category_id].split("/") if each] or [row.category_id]
        goods.append(
            Good(
                sku_id=row.id,
                code=row.code,
                name=row.name,
                targets=(
                    target,
                    *([f"family-{row.family_id}"] if row.family_id else []),
                    *(f"category-{each}" for each in reversed(above)),
                ),
                units={**packs.get(row.id, {}), row.order_unit: row.order_factor, row.base_unit: 1}
                if row.base_unit != row.order_unit
                else {**packs.get(row.id, {}), row.order_unit: row.order_factor},
                order_factor=row.order_factor,
                least=smallest(row.moq, row.multiple) * row.order_factor,
                tax_rate=row.tax_rate,
                floor=row.floor_price,
                is_on_sale=is_on_sale,
                tiers=opened.get(row.id, frozenset()) if row.is_restricted else None,
            )
        )
    for name, model in (("family", Family), ("category", Category)):
        if any(each.startswith(name) for each in targets):
            rows = session.execute(select(model.id, model.code, model.name))
            names |= {f"{name}-{key}": (code, words) for key, code, words in rows}
    return goods, names


def _opened(session: Session) -> dict[int, frozenset[int] | None]:
    """By restricted SKU, the tiers that see it as a whole, None for all; what is opened to single people is not asked."""
    rules = select(VisibilityRule.sku_id, VisibilityRule.tier_id).where(
        VisibilityRule.territory_id.is_(None),
        VisibilityRule.channel_id.is_(None),
        VisibilityRule.distributor_id.is_(None),
    )
    found: dict[int, frozenset[int] | None] = {}
    for sku_id, tier_id in session.execute(rules):
        known = found.get(sku_id, frozenset())
        found[sku_id] = None if tier_id is None or known is None else known | {tier_id}
    return found
