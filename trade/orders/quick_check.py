"""A list of code and quantity held against what the distributor may order today. Reads only, in a constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from trade.catalog import rules
from trade.catalog.models import Sku, SkuPack
from trade.catalog.queries import visible
from trade.distributors.queries import Terms
from trade.inventory.queries import free_quantity
from trade.money import ZERO
from trade.orders import near
from trade.orders.quick import MOST, UNIT_WORDS, Entry
from trade.pricing import queries as prices
from trade.pricing.rules import Price, price


@dataclass(frozen=True)
class Pick:
    """What a row can be replaced by with one tap."""

    text: str
    code: str
    name: str = ""
    quantity: int | None = None


@dataclass(frozen=True)
class Good:
    """A product that can be ordered; `lines` are the rows that were added up for it."""

    lines: Sequence[int]
    sku: Sku
    quantity: int
    price: Price
    left: int  # whole order units

    @property
    def text(self) -> str:
        return spelled(self.sku.code, self.quantity)


@dataclass(frozen=True)
class Bad:
    """Rows that cannot be ordered as they stand, why, and what would do instead."""

    lines: Sequence[int]
    text: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    picks: Sequence[Pick] = ()


@dataclass(frozen=True)
class Sheet:
    good: Sequence[Good]
    bad: Sequence[Bad]

    @property
    def gross(self) -> Decimal:
        return sum((each.price.gross for each in self.good), ZERO)


@dataclass
class _Group:
    """The rows of one SKU, added up in base units."""

    sku: Sku
    left: int
    entries: list[Entry] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    @property
    def base_quantity(self) -> int:
        return sum(self.sizes)

    @property
    def lines(self) -> list[int]:
        return [each.line for each in self.entries]


@dataclass(frozen=True)
class _Shelf:
    """What the codes of a list may mean, by folded key; the first table that knows a key decides."""

    tables: Sequence[Mapping[str, Mapping[int, int | None]]]  # key → SKU id → base units of the pack named
    skus: Mapping[int, tuple[Sku, int]]
    packs: Mapping[int, Mapping[str, int]]

    def named(self, code: str) -> Mapping[int, int | None]:
        key = code.casefold()
        return next((table[key] for table in self.tables if key in table), {})


def check(session: Session, terms: Terms, entries: Sequence[Entry], day: date) -> Sheet:
    """Good and bad rows; every entry stands in exactly one of them. What cannot be seen is not known."""
    shelf = _shelf(session, terms, entries, day)
    renamed = _renamed(session, terms, entries, shelf, day)
    if renamed != entries:
        entries, shelf = renamed, _shelf(session, terms, renamed, day)
    bad: list[tuple[Entry, Bad]] = []
    groups: dict[int, _Group] = {}
    unknown: list[Entry] = []
    for entry in entries:
        named = shelf.named(entry.code) if entry.code else {}
        if entry.problem:
            bad.append((entry, _unread(entry, named, shelf)))
        elif not named:
            unknown.append(entry)
        elif len(named) > 1:
            picks = [_pick(shelf.skus[sku_id][0], entry.quantity) for sku_id in sorted(named)]
            bad.append((entry, Bad([entry.line], entry.text, "ambiguous", picks=picks)))
        elif refusal := _collect(entry, named, shelf, groups):
            bad.append((entry, refusal))
    found = near.meant(session, terms, [each.long_code or each.code for each in unknown], day)
    for entry in unknown:
        bad.append((entry, _unknown(entry, found.get(entry.long_code or entry.code, []))))
    rows = prices.rows_for(session, terms, [group.sku for group in groups.values()], day)
    good: list[Good] = []
    for group in groups.values():
        for entry, answer in _sorted_out(group, terms, rows[group.sku.id], day):
            if isinstance(answer, Good):
                good.append(answer)
            else:
                bad.append((entry, answer))
    return Sheet(good, [each for _entry, each in sorted(bad, key=lambda pair: pair[0].line)])


def _renamed(
    session: Session, terms: Terms, entries: Sequence[Entry], shelf: _Shelf, day: date
) -> Sequence[Entry]:
    """The rows, those by their codes that spell a name out or leave a dash away."""
    lost = [entry for entry in entries if not entry.problem and not shelf.named(entry.code)]
    if not lost:
        return entries
    words = {word for entry in lost for word in (entry.long_code, entry.code) if word}
    whole = {entry.long_code or entry.code for entry in lost}
    codes = near.same(session, terms, sorted(words), whole, day)
    told = {entry.line: codes.get(entry.long_code) or codes.get(entry.code) for entry in lost}
    return [replace(entry, code=told.get(entry.line) or entry.code) for entry in entries]


def _sorted_out(group: _Group, terms: Terms, rows: Any, day: date) -> Sequence[tuple[Entry, Good | Bad]]:
    """One answer for all rows of a SKU if they are right together; else the wrong ones stand alone."""
    whole = _judged(group, terms, rows, day)
    if isinstance(whole, Good) or len(group.entries) == 1:
        return [(group.entries[0], whole)]
    alone = [
        _Group(group.sku, group.left, [entry], [size])
        for entry, size in zip(group.entries, group.sizes, strict=True)
    ]
    judged = [(each, _judged(each, terms, rows, day)) for each in alone]
    right = [each for each, answer in judged if isinstance(answer, Good)]
    wrong = [(each.entries[0], answer) for each, answer in judged if isinstance(answer, Bad)]
    if not right or not wrong:
        return [(group.entries[0], whole)]
    entries = [entry for each in right for entry in each.entries]
    sizes = [size for each in right for size in each.sizes]
    together = _Group(group.sku, group.left, entries, sizes)
    return [(entries[0], _judged(together, terms, rows, day)), *wrong]


def scanned(session: Session, terms: Terms, code: str, day: date) -> tuple[Sku, int] | None:
    """The one SKU that a scanned code names, and how many order units one scan is; None for all that cannot be seen."""
    shelf = _shelf(session, terms, [Entry(1, code, code)], day)
    named = shelf.named(code)
    if len(named) != 1:
        return None
    ((sku_id, factor),) = named.items()
    sku = shelf.skus[sku_id][0]
    return sku, max(1, (factor or 0) // sku.order_factor)


def spelled(code: str, quantity: int | None) -> str:
    """A row that reads back as this code and so many order units."""
    return f"{code}\t{quantity}" if quantity is not None else f"{code}\t"


def _shelf(session: Session, terms: Terms, entries: Sequence[Entry], day: date) -> _Shelf:
    """The SKUs that the list may mean, each found by its own index, and their packs; two statements."""
    typed = {entry.code for entry in entries if entry.code}
    if not typed:
        return _Shelf((), {}, {})
    spellings = typed | {code.upper() for code in typed} | {code.lower() for code in typed}
    ids = union(
        select(Sku.id).where(Sku.code.in_(spellings)),
        select(Sku.id).where(Sku.barcode.in_(typed)),
        select(SkuPack.sku_id).where(SkuPack.barcode.in_(typed)),
        select(Sku.id).where(Sku.external_code.in_(typed)),
    ).subquery()
    wanted = select(Sku, free_quantity(Sku.id)).where(Sku.id.in_(select(ids.c[0])), visible(terms, day))
    skus = {sku.id: (sku, int(left)) for sku, left in session.execute(wanted)}
    packs: dict[int, dict[str, int]] = {}
    tables: list[dict[str, dict[int, int | None]]] = [{}, {}, {}, {}]
    by_code, by_barcode, by_pack, by_external = tables
    for sku, _left in skus.values():
        for table, key in (by_code, sku.code), (by_barcode, sku.barcode), (by_external, sku.external_code):
            if key:
                table.setdefault(key.casefold(), {})[sku.id] = None
    for pack in session.scalars(select(SkuPack).where(SkuPack.sku_id.in_(skus))) if skus else ():
        packs.setdefault(pack.sku_id, {})[pack.unit] = pack.factor
        if pack.barcode:
            by_pack.setdefault(pack.barcode.casefold(), {})[pack.sku_id] = pack.factor
    return _Shelf(tables, skus, packs)


def _collect(
    entry: Entry, named: Mapping[int, int | None], shelf: _Shelf, groups: dict[int, _Group]
) -> Bad | None:
    """Add a row to its SKU's, in base units; answers why not."""
    ((sku_id, factor),) = named.items()
    sku, left = shelf.skus[sku_id]
    if entry.unit:
        factor = _factor(entry.unit, sku, shelf.packs.get(sku_id, {}))
        if factor is None:
            facts = {"unit": entry.unit, "order_unit": sku.order_unit, "name": sku.name}
            return Bad([entry.line], entry.text, "unknown_unit", facts, [_pick(sku, entry.quantity)])
    group = groups.setdefault(sku_id, _Group(sku, left))
    group.entries.append(entry)
    group.sizes.append((entry.quantity or 0) * (factor or sku.order_factor))
    return None


