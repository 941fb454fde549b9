"""Who counts in a SKU's units, so that they cannot change under an open order or a price."""

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from trade.inventory.models import StockMovement
from trade.orders.models import Order, OrderLine
from trade.pricing.models import PriceDraft, PriceDraftRow, PriceList, PriceRow

MOST = 5  # named in a refusal
Units = set[tuple[str, int]]


def users_of(session: Session, sku_id: int, day: date, kept: Units) -> list[str]:
    """Open orders and price lists, by number and name, that count in units which are not kept; the first few."""
    orders = select(Order.number, OrderLine.unit, OrderLine.factor).join(
        Order, Order.id == OrderLine.order_id
    )
    rows = [*session.execute(orders.where(OrderLine.sku_id == sku_id, _is_open()).distinct())]
    lists = select(PriceList.name, PriceRow.unit, PriceRow.factor).join(PriceRow)
    rows += session.execute(
        lists.where(
            PriceRow.sku_id == sku_id,
            PriceList.archived_at.is_(None),
            or_(PriceRow.valid_to.is_(None), PriceRow.valid_to > day),
        ).distinct()
    )
    drafts = select(PriceList.name, PriceDraftRow.unit, PriceDraftRow.factor).select_from(PriceDraftRow)
    rows += session.execute(
        drafts.join(PriceDraft, PriceDraft.id == PriceDraftRow.draft_id)
        .join(PriceList, PriceList.id == PriceDraft.price_list_id)
        .where(PriceDraftRow.sku_id == sku_id, PriceDraft.state == "open", ~PriceDraftRow.is_removed)
        .distinct()
    )
    named = [name for name, unit, factor in rows if (unit, factor) not in kept]
    return list(dict.fromkeys(name or "" for name in named))[:MOST]


def has_moved(session: Session, sku_id: int) -> bool:
    """Whether quantities in base units were ever written down, so that the base unit is what it is."""
    moved = select(StockMovement.id).where(StockMovement.sku_id == sku_id).limit(1)
    ordered = select(OrderLine.id).where(OrderLine.sku_id == sku_id).limit(1)
    return bool(session.scalar(moved) or session.scalar(ordered))


def has_bought(session: Session, distributor_id: int, sku_id: int) -> bool:
    """Whether the SKU stands in an order of the distributor, whoever may see it today."""
    wanted = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id)
    return bool(
        session.scalar(
            wanted.where(OrderLine.sku_id == sku_id, Order.distributor_id == distributor_id).limit(1)
        )
    )


def _is_open() -> ColumnElement[bool]:
    """Carts, and orders of which something is still to be delivered."""
    waits = Order.approval_state.in_(("draft", "held", "pending", "returned"))
    left = OrderLine.base_quantity - OrderLine.shipped - OrderLine.cancelled
    return or_(waits, and_(Order.approval_state == "approved", left > 0))
