"""What still refers to a product, for who is about to take it out of the catalogue."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade.inventory.models import Stock
from trade.orders.models import Order, OrderLine
from trade.pricing.models import PriceRow


@dataclass(frozen=True)
class Uses:
    orders: int
    open_orders: int  # not shipped in full yet
    prices: int
    stock: int  # base units


def uses_of(session: Session, sku_id: int) -> Uses:
    """How many orders and prices name the product, and what lies in the warehouses; one statement."""
    orders = (
        select(func.count(OrderLine.order_id.distinct()))
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.sku_id == sku_id, Order.approval_state != "draft")
    )
    is_open = (Order.approval_state.in_(["held", "pending", "returned", "approved"])) & (
        Order.fulfilment != "complete"
    )
    columns = (
        orders,
        orders.where(is_open),
        select(func.count(PriceRow.id)).where(PriceRow.sku_id == sku_id),
        select(func.coalesce(func.sum(Stock.on_hand), 0)).where(Stock.sku_id == sku_id),
    )
    row = session.execute(select(*[each.scalar_subquery() for each in columns])).one()
    return Uses(*[int(each) for each in row])
