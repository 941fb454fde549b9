from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.inventory.models import Stock, Warehouse
from trade.notices import outbox


def tell_low_stock(session: Session, actor: Actor, warehouse_id: int) -> int:
    """Tell a warehouse once what has fallen below its level; what has recovered may be told again. Answers how many."""
    free = Stock.on_hand - Stock.reserved
    here = (Stock.warehouse_id == warehouse_id, Stock.low_at.is_not(None))
    recovered = update(Stock).where(*here, Stock.told_low_at.is_not(None), free >= Stock.low_at)
    session.execute(recovered.values(told_low_at=None).execution_options(synchronize_session=False))
    fallen = update(Stock).where(*here, Stock.told_low_at.is_(None), free < Stock.low_at)
    fallen = fallen.values(told_low_at=clock.now()).execution_options(synchronize_session=False)
    count = len(session.scalars(fallen.returning(Stock.sku_id)).all())
    if count:
        name = session.scalar(select(func.max(Warehouse.name)).where(Warehouse.id == warehouse_id))
        outbox.post(session, "stock.low", warehouse_id=warehouse_id, warehouse=name, count=count)
    return count
