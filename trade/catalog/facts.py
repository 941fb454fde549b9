"""What the brand says about a SKU: checked whole, compared field by field, written at once."""

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from trade.actor import Actor, Permission
from trade.catalog import index, rules
from trade.catalog.models import Category, Family, Sku, SkuPack
from trade.db import insert_many
from trade.errors import Refused

MOST_PACKS = 6


@dataclass(frozen=True)
class Pack:
    """A pack with the base units that it holds."""

    unit: str
    factor: int
    barcode: str | None = None

    def __str__(self) -> str:
        return f"{self.unit} × {self.factor}" + (f" ({self.barcode})" if self.barcode else "")


@dataclass(frozen=True)
class SkuFacts:
    """Units as in `Sku`: MOQ and multiple are order units, safety stock base units, the floor per order unit."""

    code: str
    name: str
    category_id: int
    base_unit: str
    order_unit: str
    order_factor: int
    tax_rate: Decimal
    family_id: int | None = None
    brand: str | None = None
    colour: str | None = None
    size: str | None = None
    flavour: str | None = None
    description: str | None = None
    barcode: str | None = None
    moq: int = 1
    multiple: int = 1
    safety_stock: int = 0
    floor_price: Decimal | None = None
    is_sellable: bool = True
    sale_from: date | None = None
    sale_to: date | None = None  # the first day on which it is no longer sold
    packs: tuple[Pack, ...] = ()

    @property
    def units(self) -> set[tuple[str, int]]:
        """In what it can be priced and ordered: unit and base units in it."""
        offered = {(self.base_unit, 1), (self.order_unit, self.order_factor)}
        return offered | {(pack.unit, pack.factor) for pack in self.packs}

    @property
    def columns(self) -> dict[str, Any]:
        """All but the packs, as the row has it."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "packs"}


def sees_floor(actor: Actor) -> bool:
    """Whether floor prices are for the actor's eyes and hands."""
    return actor.may(Permission.COST_READ) or actor.may(Permission.PRICE_EDIT)


def of(session: Session, sku: Sku) -> SkuFacts:
    """What stands about a SKU now."""
    rows = session.execute(
        select(SkuPack.unit, SkuPack.factor, SkuPack.barcode)
        .where(SkuPack.sku_id == sku.id)
        .order_by(SkuPack.factor, SkuPack.unit)
    )
    packs = tuple(Pack(unit, factor, barcode) for unit, factor, barcode in rows)
    names = [each.name for each in fields(SkuFacts) if each.name != "packs"]
    return SkuFacts(**{name: getattr(sku, name) for name in names}, packs=packs)


def within(actor: Actor, wanted: SkuFacts, now: SkuFacts | None) -> SkuFacts:
    """The facts without what the actor may not see and so cannot have meant to change."""
    if sees_floor(actor):
        return wanted
    return replace(wanted, floor_price=now.floor_price if now else None)


def changes(before: SkuFacts, after: SkuFacts) -> dict[str, tuple[str, str]]:
    """What differs, as text for the audit: before and after by field."""
    return {
        each.name: (spelled(before, each.name), spelled(after, each.name))
        for each in fields(SkuFacts)
        if getattr(before, each.name) != getattr(after, each.name)
    }


def spelled(facts: SkuFacts, name: str) -> str:
    """One fact as plain text; nothing is an empty one."""
    value = getattr(facts, name)
    if name == "packs":
        return ", ".join(str(pack) for pack in facts.packs)
    if isinstance(value, bool):
        return yes(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)


def yes(value: bool) -> str:
    """A yes or no as the audit keeps it."""
    return "yes" if value else "no"


