from dataclasses import dataclass

from sqlalchemy.orm import Session

from trade import audit, idempotency
from trade.actor import Actor
from trade.errors import Refused
from trade.inventory import stock
from trade.inventory.models import Stock
from trade.inventory.stock import Deed
from trade.orders import waiting


@dataclass(frozen=True)
class Verdict:
    """What becomes of goods that lie apart, in base units, and why. `key` names the form that was sent."""

    key: str
    warehouse_id: int
    sku_id: int
    quantity: int
    is_good: bool
    reason: str


def sort_quarantine(session: Session, actor: Actor, given: Verdict) -> None:
    """Put goods from quarantine back on the shelf, or throw them away; the second tap does nothing more."""
    if not idempotency.is_first(session, f"quarantine-{given.key}"):
        return
    if given.quantity <= 0:
        raise Refused("stock.not_in_quarantine", field="quantity")
    place = {(given.warehouse_id, given.sku_id): given.quantity}
    deed = Deed(f"quarantine-{given.key}", note=given.reason)
    if given.is_good:
        stock.restock(session, deed, place)
        waiting.call_for(session, deed.source, {given.sku_id})
    else:
        stock.scrap(session, deed, place)
    facts = {
        "warehouse": given.warehouse_id,
        "sku": given.sku_id,
        "quantity": given.quantity,
        "reason": given.reason,
    }
    event = "stock.restocked" if given.is_good else "stock.scrapped"
    audit.record(session, actor, event, facts, subject=Stock.__tablename__, subject_id=given.sku_id)