def _factor(word: str, sku: Sku, packs: Mapping[str, int]) -> int | None:
    """Base units in what a unit word means for a SKU."""
    known = {**packs, sku.base_unit: 1, sku.order_unit: sku.order_factor}
    return next((known[unit] for unit in (word, *UNIT_WORDS.get(word, ())) if unit in known), None)


def _judged(group: _Group, terms: Terms, rows: Any, day: date) -> Good | Bad:
    """Whether the rows of one SKU together are a quantity in which it is sold, and at what price."""
    sku = group.sku
    text = group.entries[0].text
    whole, rest = divmod(group.base_quantity, sku.order_factor)
    facts: dict[str, Any] = {"name": sku.name, "unit": sku.order_unit, "quantity": whole}
    if len(group.entries) > 1:
        text = spelled(sku.code, whole) if not rest else f"{sku.code}\t{group.base_quantity}{_word(sku)}"
    if whole > MOST:
        return Bad(group.lines, text, "too_many", facts | {"most": MOST})
    right = _nearest(sku, group.base_quantity)
    code = ""
    if rest:
        code, facts = "not_whole", facts | {"factor": sku.order_factor, "base_unit": sku.base_unit}
    elif whole < sku.moq:
        code, facts = "below_moq", facts | {"least": right[0]}
    elif whole % sku.multiple:
        code, facts = "off_multiple", facts | {"multiple": sku.multiple}
    if code:
        return Bad(group.lines, text, code, facts, [_pick(sku, each) for each in right])
    found = price(prices.asked(sku, terms, whole, day), rows)
    if found is None:
        return Bad(group.lines, text, "no_price", facts)
    return Good(group.lines, sku, whole, found, max(group.left, 0) // sku.order_factor)


def _nearest(sku: Sku, base_quantity: int) -> list[int]:
    """The right quantities next below and above, in order units."""
    least = rules.smallest(sku.moq, sku.multiple)
    below = base_quantity // sku.order_factor // sku.multiple * sku.multiple
    above = -(-base_quantity // (sku.order_factor * sku.multiple)) * sku.multiple
    return sorted({max(below, least), max(above, least)})


def _unread(entry: Entry, named: Mapping[int, int | None], shelf: _Shelf) -> Bad:
    """A row whose quantity could not be read; what a formula came to, or what is near, is one tap away."""
    picks: list[Pick] = []
    if len(named) == 1:
        sku = shelf.skus[next(iter(named))][0]
        picks = [_pick(sku, each) for each in _meant(entry, sku, shelf)]
    return Bad([entry.line], entry.text, entry.problem, {"code": entry.code}, picks)


def _meant(entry: Entry, sku: Sku, shelf: _Shelf) -> list[int]:
    """The quantities in order units that a row may have meant; none where nothing is near what was typed."""
    if entry.problem == "formula" and entry.quantity:
        return [entry.quantity]
    if entry.problem == "no_quantity":
        return [rules.smallest(sku.moq, sku.multiple)]
    if entry.unit and _factor(entry.unit, sku, shelf.packs.get(sku.id, {})) != sku.order_factor:
        return []
    return [each for each in entry.near if each >= sku.moq and each % sku.multiple == 0]


def _unknown(entry: Entry, found: Sequence[near.Meant]) -> Bad:
    unit = entry.unit
    picks = [
        Pick(f"{spelled(each.code, entry.quantity)}{unit}", each.code, each.name, entry.quantity)
        for each in found
    ]
    return Bad([entry.line], entry.text, "unknown", {"code": entry.long_code or entry.code}, picks)


def _pick(sku: Sku, quantity: int | None) -> Pick:
    return Pick(spelled(sku.code, quantity), sku.code, sku.name, quantity)


def _word(sku: Sku) -> str:
    """A word that reads back as the base unit."""
    return next((word for word, units in UNIT_WORDS.items() if sku.base_unit in units), sku.base_unit)
