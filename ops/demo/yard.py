"""The warehouses: goods on their way, counts, levels, and more promised than is there."""

from datetime import timedelta

from sqlalchemy import select

from ops.demo.floor import Floor
from ops.demo.history import Trade
from ops.demo.masters import LOW
from trade import clock
from trade.flows.count_stock import Count, count_stock
from trade.flows.receive_transfer import Arrival, receive_transfer
from trade.flows.set_low_levels import LowLevels, set_low_levels
from trade.flows.transfer_stock import Transfer, transfer_stock
from trade.inventory.models import Stock, StockTransferLine


def play(floor: Floor, trade: Trade) -> None:
    """Move, count and set levels."""
    with floor.at(9, 10):
        arrived = floor.do(
            transfer_stock,
            "warehouse",
            _transfer(floor, "GZ", {"YX-QP101": 480, "YX-SQ201": 720}, "旺季前移"),
        )
    with floor.at(6, 15):
        line = floor.session.scalars(
            select(StockTransferLine.id)
            .where(StockTransferLine.transfer_id == arrived)
            .order_by(StockTransferLine.id)
        ).first()
        floor.do(receive_transfer, "warehouse2", Arrival(arrived, 1, {line: 456} if line else {}))
    with floor.at(1, 11):
        goods = {"YX-LC102": 450, "YX-GC101": 300, "YX-JG102": 120}
        floor.do(transfer_stock, "warehouse", _transfer(floor, "CD", goods, "西南备货"))
    _levels(floor, trade)
    _counts(floor)


def _transfer(floor: Floor, to: str, units: dict[str, int], note: str) -> Transfer:
    quantities = {floor.skus[code]: quantity for code, quantity in units.items()}
    return Transfer(f"demo-{note}", floor.houses["MAIN"], floor.houses[to], quantities, note)


def _levels(floor: Floor, trade: Trade) -> None:
    """Below half a week's goods the warehouse is told; what the brand is known to lack, at once."""
    by_code = {good.code: good for good in trade.goods}
    with floor.at(8, 10):
        for house in floor.houses.values():
            levels = {
                floor.skus[code]: round(110 * good.family.popularity) * good.size.factor
                for code, good in by_code.items()
                if code in LOW or good.at % 6 == 0
            }
            floor.do(set_low_levels, "warehouse", LowLevels(house, levels))


def _counts(floor: Floor) -> None:
    """A count that found a little off, and one that found less than is promised."""
    with floor.at(4, 18):
        rows = floor.session.execute(
            select(Stock.sku_id, Stock.on_hand)
            .where(Stock.warehouse_id == floor.houses["GZ"])
            .order_by(Stock.sku_id)
            .limit(9)
        ).all()
        counted = {sku: max(0, on_hand + (at % 3 - 1) * 6) for at, (sku, on_hand) in enumerate(rows)}
        note = "月度抽盘 A 区"
        moment = clock.now() - timedelta(minutes=5)
        floor.do(count_stock, "warehouse2", Count("demo-count-a", floor.houses["GZ"], moment, counted, note))
    with floor.at(0, 8, 50):
        promised = floor.session.execute(
            select(Stock.warehouse_id, Stock.sku_id, Stock.reserved)
            .where(Stock.reserved > 60)
            .order_by(Stock.id)
            .limit(2)
        ).all()
        moment = clock.now() - timedelta(minutes=1)
        for at, (house, sku, reserved) in enumerate(promised):
            given = Count(f"demo-count-b{at}", house, moment, {sku: reserved - 48}, "复盘：货位差异")
            floor.do(count_stock, "warehouse", given)
