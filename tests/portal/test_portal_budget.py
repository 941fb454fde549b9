"""What a page costs in statements: within its budget, and the same with 3 and with 300 rows."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.databases import begin_with
from tests.portal.visitor import Visitor, change_setting, hidden, ids, look, open_portal
from tests.world import LONG_AGO, build_template
from trade import clock, db, text
from trade.actor import Actor
from trade.books.models import LedgerEntry, OpenItem
from trade.catalog.models import Category, Sku
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor
from trade.fulfilment.models import Shipment, ShipmentLine
from trade.inventory.models import Stock
from trade.notices.models import Notice, OutboxMessage
from trade.orders.models import Order, OrderLine
from trade.people.models import Person
from trade.pricing.models import PriceList, PriceRow
from trade.receivables.models import Payment

PAGES = {
    "/portal": 12,
    "/portal/catalog": 12,
    "/portal/catalog?category=1&colour=red&stock=yes&q=ml": 12,
    "/portal/catalog/{sku}": 12,
    "/portal/catalog/{sku}/price?quantity=47": 12,
    "/portal/cart": 12,
    "/portal/orders": 12,
    "/portal/orders/{order}": 12,
    "/portal/credit": 12,
    "/portal/credit/hold": 12,
    "/portal/credit/payments": 12,
    "/portal/credit/unbilled": 12,
    "/portal/notices": 12,
    "/portal/me": 12,
}
SUBMIT = 20


def build_few(url: str) -> None:
    build_rows(url, 3)


def build_many(url: str) -> None:
    build_rows(url, 300)


def build_rows(url: str, number: int) -> None:
    """The world with `number` more SKUs, orders of one line and a parcel each, payments and notices."""
    begin_with(build_template, url)
    engine = db.connect(url)
    db.run(add_rows, None, number)
    engine.dispose()


def add_rows(session: Session, actor: Actor, number: int) -> None:
    known = Known(session)
    for at in range(number):
        sku = known.sku(at)
        known.order(at, sku)
        known.news(at)


class Known:
    """What every added row refers to."""

    def __init__(self, session: Session):
        self.session = session
        self.distributor_id = session.scalars(select(Distributor.id).where(Distributor.code == "D1")).one()
        self.buyer_id = session.scalars(select(Person.id).where(Person.user_name == "buyer")).one()
        self.base = session.scalars(select(PriceList.id).where(PriceList.code == "BASE")).one()
        self.account = session.scalars(
            select(CreditAccount).where(CreditAccount.distributor_id == self.distributor_id)
        ).one()
        self.category_id = session.scalars(select(Category.id).where(Category.code == "tea")).one()

    def add(self, row):
        self.session.add(row)
        self.session.flush()
        return row

    def sku(self, at: int) -> Sku:
        name = f"云岫 试饮茶 {at}"
        sku = self.add(
            Sku(
                code=f"T{at:05d}",
                name=name,
                sort_key=text.sort_key(name),
                search_text=text.search_text(name),
                category_id=self.category_id,
                base_unit="bottle",
                order_unit="case",
                order_factor=12,
                tax_rate=Decimal("0.13"),
            )
        )
        self.add(Stock(warehouse_id=1, sku_id=sku.id, on_hand=100_000))
        price = {"price_list_id": self.base, "sku_id": sku.id, "unit": "case", "factor": 12}
        self.add(PriceRow(**price, price=Decimal(10), valid_from=LONG_AGO))
        self.add(PriceRow(**price, price=Decimal(9), min_quantity=10, valid_from=LONG_AGO))
        return sku

    def order(self, at: int, sku: Sku) -> None:
        today = clock.today()
        order = self.add(
            Order(
                distributor_id=self.distributor_id,
                legal_entity_id=1,
                approval_state="approved",
                number=f"SO990101-{at:04d}",
                order_date=today,
                currency="CNY",
                gross=Decimal(10),
                net=Decimal("8.85"),
                tax=Decimal("1.15"),
                fulfilment="complete",
            )
        )
        amounts = {"gross": Decimal(10), "net": Decimal("8.85"), "tax": Decimal("1.15")}
        line = self.add(
            OrderLine(
                order_id=order.id,
                line_no=1,
                sku_id=sku.id,
                unit="case",
                factor=12,
                quantity=1,
                base_quantity=12,
                shipped=12,
                sku_name=sku.name,
                **amounts,
            )
        )
        facts = {"carrier": "顺丰", "tracking_number": f"SF{at}", "ship_date": today}
        shipment = self.add(Shipment(order_id=order.id, number=f"DN990101-{at:04d}", **facts))
        self.add(
            ShipmentLine(
                shipment_id=shipment.id, order_line_id=line.id, sku_id=sku.id, quantity=12, gross=Decimal(10)
            )
        )
        self.account.used += Decimal(10)
        self.account.unbilled += Decimal(10)
        common = {"account_id": self.account.id, "order_id": order.id, "amount": Decimal(10), "day": today}
        subject = {"subject_id": shipment.id, "source": f"test-{at}", "line_no": 1, "booked_on": today}
        legs = {"kind": "shipment", "subject": "shipment", "debit": "unbilled", "credit": "sales"}
        self.add(LedgerEntry(**legs, **subject, **common))
        owed = {"kind": "shipment", "subject_id": shipment.id, "number": shipment.number}
        self.add(OpenItem(is_debt=True, due_on=today, **owed, **common))

    def news(self, at: int) -> None:
        letter = self.add(OutboxMessage(topic="order.approved", payload={}))
        self.add(
            Notice(
                outbox_id=letter.id,
                person_id=self.buyer_id,
                distributor_id=self.distributor_id,
                topic="order.approved",
                facts={"order_id": 1, "number": f"SO{at}"},
            )
        )
        self.add(
            Payment(
                number=f"RC{at}",
                distributor_id=self.distributor_id,
                legal_entity_id=1,
                paid_on=clock.today(),
                amount=Decimal(1),
                currency="CNY",
                reference=f"B{at}",
            )
        )


def costs(url: str) -> Mapping[str, int]:
    """Statements by page, of a stepper, and of submitting a cart that holds every added SKU."""
    buyer = Visitor(open_portal(url), "buyer")
    skus = [key for code, key in ids().skus.items() if code.startswith("T")]
    for sku_id in skus[:3]:
        buyer.post(f"/portal/cart/lines/{sku_id}", quantity="1")
    db.run(fill_up, None, (cart_of(), skus[3:]))
    order_id = look(
        lambda session: session.scalars(select(Order.id).where(Order.number == "SO990101-0000")).one()
    )
    counted = {}
    for page in PAGES:
        with buyer.counting() as seen:
            answer = buyer.get(page.format(sku=skus[0], order=order_id))
        assert answer.status_code == 200, page
        counted[page] = len(seen)
    with buyer.counting() as seen:
        assert (
            buyer.post(
                f"/portal/catalog/{skus[0]}/quantity", partial=True, quantity="2", place="list"
            ).status_code
            == 200
        )
    counted["step"] = len(seen)
    counted["submit"] = submission(buyer)
    change_setting("order.approve_above", "1.00")
    buyer.post(f"/portal/cart/lines/{skus[0]}", quantity="1")
    db.run(fill_up, None, (cart_of(), skus[3:]))
    counted["submit for approval"] = submission(buyer)
    return counted


def submission(buyer: Visitor) -> int:
    """Statements of submitting what lies in the cart."""
    cart = buyer.page("/portal/cart")
    form = {name: hidden(cart, name) for name in ("version", "order", "seen_gross")}
    with buyer.counting() as seen:
        answer = buyer.post("/portal/cart/submission", **form, address=address_of(cart))
    assert answer.status_code == 303, answer.text
    return len(seen)


def cart_of() -> int:
    return look(
        lambda session: session.scalars(select(Order.id).where(Order.approval_state == "draft")).one()
    )


def address_of(cart: str) -> str:
    return cart.split('<option value="', 1)[1].split('"', 1)[0]


def fill_up(session: Session, actor: Actor, given: tuple[int, list[int]]) -> None:
    cart_id, sku_ids = given
    for at, sku_id in enumerate(sku_ids):
        facts = {"unit": "case", "factor": 12, "quantity": 1, "base_quantity": 12}
        session.add(OrderLine(order_id=cart_id, line_no=at + 4, sku_id=sku_id, **facts))


@pytest.mark.proof  # each time tests/house/test_pages_budget.py asks every page with few rows and with many
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_pages_keep_their_budget_whatever_they_show(kind, request, templates, tmp_path):
    few, many = (database(kind, request, templates, tmp_path, build) for build in (build_few, build_many))
    small, large = costs(few), costs(many)
    assert small == large
    over = {page: large[page] for page, budget in PAGES.items() if large[page] > budget}
    assert not over and max(large["submit"], large["submit for approval"]) <= SUBMIT, (over, large)


def database(kind, request, templates, tmp_path, build) -> str:
    """A copy of what `build` makes, on either database."""
    if kind == "sqlite":
        return templates.copy_sqlite(build, tmp_path / f"{build.__name__}.db")
    cluster = request.getfixturevalue("cluster")
    return cluster.url(templates.copy_postgresql(build, cluster))
