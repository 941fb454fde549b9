"""What happened in September and October 2026, told day by day."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from tests.flows.cast import Cast, lines
from tests.world import OPERATOR
from trade import clock, db
from trade.credit.models import CreditAccount
from trade.flows.dispute_statement import NewDispute, dispute_line
from trade.flows.make_statements import AccountMonth, make_statement
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.statements.models import Statement, StatementLine

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)


@contextmanager
def on(day: str) -> Iterator[None]:
    """Let it be noon of a day of 2026, such as 09-10."""
    month, number = day.split("-")
    with clock.set_to(datetime(2026, int(month), int(number), 4, tzinfo=UTC)):
        yield


class Past(Cast):
    """The cast with a past: shipped ¥1,988.10, paid ¥800.00, shipped ¥480.00, nothing of it by D2."""

    def __init__(self) -> None:
        super().__init__()
        self.refs = 0

    def tell(self) -> None:
        """September and October of D1."""
        self.ship("09-10", CP0515=47)
        self.pay("09-15", "800.00")
        self.ship("10-05", SQ5524=20)

    def ship(self, day: str, **quantities: int) -> None:
        with on(day):
            order = self.submit(self.fill(**quantities))
            assert order.approval_state == "approved"
            packed = [Packed(each.id, each.base_quantity) for each in lines(order.id)]
            db.run(ship_order, self["warehouse"], Dispatch(order.id, order.version, "顺丰", "SF1", packed))

    def pay(self, day: str, amount: str, paid_on: date | None = None) -> None:
        self.refs += 1
        with on(day):
            money = Receipt(
                self.world.distributors["D1"], paid_on or clock.today(), Decimal(amount), f"R-{self.refs}"
            )
            db.run(record_payment, self["finance"], money)

    def make(self, day: str, month: date) -> int:
        with on(day):
            return db.run(make_statement, OPERATOR, AccountMonth(self.account(), month))

    def account(self, code: str = "D1") -> int:
        mine = CreditAccount.distributor_id == self.world.distributors[code]
        return look(select(CreditAccount.id).where(mine))[0]

    def statements(self) -> list[Statement]:
        return look(select(Statement).order_by(Statement.first_day, Statement.id))

    def dispute(self, statement: Statement, line_no: int = 1, who: str = "clerk") -> int:
        line = next(each for each in lines_of(statement) if each.line_no == line_no)
        given = NewDispute(statement.id, statement.version, line.id, "quantity", "少 2 箱", Decimal("84.60"))
        return db.run(dispute_line, self[who], given)


def lines_of(statement: Statement) -> list[StatementLine]:
    wanted = select(StatementLine).where(StatementLine.statement_id == statement.id)
    return look(wanted.order_by(StatementLine.line_no))


def look(wanted: Any) -> list[Any]:
    with db.read() as session:
        return list(session.scalars(wanted))