def check(session: Session, wanted: SkuFacts, now: SkuFacts | None = None, sku_id: int | None = None) -> None:
    """Refuse what cannot be so; what was so before may stay. Facts name the field."""
    if (now is None or wanted.code != now.code) and session.scalar(
        select(Sku.id).where(Sku.code == wanted.code)
    ):
        raise Refused("product.code_taken", taken=wanted.code, field="code")
    _check_places(session, wanted, now)
    if wanted.tax_rate not in rules.TAX_RATES and (now is None or wanted.tax_rate != now.tax_rate):
        raise Refused("product.tax_unknown", field="tax_rate")
    check_steps(wanted)
    _check_packs(wanted)
    _check_barcodes(session, wanted, now, sku_id)


def check_steps(wanted: SkuFacts) -> None:
    """The MOQ can be ordered, and the sale begins before it ends."""
    if wanted.order_factor < 1 or wanted.moq < 1 or wanted.multiple < 1:
        raise Refused("product.number_odd", field="order_factor")
    if not rules.is_step(wanted.moq, wanted.multiple):
        raise Refused("product.moq_not_multiple", multiple=wanted.multiple, field="moq")
    if wanted.sale_from and wanted.sale_to and wanted.sale_to <= wanted.sale_from:
        raise Refused("product.dates_crossed", field="sale_to")


def write_packs(session: Session, sku_id: int, packs: tuple[Pack, ...]) -> None:
    """Put these packs in place of those that were, and make the SKU findable by all of them."""
    session.execute(delete(SkuPack).where(SkuPack.sku_id == sku_id))
    rows = [
        {"sku_id": sku_id, "unit": pack.unit, "factor": pack.factor, "barcode": pack.barcode}
        for pack in packs
    ]
    insert_many(session, SkuPack, rows)
    index.write(session, sku_id)


def _check_places(session: Session, wanted: SkuFacts, now: SkuFacts | None) -> None:
    """Category and family exist and are in use; archived ones may stay where they are."""
    category = select(Category.id).where(Category.id == wanted.category_id, Category.archived_at.is_(None))
    if (now is None or wanted.category_id != now.category_id) and session.scalar(category) is None:
        raise Refused("product.category_unknown", field="category")
    if wanted.family_id is None or (now is not None and wanted.family_id == now.family_id):
        return
    family = select(Family.id).where(Family.id == wanted.family_id, Family.archived_at.is_(None))
    if session.scalar(family) is None:
        raise Refused("product.family_unknown", field="family")


def _check_packs(wanted: SkuFacts) -> None:
    """Each unit once, and the order unit holds what it is said to hold."""
    held: dict[str, int] = {wanted.base_unit: 1}
    if held.setdefault(wanted.order_unit, wanted.order_factor) != wanted.order_factor:
        raise Refused("product.base_is_one", field="order_factor")
    seen: set[str] = set()
    if len(wanted.packs) > MOST_PACKS:
        raise Refused("product.too_many_packs", most=MOST_PACKS, field="packs")
    for at, pack in enumerate(wanted.packs):
        if pack.factor < 1 or pack.unit in seen or held.get(pack.unit, pack.factor) != pack.factor:
            raise Refused("product.pack_twice", unit=pack.unit, field=f"pack_unit_{at}")
        seen.add(pack.unit)


def _check_barcodes(session: Session, wanted: SkuFacts, now: SkuFacts | None, sku_id: int | None) -> None:
    places = {"barcode": wanted.barcode}
    places |= {f"pack_barcode_{at}": pack.barcode for at, pack in enumerate(wanted.packs)}
    kept = {now.barcode, *(pack.barcode for pack in now.packs)} if now else set()
    given = {place: barcode for place, barcode in places.items() if barcode}
    taken = index.owners(session, sorted(set(given.values())))
    seen: set[str] = set()
    for place, barcode in given.items():
        if barcode not in kept and not rules.is_barcode(barcode):
            raise Refused("product.barcode_odd", field=place)
        if barcode in seen:
            raise Refused("product.barcode_twice", barcode=barcode, field=place)
        seen.add(barcode)
        if taken.get(barcode, sku_id) != sku_id:
            owner = session.scalar(select(Sku.code).where(Sku.id == taken[barcode]))
            raise Refused("product.barcode_taken", barcode=barcode, sku=owner, field=place)
