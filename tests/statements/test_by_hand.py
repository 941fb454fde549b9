"""Two months that were worked by hand (docs/statement-by-hand.md), played through the program: the same to the cent."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from press.language import capitals
from tests.flows.cast import Cast, lines, order
from tests.races import crowd
from tests.races.crowd import Goods
from tests.reused import connected
from tests.world import OPERATOR, World
from trade import clock, db
from trade.actor import Actor
from trade.books.models import OpenItem
from trade.books.rules import PARTS
from trade.catalog.models import Sku
from trade.credit.models import CreditAccount
from trade.flows.cancel_rest import Cancellation, cancel_rest
from trade.flows.confirm_receipt import Receipt as Signature
from trade.flows.confirm_receipt import confirm_receipt
from trade.flows.decide_return import ReturnDecision, decide_return
from trade.flows.issue_invoice import NewInvoice, issue_invoice
from trade.flows.issue_red_invoice import Credited, issue_red_invoice
from trade.flows.make_statements import AccountMonth, make_statement
from trade.flows.record_payment import Receipt, record_payment
from trade.flows.refund_payment import Back, refund_payment
from trade.flows.request_return import NewReturn, request_return
from trade.flows.ship_order import Dispatch, Packed, ship_order
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.invoices.models import Invoice
from trade.pricing.models import PriceRow
from trade.receivables.models import Payment
from trade.returns.models import ReturnReason, ReturnRequest
from trade.statements.models import Statement, StatementLine
from trade.statements.rules import BUCKETS

PAGE = Path("docs/statement-by-hand.md").read_text("utf-8")
GOODS = {  # factor, price, rate
    "CL-JM500": (15, "47.8345", "0.13"),
    "CL-SD400": (24, "33.1036", "0.13"),
    "CL-MK1000": (6, "57.6153", "0.09"),
    "CL-YZ245": (24, "70.8335", "0.13"),
}
# The page names the missing goods by the day of their credit note; the program opens the request at the short receipt.
NUMBERED = {"RT261017-0001": "RT261110-0001"}


def table(heading: str, first: str) -> list[dict[str, str]]:
    """The rows of the first table under a heading whose first column is so called."""
    part = PAGE[PAGE.index(heading) :]
    head = re.search(rf"^\| {re.escape(first)} .*\|$", part, re.MULTILINE)
    assert head is not None
    names = [each.strip() for each in head.group().strip("|").split("|")]
    rows = []
    for row in part[head.end() :].strip().splitlines()[1:]:
        if not row.startswith("|"):
            break
        rows.append(dict(zip(names, (each.strip() for each in row.strip("|").split("|")), strict=True)))
    return rows


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "") or "0")


class Months(Cast):
    """What happened, day by day."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, Decimal]] = {}
        self.shipped: dict[str, int] = {}

    def at(self, day: str) -> time_machine.travel:
        noon = datetime.combine(date.fromisoformat(day), time(12), clock.BRAND_ZONE)
        return time_machine.travel(noon, tick=False)

    def ordered(self, *wanted: tuple[str, int]) -> int:
        self.world = World(self.world.distributors, self.world.people, self.skus)
        order_id = self.fill(**{code.replace("-", "_"): quantity for code, quantity in wanted})
        assert self.submit(order_id).approval_state == "approved"
        return order_id

    @property
    def skus(self) -> Mapping[str, int]:
        with db.read() as session:
            found = session.execute(select(Sku.code, Sku.id))
            return {code.replace("-", "_"): key for code, key in found}

    def ship(self, order_id: int, *units: int) -> int:
        packed = [Packed(line.id, n) for line, n in zip(lines(order_id), units, strict=True) if n]
        given = Dispatch(order_id, order(order_id).version, "顺丰", "SF1", packed)
        return db.run(ship_order, self["warehouse"], given)

    def sign(self, order_id: int, shipment_id: int, short: int = 0, line_no: int = 0) -> list[int]:
        """Sign for a parcel two days after it left, so many base units of a line short."""
        with db.read() as session:
            rows = session.scalars(
                select(ShipmentLine).where(ShipmentLine.shipment_id == shipment_id).order_by(ShipmentLine.id)
            ).all()
        arrived = {rows[line_no].id: rows[line_no].quantity - short} if short else {}
        given = Signature(order_id, order(order_id).version, shipment_id, arrived)
        return db.run(confirm_receipt, self["buyer"], given)

    def pay(self, text: str, reference: str) -> int:
        given = Receipt(1, clock.today(), Decimal(text), reference, is_prepayment=True)
        return db.run(record_payment, self["finance"], given)

    def give_back(self, order_id: int, units: Mapping[int, int]) -> int:
        with db.read() as session:
            reason = session.scalars(select(ReturnReason.id).where(ReturnReason.code == "expiring")).one()
        wanted = {lines(order_id)[at].id: quantity for at, quantity in units.items()}
        return db.run(request_return, self["buyer"], NewReturn(order_id, reason, wanted))

    def credit(self, return_id: int, *, is_waived: bool) -> None:
        with db.read() as session:
            version = session.scalars(
                select(ReturnRequest.version).where(ReturnRequest.id == return_id)
            ).one()
        given = ReturnDecision(return_id, version, "approve", is_waived=is_waived)
        db.run(decide_return, self["rep"], given)

    def note(self, what: str) -> None:
        """Keep the parts of the account as they stand after a document."""
        with db.read() as session:
            account = session.scalars(select(CreditAccount).where(CreditAccount.distributor_id == 1)).one()
            self.found[what] = {part: getattr(account, part) for part in (*PARTS, "used")}


