"""What was ordered once, as it would be ordered today: what changed since, and which quantities are right now. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade.catalog import rules
from trade.catalog.models import Sku
from trade.catalog.queries import visible
from trade.distributors.queries import Terms
from trade.inventory.queries import free_quantity
from trade.orders import queries, templates
from trade.orders.models import OrderLine
from trade.pricing import queries as prices
from trade.pricing.rules import Price, price

MOST_OTHERS = 4  # alternatives shown for what is no longer sold
Change = Mapping[str, Any]
NOTHING_TYPED: Mapping[int, int] = {}


@dataclass(frozen=True)
class Before:
    """A line as it was: `quantity` of `unit`, at `price` per `unit` if that is known."""

    sku_id: int
    quantity: int
    unit: str
    factor: int
    price: Decimal | None = None
    name: str | None = None


@dataclass(frozen=True)
class Offer:
    """A SKU that can be ordered: at least so many, at this price."""

    sku: Sku
    quantity: int
    price: Price | None


@dataclass(frozen=True)
class Again:
    """A line as it would be ordered now; `quantity` of the order unit is right, and 0 where nothing can be ordered."""

    before: Before
    sku: Sku
    quantity: int
    price: Price | None
    changes: Sequence[Change]
    others: Sequence[Offer]

    @property
    def name(self) -> str:
        return self.before.name or self.sku.name


@dataclass(frozen=True)
class _Now:
    sku: Sku
    is_visible: bool
    left: int


def of_order(session: Session, order_id: int) -> list[Before]:
    """The lines of an order that the caller loaded through the actor's scope."""
    return [_as_before(line) for line in queries.lines_of(session, order_id)]


def of_template(session: Session, template_id: int) -> list[Before]:
    """The lines of a template that the caller loaded; it names quantities, and no price of old."""
    return [
        Before(sku.id, line.quantity, sku.order_unit, sku.order_factor, None, sku.name)
        for line, sku in templates.lines_of(session, template_id)
    ]


def compare(
    session: Session,
    terms: Terms,
    befores: Sequence[Before],
    day: date,
    typed: Mapping[int, int] = NOTHING_TYPED,
) -> list[Again]:
    """Each line as it stands today, in three statements whatever their number; priced for what was typed, by SKU id."""
    now = _now(session, terms, [each.sku_id for each in befores], day)
    gone = [each.sku for each in now.values() if not each.is_visible]
    others = _siblings(session, terms, gone, day)
    skus = [each.sku for each in now.values() if each.is_visible]
    further = [sku for family in others.values() for sku in family]
    rows = prices.rows_for(session, terms, [*skus, *further], day)

    def priced(sku: Sku, quantity: int) -> Price | None:
        return price(prices.asked(sku, terms, quantity, day), rows[sku.id])

    answer = []
    for before in befores:
        known = now[before.sku_id]
        if not known.is_visible:
            family = others.get(known.sku.family_id or 0, [])
            least = [(sku, _right(sku, before.quantity * before.factor)) for sku in family]
            offers = [
                Offer(sku, quantity, priced(sku, typed.get(sku.id, quantity))) for sku, quantity in least
            ]
            answer.append(Again(before, known.sku, 0, None, [{"code": "gone"}], offers))
            continue
        quantity = right = _right(known.sku, before.quantity * before.factor)
        found = priced(known.sku, quantity)
        changes = _changes(before, known, quantity, found)
        if found and known.left < quantity * known.sku.order_factor:
            quantity, change = _short(known, quantity, terms)
            changes.append(change)
        found = priced(known.sku, typed.get(known.sku.id, quantity or right))
        answer.append(Again(before, known.sku, quantity if found else 0, found, changes, []))
    return answer


def _as_before(line: OrderLine) -> Before:
    return Before(line.sku_id, line.quantity, line.unit, line.factor, line.price, line.sku_name)


def _right(sku: Sku, base_quantity: int) -> int:
    """The least right quantity that holds so many base units, in order units."""
    whole = -(-base_quantity // sku.order_factor)
    return rules.fitting(whole, sku.moq, sku.multiple)


def _changes(before: Before, now: _Now, quantity: int, found: Price | None) -> list[Change]:
    sku = now.sku
    if found is None:
        return [{"code": "no_price"}]
    changes: list[Change] = []
    wanted = before.quantity
    if (before.unit, before.factor) != (sku.order_unit, sku.order_factor):
        changes.append({"code": "pack", "unit": before.unit, "factor": before.factor})
        wanted = -(-before.quantity * before.factor // sku.order_factor)
    elif before.price is not None and found.factor == sku.order_factor and found.price != before.price:
        code = "up" if found.price > before.price else "down"
        changes.append({"code": code, "before": before.price, "by": abs(found.price - before.price)})
    if wanted < sku.moq:
        changes.append({"code": "below_moq", "least": quantity})
    elif wanted % sku.multiple:
        changes.append({"code": "off_multiple", "multiple": sku.multiple})
    return changes


def _short(now: _Now, quantity: int, terms: Terms) -> tuple[int, Change]:
    """What can be had of it: later, or what is left in whole steps, or nothing for now."""
    left = max(now.left, 0) // now.sku.order_factor
    if terms.back_order_policy != "refuse":
        return quantity, {"code": "late", "left": left}
    most = left // now.sku.multiple * now.sku.multiple
    if most < rules.smallest(now.sku.moq, now.sku.multiple):
        return 0, {"code": "out", "left": left}
    return most, {"code": "short", "left": left}


def _now(session: Session, terms: Terms, sku_ids: Collection[int], day: date) -> dict[int, _Now]:
    rows = session.execute(select(Sku, visible(terms, day), free_quantity(Sku.id)).where(Sku.id.in_(sku_ids)))
    return {sku.id: _Now(sku, bool(seen), int(left)) for sku, seen, left in rows}


def _siblings(session: Session, terms: Terms, gone: Sequence[Sku], day: date) -> dict[int, list[Sku]]:
    """By family, what of it can still be ordered."""
    families = {sku.family_id for sku in gone if sku.family_id is not None}
    if not families:
        return {}
    wanted = select(Sku).where(Sku.family_id.in_(families), visible(terms, day))
    found: dict[int, list[Sku]] = {}
    for sku in session.scalars(wanted.order_by(Sku.sort_key, Sku.id)):
        family = found.setdefault(sku.family_id or 0, [])
        if len(family) < MOST_OTHERS:
            family.append(sku)
    return found
