"""What a check looks at, loaded in a constant number of statements: this list as it will be, and those around it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from trade.audit import AuditEntry
from trade.catalog.models import Category, Family, Sku, SkuPack, VisibilityRule
from trade.catalog.rules import smallest
from trade.distributors.models import Standing, Tier
from trade.distributors.queries import on_day
from trade.pricing.checks import Entry, Good, Shelf, Survey, TierFacts, laddered
from trade.pricing.lists import concerned, rivals
from trade.pricing.models import PriceDraftRow, PriceList, PriceRow
from trade.pricing.queries import is_in_force

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
Key = tuple[str, str, int]  # target, unit, from which quantity of it on
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
    """Two that are equal stand for the same outcome of a check of one draft for one day; one statement."""
    newest = select(func.coalesce(func.max(AuditEntry.id), 0) - RECENT).scalar_subquery().correlate(None)
    begin = newest if since is None else literal(since)
    calm = (AuditEntry.event.startswith(each) for each in CALM)
    changes = select(func.count()).where(AuditEntry.id > begin, ~or_(*calm)).scalar_subquery()
    facts = select(begin.label("since"), changes.label("changes")).subquery()
    around = select(facts, PriceList.id, PriceList.version).outerjoin(PriceList, _around(price_list))
    rows = session.execute(around.order_by(PriceList.id)).all()
    told = ",".join(f"{list_id}:{version}" for _since, _changes, list_id, version in rows if list_id)
    return Basis(rows[0].since, rows[0].changes, hashlib.sha256(told.encode()).hexdigest())


def load(session: Session, price_list: PriceList, draft_id: int | None, day: date) -> Survey:
    """The list with its draft from the day on, and everything that decides what tiers pay then."""
    lists = session.scalars(
        select(PriceList).where(
            PriceList.id != price_list.id,
            _around(price_list),
            or_(is_in_force(day), and_(rivals(price_list), PriceList.published_at.is_not(None))),
        )
    ).all()
    rows = _rows(session, [price_list.id, *(each.id for each in lists)], day)
    said = _said(session, draft_id, day)
    entries = _planned(rows.get(price_list.id, []), said, day)
    this = _shelf(price_list, [each for each in entries if each.valid_from <= day])
    shelves = {
        each.id: _shelf(each, [row for row in rows.get(each.id, ()) if row.valid_from <= day])
        for each in lists
    }
    others = [each for each in lists if each.kind in ("tier", "base") and _is_in_force(each, day)]
    same = [each for each in lists if each.kind == price_list.kind and _meet(each, price_list, day)]
    told = select(Standing.tier_id).where(
        on_day(day), Standing.distributor_id.in_(concerned(price_list, day))
    )
    tiers = session.execute(
        select(Tier.id, Tier.name, Tier.rank, Tier.id.in_(told))
        .where(Tier.archived_at.is_(None))
        .order_by(Tier.rank, Tier.id)
    ).all()
    targets = {each.target for each in entries}
    goods, names = _goods(session, targets, day)
    return Survey(
        day=day,
        this=this,
        entries=entries,
        goods=goods,
        others=[shelves[each.id] for each in others],
        rivals=[shelves[each.id] for each in same if _same_people(each, price_list)],
        tiers=[TierFacts(tier_id, name, rank) for tier_id, name, rank, _is_concerned in tiers],
        concerned=frozenset(tier_id for tier_id, *_facts, is_concerned in tiers if is_concerned),
        is_whole=not said,
        names=names,
    )


def _around(price_list: PriceList) -> ColumnElement[bool]:
    """Whether a list decides with this one what tiers pay."""
    return and_(
        PriceList.currency == price_list.currency,
        or_(PriceList.kind.in_(("tier", "base")), rivals(price_list)),
    )


def _rows(session: Session, list_ids: Sequence[int], day: date) -> dict[int, list[Entry]]:
    """By list, the rows that hold on the day or will."""
    found: dict[int, list[Entry]] = {}
    wanted = select(*ROW).where(
        PriceRow.price_list_id.in_(list_ids),
        or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > day),
        or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > PriceRow.valid_from),
    )
    for list_id, *facts in session.execute(wanted):
        found.setdefault(list_id, []).append(_entry(facts))
    return found


def _said(session: Session, draft_id: int | None, day: date) -> dict[Key, Entry | None]:
    """What a draft makes of its rows from the day on; None is the end of one."""
    rows = select(
        *(PriceDraftRow.sku_id, PriceDraftRow.family_id, PriceDraftRow.category_id),
        *(PriceDraftRow.unit, PriceDraftRow.factor, PriceDraftRow.min_quantity),
        *(PriceDraftRow.price, PriceDraftRow.percent, PriceDraftRow.is_removed),
    ).where(PriceDraftRow.draft_id == (draft_id or 0))
    entries = ((_entry((*facts, day, None)), is_removed) for *facts, is_removed in session.execute(rows))
    return {_key(entry): None if is_removed else entry for entry, is_removed in entries}


def _planned(rows: list[Entry], said: Mapping[Key, Entry | None], day: date) -> list[Entry]:
    """The rows of a list from the day on, as publishing its draft on it would leave them."""
    now = {_key(each): each for each in rows if each.valid_from <= day}
    later: dict[Key, date] = {}
    for each in rows:
        if each.valid_from > day:
            later[_key(each)] = min(each.valid_from, later.get(_key(each), each.valid_from))
    kept = [each for each in rows if each.valid_from > day or _key(each) not in said]
    for key, entry in said.items():
        old = now.get(key)
        until = old.valid_to if old else later.get(key)
        if entry is not None:
            before = old.price if old else None
            kept.append(entry._replace(valid_to=until, is_touched=True, before=before))
    return kept


def _entry(facts: Any) -> Entry:
    sku_id, family_id, category_id, *rest = facts
    target = f"sku-{sku_id}" if sku_id else f"family-{family_id}" if family_id else f"category-{category_id}"
    return Entry(target, *rest)


def _key(entry: Entry) -> Key:
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
    packs: dict[int, dict[str, int]] = {}
    for sku_id, unit, factor in session.execute(select(SkuPack.sku_id, SkuPack.unit, SkuPack.factor)):
        packs.setdefault(sku_id, {})[unit] = factor
    goods: list[Good] = []
    names: dict[str, tuple[str, str]] = {}
    columns = (
        *(Sku.id, Sku.code, Sku.name, Sku.family_id, Sku.category_id, Sku.base_unit, Sku.order_unit),
        *(Sku.order_factor, Sku.moq, Sku.multiple, Sku.tax_rate, Sku.floor_price, Sku.is_sellable),
        *(Sku.is_restricted, Sku.sale_from, Sku.sale_to, Sku.archived_at),
        *(Category.path, case((Sku.is_restricted, _openers())).label("openers")),
    )
    for row in session.execute(select(*columns).join(Category, Category.id == Sku.category_id)):
        target = f"sku-{row.id}"
        is_on_sale = row.is_sellable and row.archived_at is None
        is_on_sale &= row.sale_from is None or row.sale_from <= day
        is_on_sale &= row.sale_to is None or row.sale_to > day
        if target in targets:
            names[target] = (row.code, row.name)
        elif not is_on_sale:
            continue
        above = [each for each in row.path.split("/") if each] or [row.category_id]
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
                tiers=_tiers(row.openers or "") if row.is_restricted else None,
            )
        )
    if not all(each.startswith("sku-") for each in targets):
        groups = (
            select(literal(f"{name}-").concat(model.id), model.code, model.name)
            for name, model in (("family", Family), ("category", Category))
        )
        names |= {target: (code, words) for target, code, words in session.execute(union_all(*groups))}
    return goods, names


def _openers() -> ColumnElement[str]:
    """The tiers that see a restricted SKU as a whole, 0 for all; what is opened to single people is not asked."""
    tier = cast(func.coalesce(VisibilityRule.tier_id, 0), String)
    return (
        select(func.aggregate_strings(tier, ","))
        .where(
            VisibilityRule.sku_id == Sku.id,
            VisibilityRule.territory_id.is_(None),
            VisibilityRule.channel_id.is_(None),
            VisibilityRule.distributor_id.is_(None),
        )
        .scalar_subquery()
    )


def _tiers(openers: str) -> frozenset[int] | None:
    """By `_openers`, the tiers that see a SKU; None for all."""
    found = frozenset(int(each) for each in openers.split(",") if each)
    return None if 0 in found else found