@pytest.fixture
def months(database_url: str) -> Iterator[Months]:
    connected(database_url)
    with time_machine.travel(datetime(2026, 10, 1, 4, tzinfo=clock.BRAND_ZONE), tick=False):
        ids = db.run(crowd.make_goods, OPERATOR, Goods(list(GOODS), 10**6))

        def prices(session: Session, _actor: Actor, _given: None) -> None:
            for key, (factor, price, rate) in zip(ids, GOODS.values(), strict=True):
                unit = {"order_unit": "case", "order_factor": factor, "tax_rate": Decimal(rate)}
                session.execute(update(Sku).where(Sku.id == key).values(**unit))
                row = update(PriceRow).where(PriceRow.sku_id == key)
                session.execute(row.values(price=Decimal(price), unit="case", factor=factor))
            session.execute(update(CreditAccount).values(as_of=clock.today()))

        db.run(prices, OPERATOR, None)
    yield Months()


def october(it: Months) -> tuple[int, int, int]:
    """Order, first payment and the request for what is missing."""
    with it.at("2026-10-08"):
        first = it.ordered(("CL-JM500", 90), ("CL-SD400", 130), ("CL-MK1000", 45))
        it.note("SO261008-0001 approved")
        one = it.ship(first, 555, 1128, 120)
        it.note("DN261008-0001")
    with it.at("2026-10-10"):
        it.sign(first, one)
    with it.at("2026-10-12"):
        paid = it.pay("6000", "B-1")
        it.note("RC261012-0001 applied")
    with it.at("2026-10-15"):
        two = it.ship(first, 480, 960, 54)
        it.note("DN261015-0001")
    with it.at("2026-10-16"):
        db.run(issue_invoice, it["finance"], NewInvoice([one, two]))
        it.note("SI261016-0001")
    with it.at("2026-10-17"):
        (missing,) = it.sign(first, two, short=48, line_no=1)
    with it.at("2026-10-19"):
        rows = lines(first)
        gone = Cancellation(first, order(first).version, "不要了", {rows[0].id: 315, rows[1].id: 144})
        db.run(cancel_rest, it["manager"], gone)
        it.note("SO261008-0001 cancelled in part")
    with it.at("2026-10-20"):
        second = it.ordered(("CL-YZ245", 60), ("CL-JM500", 40))
        it.note("SO261020-0001 approved")
    with it.at("2026-10-23"):
        it.shipped["DN261023-0001"] = it.ship(second, 1440, 600)
        it.note("DN261023-0001")
    with it.at("2026-10-25"):
        it.sign(second, it.shipped["DN261023-0001"])
    with it.at("2026-10-27"):
        back = it.give_back(first, {0: 22, 2: 8})
        it.credit(back, is_waived=True)
        it.note("RT261027-0001")
    with it.at("2026-10-29"):
        db.run(issue_red_invoice, it["finance"], Credited(back))
        it.note("SI261029-0001 (red)")
    return first, paid, missing


