"""A second warehouse with a transfer on its way there, a count, and goods in quarantine."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trade import clock
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.flows.count_stock import Count, count_stock
from trade.flows.transfer_stock import Transfer, transfer_stock
from trade.inventory import stock
from trade.inventory.models import StockCount, StockTransfer, Warehouse
from trade.inventory.stock import Deed


def plant(session: Session, actor: Actor, given: None) -> None:
    """What the routes of stock act upon."""
    house = Warehouse(code="EAST", name="华东仓", priority=5)
    session.add_all([house, Warehouse(code="EMPTY", name="空仓", priority=9)])
    session.flush()
    skus = {sku.code: sku.id for sku in session.scalars(select(Sku))}
    water, tea = skus["SQ5524"], skus["CP0515"]
    transfer_stock(session, actor, Transfer("planted", 1, house.id, {water: 24}))
    count_stock(session, actor, Count("planted", house.id, clock.now(), {tea: 150}))
    stock.take_back(session, Deed("planted-return"), [(1, tea, 0, 30, "")])


def objects(session: Session) -> dict[str, int]:
    """Ids by name: transfer, count, EAST, EMPTY."""
    houses = session.execute(select(Warehouse.code, Warehouse.id))
    return {code: key for code, key in houses if code != "MAIN"} | {
        "transfer": session.scalars(select(func.min(StockTransfer.id))).one(),
        "count": session.scalars(select(func.min(StockCount.id))).one(),
    }


def fields(known: dict[str, int]) -> dict[str, dict[str, Any]]:
    """What is sent in the forms of stock."""
    house = {"code": "NORTH", "name": "华北仓", "priority": "3", "transit_days": "4", "version": "1"}
    order = known["D1.shipped"]
    version = str(known[f"version of {order}"])
    pasted = {"key": "walked", "warehouse": "1", "from_id": "1", "to_id": str(known["EAST"])}
    return {
        "POST /admin/stock/counts": pasted | {"day": clock.today().isoformat(), "goods": "CP0515 14000 瓶"},
        "POST /admin/stock/transfers": pasted | {"goods": "SQ5524 2 箱"},
        "POST /admin/stock/transfers/<id:transfer_id>/arrival": {"version": "1"},
        "POST /admin/stock/low-levels": {"warehouse": "1", "goods": "CP0515 100 瓶"},
        "POST /admin/stock/<id:sku_id>/level": {"warehouse": "1", "seen": "", "low_at": "50"},
        "POST /admin/stock/<id:sku_id>/quarantine": {
            "key": "walked",
            "warehouse": "1",
            "quantity": "3",
            "verdict": "scrap",
            "reason": "破损",
        },
        "POST /admin/stock/waiting/allocations": {"all": "yes"},
        "POST /admin/warehouses": house,
        "POST /admin/warehouses/<id:warehouse_id>": house | {"code": "EMPTY"},
        "POST /admin/warehouses/<id:warehouse_id>/archiving": {"version": "1"},
        "POST /admin/orders/<id:order_id>/allocation": {"version": version},
        "POST /admin/orders/<id:order_id>/goods": {
            "version": version,
            "to": str(known["EAST"]),
            f"share_{known['D1.line']}_1": "15",
        },
    }
