from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from trade import clock, idempotency, numbers
from trade.actor import Actor
from trade.db import insert_many
from trade.errors import Refused
from trade.inventory import stock
from trade.inventory.models import StockTransfer, StockTransferLine
from trade.inventory.queries import working
from trade.inventory.stock import Deed


@dataclass(frozen=True)
class Transfer:
    """Base units by SKU that go from one warehouse to another. `key` names the form that was sent."""

    key: str
    from_id: int
    to_id: int
    quantities: Mapping[int, int]
    note: str = ""


def transfer_stock(session: Session, actor: Actor, given: Transfer) -> int:
    """Send goods that nobody was promised to another warehouse; they count again on arrival. Answers the transfer."""
    if not idempotency.is_first(session, f"transfer-{given.key}"):
        return session.scalars(select(StockTransfer.id).where(StockTransfer.key == given.key)).one()
    if given.from_id == given.to_id:
        raise Refused("transfer.same_warehouse", field="to_id")
    if not given.quantities:
        raise Refused("transfer.empty")
    working(session, {given.from_id, given.to_id})
    transfer = StockTransfer(
        number=numbers.draw(session, "TF", clock.today()),
        key=given.key,
        from_id=given.from_id,
        to_id=given.to_id,
        note=given.note,
        person_id=actor.person_id,
    )
    session.add(transfer)
    session.flush()
    places = {(given.from_id, sku_id): quantity for sku_id, quantity in given.quantities.items()}
    stock.send(session, Deed(f"transfer-{transfer.id}-out", note=given.note), places)
    rows = [
        {"transfer_id": transfer.id, "sku_id": sku_id, "quantity": quantity}
        for sku_id, quantity in sorted(given.quantities.items())
    ]
    insert_many(session, StockTransferLine, rows)
    return transfer.id