def november(it: Months, first: int, paid: int, missing: int) -> None:
    with it.at("2026-11-05"):
        three = it.ship(first, 0, 888, 96)
        it.note("DN261105-0001")
    with it.at("2026-11-06"):
        given = Back(paid, Decimal("1521.94"), clock.today(), Decimal(800), "B-2", "误汇")
        db.run(refund_payment, it["finance"], given)
        it.note("RF261106-0001")
    with it.at("2026-11-07"):
        it.sign(first, three)
    with it.at("2026-11-10"):
        it.credit(missing, is_waived=False)
        it.note("RT261110-0001 applied")
    with it.at("2026-11-20"):
        it.pay("4500", "B-3")
        it.note("RC261120-0001 applied")
    with it.at("2026-11-25"):
        db.run(issue_invoice, it["finance"], NewInvoice([it.shipped["DN261023-0001"], three]))
        it.note("SI261125-0001")


def test_the_program_says_what_was_worked_by_hand(months: Months) -> None:
    november(months, *october(months))
    for row in table("## 5. Credit", "date"):
        if row["after"] in months.found:
            wanted = {part: amount(row[part]) for part in (*PARTS, "used")}
            assert months.found[row["after"]] == wanted, row["after"]
    assert len(months.found) == 15
    with months.at("2026-12-01"):
        account = 1
        assert db.run(make_statement, OPERATOR, AccountMonth(account, date(2026, 11, 1))) == 2
    for heading, first_day in (("### 4.1", date(2026, 10, 1)), ("### 4.2", date(2026, 11, 1))):
        compare(heading, first_day)
    compare_ageing()
    compare_invoices()


def compare(heading: str, first_day: date) -> None:
    """A statement, line by line, with its sums, what it is made of, and its words."""
    rows = table(heading, "date")
    with db.read() as session:
        made = session.scalars(select(Statement).where(Statement.first_day == first_day)).one()
        shown = session.scalars(
            select(StatementLine).where(StatementLine.statement_id == made.id).order_by(StatementLine.line_no)
        ).all()
    assert made.opening == amount(rows[0]["balance"]) and made.closing == amount(rows[-1]["balance"])
    assert f"In capitals: {capitals(made.closing)}" in PAGE
    assert len(shown) == len(rows) - 2
    for line, row in zip(shown, rows[1:-1], strict=True):
        number = NUMBERED.get(line.number, line.number)
        told = (line.day.isoformat(), number, line.increase, line.decrease, line.running)
        wanted = (row["date"], row["document"], amount(row["increase"]), amount(row["decrease"]))
        assert told == (*wanted, amount(row["balance"]))
        if line.is_memo:
            assert row["what"].endswith(f"{line.memo:,.2f}")
    parts = table(heading, "the closing of " + ("October" if first_day.month == 10 else "November"))
    found = [amount(row["amount"]) for row in parts]
    kept = [Decimal(made.parts[part]) for part in ("unbilled", "billed", "prepayment", "credit_note")]
    assert found == [*kept, made.closing]


def compare_ageing() -> None:
    part = PAGE[PAGE.index("## 6. Ageing") :]
    totals = re.findall(
        r"^\| total \| \| \| ([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$",
        part,
        re.MULTILINE,
    )
    with db.read() as session:
        found = [each.ageing for each in session.scalars(select(Statement).order_by(Statement.first_day))]
    for kept, total in zip(found, totals, strict=True):
        assert [Decimal(kept[each]) for each in BUCKETS] == [amount(each.strip()) for each in total[1:]]


def compare_invoices() -> None:
    """Gross, net and tax of each invoice, in all and line by line."""
    with db.read() as session:
        found = {each.number: each for each in session.scalars(select(Invoice))}
    for number in ("SI261016-0001", "SI261029-0001", "SI261125-0001"):
        rows = table(f" {number}, ", "rate")
        total = rows[-1]
        assert total["rate"] == "total"
        wanted = tuple(amount(total[name]) for name in ("gross", "net", "tax"))
        assert (found[number].gross, found[number].net, found[number].tax) == wanted


def test_numbers_and_debts_are_those_of_the_page(months: Months) -> None:
    november(months, *october(months))
    with db.read() as session:
        numbers = {
            each.number for each in session.scalars(select(Shipment).where(Shipment.source != "import"))
        }
        numbers |= {each.number for each in session.scalars(select(Payment))}
        debts = {
            each.number: (each.amount, each.billed, each.applied)
            for each in session.scalars(select(OpenItem).where(OpenItem.kind == "shipment"))
        }
    assert {each for each in numbers if each in PAGE} == numbers
    part = PAGE[PAGE.index("What one debt says") : PAGE.index("## 6. Ageing")]
    last: dict[str, tuple[Decimal, ...]] = {}
    for row in re.findall(
        r"^\| (DN\d+-\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", part, re.MULTILINE
    ):
        last[row[0]] = tuple(amount(each) for each in row[1:])
    assert debts == last
