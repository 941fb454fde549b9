"""What is wrong with a price list before it holds. Pure: a survey in, findings out, in the order in which they matter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from trade.money import rounded

BLOCKING = ("overlap", "twice", "rival", "unit")
WARNINGS = ("inversion", "unpriced", "floor", "zero", "leap", "steps", "covered", "unbased")
CODES = (*BLOCKING, *WARNINGS)
LEAP = Decimal(30)  # percent


class Entry(NamedTuple):
    """A row as it will be; `before` is the price that it replaces."""

    target: str  # sku-12, family-3, category-7
    unit: str
    factor: int
    min_quantity: int
    price: Decimal | None
    percent: Decimal | None
    valid_from: date
    valid_to: date | None
    is_touched: bool = False
    before: Decimal | None = None

    @property
    def threshold(self) -> int:
        return self.min_quantity * self.factor


class Good(NamedTuple):
    """A SKU as far as prices go. `tiers` are those that see it, None for all; `targets` from the nearest on."""

    sku_id: int
    code: str
    name: str
    targets: tuple[str, ...]
    units: Mapping[str, int]  # unit → factor
    order_factor: int
    least: int  # base units of the smallest order
    tax_rate: Decimal
    floor: Decimal | None  # gross per order unit
    is_on_sale: bool
    tiers: frozenset[int] | None


@dataclass(frozen=True)
class Shelf:
    """A list with its rows on the day, found by target, the largest break first."""

    list_id: int
    name: str
    kind: str
    basis: str
    rank: tuple[int, date, int]  # priority, valid_from, id
    tier_id: int | None
    ladders: Mapping[str, Sequence[Entry]] = field(default_factory=dict)


@dataclass(frozen=True)
class TierFacts:
    tier_id: int
    name: str
    rank: int


@dataclass(frozen=True)
class Survey:
    """A list as it will be from a day on, among all that decide what tiers pay."""

    day: date
    this: Shelf
    entries: Sequence[Entry]  # of this list, from the day on
    goods: Sequence[Good]
    others: Sequence[Shelf]  # tier and base lists of the currency
    rivals: Sequence[Shelf]  # lists for the same people that are in force with it
    tiers: Sequence[TierFacts]
    concerned: frozenset[int]  # tiers of those whom this list prices
    is_whole: bool  # nothing was touched: everything is looked at
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # target → code and name


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, at one row; the facts are spelled on the page."""

    code: str
    target: str
    sku: str = ""
    name: str = ""
    unit: str = ""
    min_quantity: int = 1
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_blocking(self) -> bool:
        return self.code in BLOCKING


def findings(survey: Survey) -> list[Finding]:
    """Everything that is wrong, what forbids publishing first."""
    found = [
        *_overlaps(survey),
        *_rivals(survey),
        *_units(survey),
        *_of_tiers(survey),
        *_of_rows(survey),
        *_steps(survey),
    ]
    named = [_named(each, survey) for each in found]
    return sorted(
        named, key=lambda each: (CODES.index(each.code), each.sku, each.min_quantity, each.target, each.unit)
    )


def fingerprint(found: Sequence[Finding]) -> str:
    """How many of each kind, as a person accepted them: inversion:2,floor:1."""
    counted = {code: sum(1 for each in found if each.code == code) for code in WARNINGS}
    return ",".join(f"{code}:{number}" for code, number in counted.items() if number)


