"""The story of the title on the real reseller history, told in a browser: buyer on a phone, staff on a PC."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from tests.databases import Prepare, begin_with
from tests.imports.delivery import SHARED, sample
from tests.served import Server
from tests.stories.hands import answered
from tests.tables import migrated
from trade import db
from trade.actor import system
from trade.books.models import LedgerEntry
from trade.catalog.models import Sku
from trade.credit.models import CreditAccount
from trade.distributors.models import Distributor, Standing
from trade.flows.create_person import NewPerson, create_person
from trade.flows.give_login import Login, give_login
from trade.flows.import_batch import import_batch
from trade.flows.set_up_brand import set_up_brand
from trade.imports import adventureworks
from trade.imports.rows import Batch
from trade.inventory.models import Stock, StockMovement
from trade.orders.models import Order, OrderLine
from trade.people import passwords
from trade.receivables.models import Payment
from trade.verify.everything import INVARIANTS

OPERATOR = system("story")
RESELLER = "AW00000668"
PASSWORD = "a-bicycle-made-for-two"
STAFF = {"chief": "administrator", "cashier": "finance", "storeman": "warehouse"}
HELMET, JERSEY = "HL-U509-R", "LJ-0192-M"
IS_KEPT = bool(os.environ.get("TONGQU_PROOF"))


@dataclass(frozen=True)
class Teller:
    """A browser with somebody in front of it."""

    context: BrowserContext
    name: str

    def sign_in(self) -> Page:
        page = self.context.new_page()
        page.goto("/sign-in")
        page.fill("[name=name]", self.name)
        page.fill("[name=password]", PASSWORD)
        page.click("main button[type=submit], form[action*='sign-in'] button[type=submit]")
        page.wait_for_url(re.compile("/(portal|admin)"))
        return page


def real_history(url: str) -> None:
    """Fill an empty database with the history of all resellers, or of some, and let five people in."""
    begin_with(migrated, url)
    engine = db.connect(url)
    db.run(set_up_brand, OPERATOR, None)
    db.run(import_batch, OPERATOR, delivered(SHARED if IS_KEPT else sample()))
    db.run(let_people_in, OPERATOR, passwords.hashed(PASSWORD))
    engine.dispose()


def delivered(folder: Path) -> Batch:
    batch, problems = adventureworks.read_folder(folder)
    assert not problems
    return batch


def let_people_in(session, actor, password_hash: str) -> None:
    """The reseller's buyer and rep, and the brand's staff."""
    distributor = session.scalars(select(Distributor).where(Distributor.code == RESELLER)).one()
    create_person(
        session,
        actor,
        NewPerson("Dana", "buyer", password_hash, user_name="buyer", distributor_id=distributor.id),
    )
    for name, role in STAFF.items():
        create_person(session, actor, NewPerson(name, role, password_hash, user_name=name))
    rep_id = session.scalars(select(Standing.rep_id).where(Standing.distributor_id == distributor.id)).one()
    give_login(session, actor, Login(rep_id, "sales_rep", password_hash, "rep"))


@pytest.fixture(scope="module")
def prepare() -> Prepare:
    return real_history


def read_in(url: str, question: Callable):
    engine = db.connect(url)
    with db.read() as session:
        answer = question(session)
    engine.dispose()
    return answer


class Story:
    """What is told, step by step, whoever tells it and on whatever database."""

    def __init__(self, url: str, folder: str, open_context: Callable, *, javascript: bool):
        self.url, self.javascript = url, javascript
        self.pictures = Path("docs/story") if IS_KEPT and javascript else Path("build/story") / folder
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.shots = 0
        opened = {
            name: open_context("phone" if name == "buyer" else "desk", javascript=javascript)
            for name in ("buyer", "rep", *STAFF)
        }
        self.pages = {name: Teller(context, name).sign_in() for name, context in opened.items()}

    def shoot(self, who: str, name: str) -> None:
        self.shots += 1
        if not IS_KEPT:
            return
        page = self.pages[who]
        page.wait_for_load_state("networkidle")
        # Hiding the caret would leave style attributes behind, which the page's policy rightly complains about.
        page.screenshot(path=self.pictures / f"{self.shots:02d}-{name}.png", caret="initial")

    def send(self, who: str, action: str, values: dict[str, str] | None = None, press: str = "") -> None:
        """Fill the form that goes to an address and press its button, as a person does."""
        page = self.pages[who]
        form = page.locator(f"form[action$='{action}']").first
        fold = page.locator(f"details:not([open]):has(form[action$='{action}'])")
        if fold.count():
            fold.first.locator("summary").first.click()
        for name, value in (values or {}).items():
            form.locator(f"[name='{name}']").fill(value)
        answered(page, form.locator(press or "button[type=submit]").first.click)

    def ids(self) -> dict[str, int]:
        def ask(session):
            skus = {code: key for code, key in session.execute(select(Sku.code, Sku.id))}
            home = session.scalar(select(Distributor.id).where(Distributor.code == RESELLER))
            return {**{code: skus[code] for code in (HELMET, JERSEY)}, "distributor": home}

        return read_in(self.url, ask)

    def order(self) -> Order:
        return read_in(
            self.url, lambda session: session.scalars(select(Order).where(Order.source == "portal")).one()
        )

    def lines(self) -> list[OrderLine]:
        wanted = select(OrderLine).where(OrderLine.order_id == self.order().id).order_by(OrderLine.line_no)
        return read_in(self.url, lambda session: list(session.scalars(wanted)))

    def used(self) -> Decimal:
        account = select(CreditAccount.used).join(Distributor, Distributor.id == CreditAccount.distributor_id)
        return read_in(self.url, lambda session: session.scalar(account.where(Distributor.code == RESELLER)))


def tell(story: Story) -> None:
    """From the limit to the payment."""
    ids = story.ids()
    before = stock_of(story, ids)
    finance_gives_credit(story, ids)
    administrator_wants_to_see_large_orders(story)
    buyer_fills_the_cart(story, ids)
    buyer_submits(story)
    rep_approves(story)
    warehouse_ships_in_two_parts(story)
    buyer_receives(story)
    finance_records_the_payment(story, ids)
    after_all(story, ids, before)


def finance_gives_credit(story: Story, ids: dict[str, int]) -> None:
    page = story.pages["cashier"]
    page.goto(f"/admin/distributors/{ids['distributor']}")
    story.send("cashier", "/limits", {"amount": "5000.00", "reason": "Opening"})
    expect(page.locator("body")).to_contain_text("5,000.00")
    story.shoot("cashier", "finance-gives-credit")


def administrator_wants_to_see_large_orders(story: Story) -> None:
    page = story.pages["chief"]
    page.goto("/admin/settings")
    page.locator(
        "[name='order.approve_above'], [name='order_approve_above'], [id*='approve'][id*='above']"
    ).first.fill("100.00")
    answered(page, page.locator("main form button[type=submit]").last.click)
    story.shoot("chief", "administrator-sets-what-a-person-must-see")


def buyer_fills_the_cart(story: Story, ids: dict[str, int]) -> None:
    page = story.pages["buyer"]
    page.goto("/portal/catalog?q=helmet")
    expect(page.locator("body")).to_contain_text("Sport-100 Helmet, Red")
    story.shoot("buyer", "buyer-finds")
    page.goto(f"/portal/catalog/{ids[HELMET]}/price?quantity=4")
    story.shoot("buyer", "why-this-price")
    for code, quantity in ((HELMET, "4"), (JERSEY, "3")):
        page.goto(f"/portal/catalog?q={code}")
        field = page.locator("article.sku .stepper input").first
        field.fill(quantity)
        answered(page, lambda stepper=field: stepper.press("Enter"))
    page.goto("/portal/cart")
    story.shoot("buyer", "cart")


def buyer_submits(story: Story) -> None:
    page = story.pages["buyer"]
    page.locator("form#submission button[type=submit]").click()
    page.wait_for_url(re.compile(r"/portal/orders/\d+"))
    order = story.order()
    assert order.approval_state == "pending" and story.used() == order.gross > 0
    expect(page.locator("body")).to_contain_text(order.number)
    story.shoot("buyer", "submitted")


def rep_approves(story: Story) -> None:
    page = story.pages["rep"]
    page.goto("/admin")
    expect(page.locator("body")).to_contain_text(story.order().number)
    story.shoot("rep", "desk-of-the-rep")
    story.send("rep", "/decision", press="button[value=approve]")
    assert story.order().approval_state == "approved"
    story.shoot("rep", "approved")


def warehouse_ships_in_two_parts(story: Story) -> None:
    page = story.pages["storeman"]
    order = story.order()
    helmet, jersey = story.lines()
    for carrier, quantities in (("UPS", ("3", "")), ("DHL", ("1", "3"))):
        page.goto(f"/admin/orders/{order.id}")
        values = {
            "carrier": carrier,
            "tracking_number": f"{carrier}-1",
            f"quantity_{jersey.id}": quantities[1],
        }
        if story.lines()[0].shipped < helmet.base_quantity:
            values |= {f"quantity_{helmet.id}": quantities[0], f"lot_{helmet.id}": f"LOT-{carrier}"}
        story.shoot("storeman", f"ship-{carrier.lower()}")
        story.send("storeman", "/shipments", values)
    assert [line.shipped for line in story.lines()] == [4, 3] and story.order().fulfilment == "complete"
    story.shoot("storeman", "shipped")


def buyer_receives(story: Story) -> None:
    page = story.pages["buyer"]
    for _parcel in range(2):
        page.goto(f"/portal/orders/{story.order().id}")
        story.shoot("buyer", "parcels")
        page.locator("form[action$='/receipt'] .ask > summary").first.click()
        story.send("buyer", "/receipt")
    assert story.order().receipt == "complete"
    story.shoot("buyer", "received")


def finance_records_the_payment(story: Story, ids: dict[str, int]) -> None:
    page = story.pages["cashier"]
    page.goto(f"/admin/distributors/{ids['distributor']}")
    values = {"amount": f"{story.used():.2f}", "reference": "WIRE-20261121-1"}
    story.send("cashier", "/payments", values)
    expect(page.locator("body")).to_contain_text("WIRE-20261121-1")
    story.shoot("cashier", "payment-recorded")
    buyer = story.pages["buyer"]
    buyer.goto("/portal/credit")
    expect(buyer.locator("body")).to_contain_text("5,000.00")
    story.shoot("buyer", "credit-is-back")


def stock_of(story: Story, ids: dict[str, int]) -> dict[str, int]:
    def ask(session):
        return {
            code: session.scalar(select(Stock.on_hand).where(Stock.sku_id == ids[code]))
            for code in (HELMET, JERSEY)
        }

    return read_in(story.url, ask)


def after_all(story: Story, ids: dict[str, int], before: dict[str, int]) -> None:
    """Credit is where it started, stock is what was there less what left, parts add up, and every invariant holds."""
    order, (helmet, jersey) = story.order(), story.lines()
    assert story.used() == 0
    assert stock_of(story, ids) == {HELMET: before[HELMET] - 4, JERSEY: before[JERSEY] - 3}

    def ask(session):
        movements = session.execute(
            select(StockMovement.kind, func.sum(StockMovement.on_hand), func.sum(StockMovement.reserved))
            .where(StockMovement.order_id == order.id)
            .group_by(StockMovement.kind)
        )
        sides = (LedgerEntry.debit, LedgerEntry.credit)
        booked = select(*sides, func.sum(LedgerEntry.amount)).group_by(*sides)
        return (
            {kind: (on_hand, reserved) for kind, on_hand, reserved in movements},
            {(debit, credit): amount for debit, credit, amount in session.execute(booked)},
            session.scalars(select(Payment)).one(),
            [breach for invariant in INVARIANTS for breach in invariant.find(session)],
        )

    movements, booked, payment, breaches = read_in(story.url, ask)
    assert movements == {"reserve": (0, 7), "issue": (-7, -7)}
    legs = [("hold", "commitment"), ("commitment", "hold"), ("unbilled", "sales"), ("bank", "prepayment")]
    assert booked == dict.fromkeys([*legs, ("prepayment", "unbilled")], order.gross)
    assert payment.amount == order.gross == helmet.gross + jersey.gross
    assert (helmet.shipped_gross, jersey.shipped_gross) == (helmet.gross, jersey.gross)
    assert breaches == []


def open_at(server: Server, open_context: Callable) -> Callable:
    return partial(open_context, base_url=server.base_url)


@pytest.mark.browser
def test_an_order_goes_through_on_sqlite(sqlite_url, serve, open_context):
    opened = open_at(serve(sqlite_url), open_context)
    tell(Story(sqlite_url, "with-javascript", opened, javascript=True))


@pytest.mark.proof
@pytest.mark.browser
def test_an_order_goes_through_without_javascript_on_postgresql(postgresql_url, serve, open_context):
    opened = open_at(serve(postgresql_url), open_context)
    tell(Story(postgresql_url, "without-javascript", opened, javascript=False))
