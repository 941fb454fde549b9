"""A brand in the first days of a month: what two companies bought in the month before, and what their bank tells."""

from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import world
from tests.databases import begin_with
from tests.flows.cast import Cast, lines, order
from trade import clock, db
from trade.books.models import OpenItem
from trade.books.rules import month_of
from trade.flows.ship_order import Dispatch, Packed, ship_order

HEAD = "交易时间,进账,出账,对方户名,用途,交易流水号"


def build(url: str) -> None:
    """D1 was sent goods for ¥1,988.10 and ¥480.00, D2 for ¥920.00; nobody has paid yet."""
    begin_with(world.build_template, url)
    engine = db.connect(url)
    cast = Cast()
    _sent(cast, 5, "buyer", CP0515=47)
    _sent(cast, 12, "buyer", SQ5524=20)
    _sent(cast, 12, "stranger", CP0515=20)
    engine.dispose()


def last_month() -> date:
    """The first day of the month that is just over."""
    return month_of(month_of(clock.today()) - timedelta(days=1))


def bank_file(session: Session) -> str:
    """What the bank tells of the month: a line that names its document, one that fits by name and amount, and others."""
    sent = select(OpenItem.number).where(OpenItem.amount == Decimal("1988.10"))
    last = monthrange(last_month().year, last_month().month)[1]
    rows = [
        (20, '"1,988.10"', "", "漳州鑫禾源食品", f"货款 {session.scalars(sent).one()}", "B20001"),
        (21, "", "35.00", "招商银行", "手续费", "B21001"),
        (22, "920.00", "", "福州榕江冷链配送有限公司", "", "B22001"),
        (25, "300.00", "", "林秀兰", "货款", "B25001"),
        (last, "6.18", "", "招商银行", "结息", "B31001"),
    ]
    told = [f"{last_month().replace(day=day)} 10:30:00,{','.join(cells)}" for day, *cells in rows]
    return "\n".join([HEAD, *told, ""])


@contextmanager
def noon_of(day: int) -> Iterator[None]:
    """Let it be noon of a day of that month."""
    then = last_month().replace(day=day)
    with clock.set_to(datetime(then.year, then.month, then.day, 4, tzinfo=UTC)):
        yield


def _sent(cast: Cast, day: int, who: str, **quantities: int) -> None:
    with noon_of(day):
        found = cast.submit(cast.fill(who, **quantities), who)
        assert found.approval_state == "approved"
        packed = [Packed(each.id, each.base_quantity) for each in lines(found.id)]
        db.run(
            ship_order,
            cast["warehouse"],
            Dispatch(found.id, order(found.id).version, "顺丰", f"SF{day}", packed),
        )
