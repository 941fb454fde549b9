"""The ten commonest jobs, each from the first page of whoever does it, with what it costs."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.databases import Prepare
from tests.stories import shop
from tests.stories.hands import Cost, Hands, asked, breaches, note
from tests.world import OPERATOR
from trade import db
from trade.actor import Actor
from trade.catalog.models import Sku
from trade.orders.models import Order
from trade.pricing.models import PriceList
from trade.receivables.models import Payment
from trade.settings import Setting

MOST = {
    "reorder": 5,
    "add": 4,
    "submit": 3,
    "approve": 2,
    "ship": 4,
    "receive": 4,
    "pay": 5,
    "limit": 5,
    "price": 4,
    "why": 3,
}


def build(url: str) -> None:
    """The shop, where a person looks at every order."""
    shop.build(url)
    engine = db.connect(url)
    db.run(_look_at_all, OPERATOR, None)
    engine.dispose()


def _look_at_all(session: Session, actor: Actor, given: None) -> None:
    session.merge(Setting(key="order.approve_above", value="10.00"))


@pytest.fixture
def prepare() -> Prepare:
    return build


class Day:
    """A working day: everybody's browser stands at the first page, and each job is counted by itself."""

    def __init__(self, url: str, open_context):
        self.url, self.open_context = url, open_context
        self.people = dict[str, Hands]()

    def begin(self, who: str, device: str) -> Hands:
        """Come back to the first page with a fresh count."""
        if who not in self.people:
            self.people[who] = Hands(self.open_context(device), Cost())
            self.people[who].sign_in(who, shop.PASSWORD)
        hands = self.people[who]
        hands.page.goto("/portal" if device == "phone" else "/admin")
        hands.cost = Cost()
        return hands

    def done(self, job: str, words: str, hands: Hands) -> None:
        note(f"Job {list(MOST).index(job) + 1:02d}: {words}", hands.cost)
        assert hands.cost.taps <= MOST[job], (job, hands.cost)

    def newest(self) -> Order:
        wanted = select(Order).order_by(Order.id.desc()).limit(1)
        return asked(self.url, lambda session: session.scalars(wanted).one())


@pytest.mark.proof
@pytest.mark.browser
def test_the_ten_commonest_jobs(served, sqlite_url, open_context):
    day = Day(sqlite_url, open_context)
    the_buyer_orders(day)
    the_brand_serves(day)
    the_buyer_receives_and_asks(day)
    the_office_keeps_house(day)
    assert breaches(sqlite_url) == []


def the_buyer_orders(day: Day) -> None:
    """Reorder, search and add, submit."""
    buyer = day.begin("buyer", "phone")
    buyer.tap("main a[href$='/reorder']")
    buyer.page.wait_for_url("**/reorder")
    buyer.send("button[name=mode][value=add]")
    day.done("reorder", "reorder the last order into the cart", buyer)
    buyer = day.begin("buyer", "phone")
    buyer.follow("/portal/catalog")
    search = buyer.page.locator("input[name=q]:visible").first
    buyer.tap(search)
    buyer.cost.fields, buyer.cost.letters, buyer.cost.keys = 1, 6, 1
    search.fill("YX1700")
    search.press("Enter")
    buyer.page.wait_for_url("**q=YX1700**")
    buyer.send("article.sku button[name=more], article.sku .stepper button[aria-label]:last-of-type")
    day.done("add", "search a product and add it", buyer)
    buyer = day.begin("buyer", "phone")
    buyer.follow("/portal/cart")
    buyer.send("form#submission button[type=submit]")
    buyer.page.wait_for_url(re.compile(r"/portal/orders/\d+"))
    day.done("submit", "submit the cart", buyer)
    assert day.newest().approval_state == "pending"


def the_brand_serves(day: Day) -> None:
    """Approve, ship."""
    order = day.newest()
    rep = day.begin("rep", "desk")
    rep.sees(order.number)
    rep.send("button[value=approve]")
    day.done("approve", "approve an order", rep)
    assert day.newest().approval_state == "approved"
    keeper = day.begin("warehouse", "desk")
    keeper.tap(f"main a[href*='item={order.id}']:visible, main a[href='/admin/orders/{order.id}']:visible")
    keeper.page.wait_for_load_state("networkidle")
    if (
        f"/orders/{order.id}" not in keeper.page.url
        and not keeper.page.locator("[name=carrier]:visible").count()
    ):
        keeper.follow(f"/admin/orders/{order.id}")
    keeper.fill("/shipments", carrier="顺丰", tracking_number="SF1234567890")
    keeper.send("form[action$='/shipments'] button.btn-primary")
    day.done("ship", "ship all of an order", keeper)
    assert day.newest().fulfilment == "complete"


def the_buyer_receives_and_asks(day: Day) -> None:
    """Confirm the receipt, look up why a price."""
    order = day.newest()
    buyer = day.begin("buyer", "phone")
    if not buyer.page.locator(f"a[href='/portal/orders/{order.id}']:visible").count():
        buyer.follow("/portal/orders")
    buyer.follow(f"/portal/orders/{order.id}")
    buyer.tap("form[action$='/receipt'] .ask > summary")
    buyer.send("form[action$='/receipt'] .ask button[type=submit]")
    day.done("receive", "confirm a receipt", buyer)
    assert day.newest().receipt == "complete"
    buyer = day.begin("buyer", "phone")
    buyer.follow("/portal/catalog")
    buyer.tap("main a[href*='/price']")
    buyer.page.locator("dialog[open], main .trace").first.wait_for()
    day.done("why", "look up why a price", buyer)


def the_office_keeps_house(day: Day) -> None:
    """Record a payment, raise a limit, change a price."""
    finance = day.begin("finance", "desk")
    finance.follow("/admin/distributors")
    finance.follow("/admin/distributors/1")
    finance.post("/payments", amount="5250", reference="WIRE-1")
    day.done("pay", "record a payment", finance)
    finance = day.begin("finance", "desk")
    finance.follow("/admin/distributors")
    finance.follow("/admin/distributors/1")
    finance.post("/limits", amount="950000", reason="旺季")
    day.done("limit", "raise a limit", finance)

    def ask(session):
        gold = session.scalars(select(PriceList.id).where(PriceList.code == "GOLD")).one()
        tea = session.scalars(select(Sku.id).where(Sku.code == "CP0515")).one()
        return gold, tea, session.scalars(select(Payment)).one().amount

    gold, tea, paid = asked(day.url, ask)
    assert paid == 5250
    marketing = day.begin("marketing", "desk")
    marketing.follow("/admin/prices")
    marketing.follow(f"/admin/prices/{gold}")
    cell = marketing.page.locator(f"tr[data-key-name='sku-{tea}.1.case'] input[name=price]")
    marketing.tap(cell)
    marketing.cost.fields, marketing.cost.letters = 1, 5
    cell.fill("42.80")
    with marketing.page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        marketing.key("Enter")
    day.done("price", "change a price (draft)", marketing)
