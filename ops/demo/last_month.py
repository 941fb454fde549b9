"""The month before: some trade early in it, and its statements: one confirmed, one disputed, the others new."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from ops.demo.floor import Floor
from trade import clock
from trade.clock import BRAND_ZONE
from trade.flows.confirm_statement import SeenStatement, confirm_statement
from trade.flows.dispute_statement import NewDispute, NewWord, answer_dispute, dispute_line
from trade.flows.make_statements import AccountMonth, make_statement, start_statements
from trade.statements import making
from trade.statements.models import Statement, StatementLine
from trade.statements.rules import month_before

CENT = Decimal("0.01")
AFTER = 20  # days ago, when the last weeks begin: what was left is paid before
BOUGHT = {
    "D1001": {"YX-LC101": 180, "YX-SQ201": 120, "YX-GC101": 60},
    "D1003": {"YX-LC101": 120, "YX-QP101": 60},
    "D1005": {"YX-QP102": 120, "YX-GC102": 60, "YX-SP101": 60},
    "D1006": {"YX-LC102": 120, "YX-QP101": 120, "YX-SQ201": 120},
    "D1008": {"YX-LC101": 120, "YX-SP101": 60},
    "D1011": {"YX-QP102": 120, "YX-NN101": 60},
    "D1013": {"YX-KF101": 60, "YX-GC102": 60},
}  # whole boxes and pallets, whatever they hold
CONFIRMED, DISPUTED = "D1003", "D1006"


def first_day(today: date) -> date:
    """The first day of the month whose statements are there."""
    return month_before(today)


def trade(floor: Floor) -> None:
    """Ordered on the 3rd, on its way on the 4th, signed for on the 6th, half of it paid on the 7th, the rest later.

    Even of the shortest month the 7th lies before the last weeks.
    """
    month = first_day(floor.today)
    orders = {code: _order(floor, month, code, cases) for code, cases in BOUGHT.items()}
    parcels = {}
    with _on(floor, month, 4, 14):
        for code, order_id in orders.items():
            parcels[code] = floor.ship(order_id) if order_id else []
    with _on(floor, month, 6, 11):
        for parcel in (each for packed in parcels.values() for each in packed):
            floor.sign(parcel)
    left = {}
    with _on(floor, month, 7, 16):
        for code, order_id in orders.items():
            if order_id and parcels[code]:
                gross = floor.get(order_id).gross
                half = (gross / 2).quantize(CENT, ROUND_HALF_UP)
                left[code] = gross - half
                floor.pay(code, half, f"HK{order_id:08d}A", "银行回单")
    with floor.at(AFTER, 8, 30):
        for code, amount in left.items():
            floor.pay(code, amount, f"HK{orders[code]:08d}B", "银行回单")


def statements(floor: Floor) -> None:
    """Made yesterday, confirmed and disputed after that; on the first of a month as soon as the month is over."""
    month = first_day(floor.today)
    with _since(floor, 1, 9):
        run_id = floor.do(start_statements, "finance", month)
        for account_id in making.accounts(floor.session, month):
            floor.do(make_statement, "finance", AccountMonth(account_id, month, run_id))
    there = {
        each.distributor_id: each
        for each in floor.session.scalars(select(Statement).where(Statement.first_day == month))
    }
    confirmed, disputed = there.get(floor.homes[CONFIRMED]), there.get(floor.homes[DISPUTED])
    if confirmed is not None:
        with _since(floor, 1, 15, 20):
            seen = SeenStatement(confirmed.id, confirmed.version)
            floor.do(confirm_statement, floor.owner(CONFIRMED), seen)
    if disputed is not None:
        _disputed(floor, disputed)


def _order(floor: Floor, month: date, code: str, cases: Mapping[str, int]) -> int | None:
    with _on(floor, month, 3, 10):
        order_id = floor.order(code, cases)
    with _on(floor, month, 3, 15):
        if order_id and floor.get(order_id).approval_state == "pending":
            floor.decide(order_id, "approve", "老客户，放行")
    return order_id


def _disputed(floor: Floor, statement: Statement) -> None:
    """A case too few, says the buyer; the brand looks into it."""
    line = floor.session.scalars(
        select(StatementLine)
        .where(StatementLine.statement_id == statement.id, StatementLine.kind == "shipment")
        .order_by(StatementLine.line_no)
    ).first()
    if line is None:
        return
    with _since(floor, 1, 16, 10):
        short = (line.increase / 20).quantize(CENT, ROUND_HALF_UP)
        given = NewDispute(statement.id, statement.version, line.id, "quantity", "这一单少收 1 箱", short)
        dispute_id = floor.do(dispute_line, floor.owner(DISPUTED), given)
    with _since(floor, 0, 8, 50):
        word = NewWord(dispute_id, "已请仓库核对出库记录，今天答复；确认少发就开贷项冲减。")
        floor.do(answer_dispute, "finance", word)


def _on(floor: Floor, month: date, day: int, hour: int) -> AbstractContextManager[None]:
    """An hour of a day of the month before."""
    return floor.at((floor.today - month.replace(day=day)).days, hour)


def _since(floor: Floor, days: int, hour: int, minute: int = 0) -> AbstractContextManager[None]:
    """So many days ago, but not before this month began: only then is the one before over."""
    with floor.at(days, hour, minute):
        wanted = clock.now()
    begun = datetime.combine(floor.today.replace(day=1), time(0), BRAND_ZONE)
    return clock.set_to(max(wanted, begun))
