from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.errors import Refused
from trade.inventory import stock
from trade.inventory.models import StockTransfer, StockTransferLine
from trade.inventory.stock import Deed
from trade.orders import waiting


@dataclass(frozen=True)
class Arrival:
    """What was counted off a transfer, in base units by its line; a line that is left out arrived whole."""

    transfer_id: int
    version: int
    arrived: Mapping[int, int]


def receive_transfer(session: Session, actor: Actor, given: Arrival) -> int:
    """Put what arrived on the shelf; what is missing was lost on the way. Answers how many base units are missing."""
    moved = (
        update(StockTransfer)
        .where(
            StockTransfer.id == given.transfer_id,
            StockTransfer.state == "dispatched",
            StockTransfer.version == given.version,
        )
        .values(state="arrived", version=given.version + 1, arrived_at=clock.now())
        .returning(StockTransfer.to_id)
    )
    to_id = session.scalar(moved.execution_options(synchronize_session=False))
    if to_id is None:
        known = select(StockTransfer.id).where(StockTransfer.id == given.transfer_id)
        missing = session.scalar(known) is None
        raise Refused("transfer.not_found" if missing else "transfer.arrived_before")
    of_it = select(StockTransferLine).where(StockTransferLine.transfer_id == given.transfer_id)
    lines = session.scalars(of_it.order_by(StockTransferLine.sku_id)).all()
    came = {line.id: given.arrived.get(line.id, line.quantity) for line in lines}
    for line in lines:
        if not 0 <= came[line.id] <= line.quantity:
            raise Refused("transfer.more_than_sent", field=f"arrived_{line.id}")
    places = {(to_id, line.sku_id): came[line.id] for line in lines if came[line.id]}
    stock.arrive(session, Deed(f"transfer-{given.transfer_id}-in"), places)
    session.execute(update(StockTransferLine), [{"id": line.id, "arrived": came[line.id]} for line in lines])
    waiting.call_for(session, f"transfer-{given.transfer_id}", {sku_id for _house, sku_id in places})
    return sum(line.quantity - came[line.id] for line in lines)
