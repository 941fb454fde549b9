"""What a buyer typed into an order that came back, and never submitted."""

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from trade.orders.models import OWN, Order, OrderLine
from trade.orders.queries import lines_of


def forget(session: Session, order: Order) -> None:
    """Leave of an order that is given up what was submitted: a line without a price was never ordered.

    A line that was taken out stays out; the order's sums are those of the lines that are left.
    """
    if order.source != OWN:
        return
    session.execute(delete(OrderLine).where(OrderLine.order_id == order.id, OrderLine.price.is_(None)))
    for line in lines_of(session, order.id):
        submitted = (line.price_inputs or {})["wanted"]
        pack = {name: submitted[name] for name in ("unit", "factor", "quantity")}
        values = pack | {"base_quantity": pack["quantity"] * pack["factor"]}
        session.execute(update(OrderLine).where(OrderLine.id == line.id).values(values))
    sums = {
        name: select(func.coalesce(func.sum(getattr(OrderLine, name)), 0))
        .where(OrderLine.order_id == order.id)
        .scalar_subquery()
        for name in ("gross", "net", "tax")
    }
    session.execute(update(Order).where(Order.id == order.id).values(sums))
