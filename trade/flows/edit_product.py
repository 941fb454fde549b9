from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock, editing
from trade.actor import Actor, Permission
from trade.catalog import facts
from trade.catalog.facts import SkuFacts
from trade.catalog.models import Sku
from trade.errors import Refused
from trade.orders import packing


@dataclass(frozen=True)
class Edited:
    """A SKU as it shall be, on the version that the person saw."""

    sku_id: int
    version: int
    facts: SkuFacts


def edit_product(session: Session, actor: Actor, given: Edited) -> list[str]:
    """Change what is said about a SKU and answer the fields that changed; units stay while anything counts in them."""
    if not actor.may(Permission.PRODUCT_EDIT):
        raise Refused("access.denied", keep={"sku_id": given.sku_id})
    sku = session.scalar(select(Sku).where(Sku.id == given.sku_id).with_for_update())
    if sku is None:
        raise Refused("sku.not_found")
    now = facts.of(session, sku)
    after = facts.within(actor, given.facts, now)
    changes = facts.changes(now, after)
    if not changes:
        return []
    version = editing.take_turn(session, Sku, given.sku_id, given.version, changes)
    facts.check(session, after, now, given.sku_id)
    _refuse_other_units(session, given.sku_id, now, after)
    session.execute(update(Sku).where(Sku.id == given.sku_id).values(**after.columns))
    facts.write_packs(session, given.sku_id, after.packs)
    editing.record(session, actor, "product.changed", Sku, given.sku_id, changes, version=version)
    return sorted(changes)


def _refuse_other_units(session: Session, sku_id: int, now: SkuFacts, after: SkuFacts) -> None:
    """What was promised or priced by the case of 15 is not to become a case of 12."""
    if now.base_unit != after.base_unit and packing.has_moved(session, sku_id):
        raise Refused("product.base_unit_used", field="base_unit")
    if now.units <= after.units and now.order_unit == after.order_unit:
        return
    users = packing.users_of(session, sku_id, clock.today(), after.units)
    if now.order_unit != after.order_unit:  # lists without a price per order unit would price nothing
        users = users or packing.users_of(session, sku_id, clock.today(), set())
    if users:
        field = "order_factor" if (now.order_unit, now.order_factor) not in after.units else "packs"
        raise Refused("product.units_used", users="、".join(each or "…" for each in users), field=field)