def laddered(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Rows by target, the largest break first."""
    ladders: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda each: -each.threshold):
        ladders.setdefault(entry.target, []).append(entry)
    return ladders


def gross_of(
    good: Good, base_quantity: int, shelves: Sequence[Shelf], base: Sequence[Shelf]
) -> tuple[Decimal, int] | None:
    """What a unit costs with tax, and its factor; the first list that has a price for the quantity says it."""
    for shelf in shelves:
        entry = _hit(good, base_quantity, shelf)
        value = None if entry is None else _worth(good, base_quantity, entry, shelf, base)
        if value is not None:
            return value
    return None


def _hit(good: Good, base_quantity: int, shelf: Shelf) -> Entry | None:
    for target in good.targets:
        for entry in shelf.ladders.get(target, ()):
            if entry.threshold <= base_quantity:
                return entry
    return None


def _worth(
    good: Good, base_quantity: int, entry: Entry, shelf: Shelf, base: Sequence[Shelf]
) -> tuple[Decimal, int] | None:
    if entry.price is not None:
        rate = 1 if shelf.basis == "gross" else 1 + good.tax_rate
        return entry.price * rate, entry.factor
    for of_base in base:
        found = _hit(good, base_quantity, of_base)
        if found is not None and found.price is not None and entry.percent is not None:
            rate = 1 if of_base.basis == "gross" else 1 + good.tax_rate
            return rounded(found.price * entry.percent / 100, 4) * rate, found.factor
    return None


def _overlaps(survey: Survey) -> Iterator[Finding]:
    """Two rows for the same break at the same time, in one unit or in two that mean the same quantity."""
    by_break: dict[tuple[str, int], list[Entry]] = {}
    for entry in survey.entries:
        by_break.setdefault((entry.target, entry.threshold), []).append(entry)
    for same in by_break.values():
        if len(same) == 1:
            continue
        ordered = sorted(same, key=lambda each: each.valid_from)
        for first, second in pairwise(ordered):
            if first.valid_to is None or first.valid_to > second.valid_from:
                code = "overlap" if first.unit == second.unit else "twice"
                facts = {"unit": first.unit, "other_unit": second.unit, "since": second.valid_from}
                yield Finding(
                    code, second.target, unit=second.unit, min_quantity=second.min_quantity, facts=facts
                )


def _rivals(survey: Survey) -> Iterator[Finding]:
    """Another list for the same people names the same rows: by chance alone (rival), or it goes first (covered)."""
    mine = {entry.target: entry for entry in survey.entries}
    for rival in survey.rivals:
        is_chance = rival.rank[:2] == survey.this.rank[:2]
        if not is_chance and rival.rank < survey.this.rank:
            continue
        for target in mine.keys() & rival.ladders.keys():
            if is_chance or mine[target].is_touched or survey.is_whole:
                entry = mine[target]
                yield Finding(
                    "rival" if is_chance else "covered",
                    target,
                    unit=entry.unit,
                    min_quantity=entry.min_quantity,
                    facts={"list": rival.name},
                )


def _units(survey: Survey) -> Iterator[Finding]:
    """A unit that the SKU is not sold in, or one that holds another number of pieces than the row says."""
    units = {f"sku-{good.sku_id}": good.units for good in survey.goods}
    for entry in survey.entries:
        known = units.get(entry.target)
        if known is not None and known.get(entry.unit) != entry.factor:
            facts = {"unit": entry.unit, "factor": entry.factor, "right": known.get(entry.unit)}
            yield Finding("unit", entry.target, unit=entry.unit, min_quantity=entry.min_quantity, facts=facts)


def _of_rows(survey: Survey) -> Iterator[Finding]:
    """Nothing to pay, a leap, below the floor, a share of no base price: each of a row that is touched."""
    base = _base(survey)
    ruled = _ruled(survey)
    for entry in survey.entries:
        if not (entry.is_touched or survey.is_whole):
            continue
        if entry.price is not None and entry.price == 0:
            yield _at(entry, "zero")
        if entry.before and entry.price is not None:
            change = rounded((entry.price / entry.before - 1) * 100, 1)
            if abs(change) > LEAP:
                yield _at(entry, "leap", before=entry.before, after=entry.price, change=change)
        for good in ruled.get(entry.target, ()):
            yield from _of_good(good, entry, survey.this, base)


def _of_good(good: Good, entry: Entry, this: Shelf, base: Sequence[Shelf]) -> Iterator[Finding]:
    worth = _worth(good, entry.threshold, entry, this, base)
    found: Finding | None = None
    if worth is None:
        found = _at(entry, "unbased")
    elif good.floor is not None and worth[0] * good.order_factor < good.floor * worth[1]:
        price = rounded(worth[0] * good.order_factor / worth[1], 4)
        found = _at(entry, "floor", price=price, floor=good.floor)
    if found is not None:
        yield replace(found, sku=good.code, name=good.name)


def _steps(survey: Survey) -> Iterator[Finding]:
    """A larger quantity that costs more than a smaller one."""
    for ladder in survey.this.ladders.values():
        for small, large in pairwise(reversed(ladder)):
            if not (small.is_touched or large.is_touched or survey.is_whole):
                continue
            if small.price is not None and large.price is not None:
                is_dearer = large.price * small.factor > small.price * large.factor
                before, after = small.price, large.price
            elif small.percent is not None and large.percent is not None:
                is_dearer = large.percent > small.percent
                before, after = small.percent, large.percent
            else:
                continue
            if is_dearer:
                yield _at(large, "steps", smaller=small.min_quantity, before=before, price=after)


def _at(entry: Entry, code: str, **facts: Any) -> Finding:
    return Finding(code, entry.target, unit=entry.unit, min_quantity=entry.min_quantity, facts=facts)


def _of_tiers(survey: Survey) -> Iterator[Finding]:
    """A lower tier that pays less than a higher one, and what a tier sees and cannot order."""
    base = _base(survey)
    asked = {tier.tier_id: _asked(survey, tier.tier_id) for tier in survey.tiers}
    touched = {entry.target for entry in survey.entries if entry.is_touched}
    pairs = [
        (high, low)
        for high in survey.tiers
        for low in survey.tiers
        if high.rank < low.rank
        and (survey.this.kind == "base" or survey.this.tier_id in (high.tier_id, low.tier_id))
    ]
    for good in survey.goods:
        if pairs and (survey.is_whole or not touched.isdisjoint(good.targets)):
            yield from _inversions(good, pairs, asked, base)
        if good.is_on_sale:
            yield from _unpriced(good, survey, asked, base)


def _inversions(
    good: Good,
    pairs: Sequence[tuple[TierFacts, TierFacts]],
    asked: Mapping[int, Sequence[Shelf]],
    base: Sequence[Shelf],
) -> Iterator[Finding]:
    known: dict[tuple[int, int], tuple[Decimal, int] | None] = {}
    breaks = {tier_id: _thresholds(good, shelves) for tier_id, shelves in asked.items()}

    def pays(tier_id: int, quantity: int) -> tuple[Decimal, int] | None:
        if (tier_id, quantity) not in known:
            known[tier_id, quantity] = gross_of(good, quantity, asked[tier_id], base)
        return known[tier_id, quantity]

    for high, low in pairs:
        for quantity in sorted({good.least, *breaks[high.tier_id], *breaks[low.tier_id]}):
            above, below = pays(high.tier_id, quantity), pays(low.tier_id, quantity)
            if above and below and below[0] * above[1] < above[0] * below[1]:
                facts = {
                    "tier": high.name,
                    "price": rounded(above[0] * good.order_factor / above[1], 4),
                    "lower": low.name,
                    "lower_price": rounded(below[0] * good.order_factor / below[1], 4),
                    "quantity": -(-quantity // good.order_factor),
                }
                yield Finding(
                    "inversion", f"sku-{good.sku_id}", good.code, good.name, good_unit(good), facts=facts
                )
                break


def _thresholds(good: Good, shelves: Sequence[Shelf]) -> set[int]:
    """The quantities at which one of the lists changes its price."""
    ladders = (
        next((each.ladders[name] for name in good.targets if name in each.ladders), ()) for each in shelves
    )
    return {entry.threshold for ladder in ladders for entry in ladder}


def _unpriced(
    good: Good, survey: Survey, asked: Mapping[int, Sequence[Shelf]], base: Sequence[Shelf]
) -> Iterator[Finding]:
    """Those for whom the list is, who see the SKU and get no price for the smallest order."""
    names = [
        tier.name
        for tier in survey.tiers
        if tier.tier_id in survey.concerned
        and (good.tiers is None or tier.tier_id in good.tiers)
        and gross_of(good, good.least, asked[tier.tier_id], base) is None
    ]
    if names:
        unit = good_unit(good)
        yield Finding("unpriced", f"sku-{good.sku_id}", good.code, good.name, unit, facts={"tiers": names})


def good_unit(good: Good) -> str:
    """The unit in which the SKU is ordered."""
    return next(
        (unit for unit, factor in good.units.items() if factor == good.order_factor), next(iter(good.units))
    )


def _asked(survey: Survey, tier_id: int) -> list[Shelf]:
    """The lists that a tier's distributor is priced by, in order, with this one in its place."""
    places = {"own": 0, "group": 1, "tier": 2, "territory": 3, "base": 4}
    shelves = [
        each for each in (survey.this, *survey.others) if each.kind != "tier" or each.tier_id == tier_id
    ]
    return sorted(
        shelves, key=lambda each: (places[each.kind], -each.rank[0], -each.rank[1].toordinal(), -each.rank[2])
    )


def _base(survey: Survey) -> list[Shelf]:
    shelves = [each for each in (survey.this, *survey.others) if each.kind == "base"]
    return sorted(shelves, key=lambda each: each.rank, reverse=True)


def _ruled(survey: Survey) -> dict[str, list[Good]]:
    """By target, the SKUs that its rows price: those that no nearer row of the list names."""
    found: dict[str, list[Good]] = {}
    for good in survey.goods:
        nearest = next((each for each in good.targets if each in survey.this.ladders), None)
        if nearest is not None:
            found.setdefault(nearest, []).append(good)
    return found


def _named(finding: Finding, survey: Survey) -> Finding:
    if finding.sku or finding.target not in survey.names:
        return finding
    code, name = survey.names[finding.target]
    return replace(finding, sku=code, name=name)
