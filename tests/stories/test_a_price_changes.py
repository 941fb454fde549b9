"""A price changes: marketing types and pastes, the check finds what contradicts, the administrator publishes, the buyer reads why."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from tests.databases import Prepare
from tests.stories.hands import Cost, Hands, asked, breaches, note, until
from tests.world import PASSWORD, build_template
from trade.catalog.models import Sku
from trade.notices.models import Notice
from trade.people.models import Person
from trade.pricing.models import PriceList, PriceRow


@pytest.fixture
def prepare() -> Prepare:
    return build_template


def facts(url: str):
    """The gold list, the tea, and their prices that hold by least quantity."""

    def ask(session):
        gold = session.scalars(select(PriceList).where(PriceList.code == "GOLD")).one()
        tea = session.scalars(select(Sku.id).where(Sku.code == "CP0515")).one()
        rows = select(PriceRow.min_quantity, PriceRow.price).where(
            PriceRow.price_list_id == gold.id, PriceRow.sku_id == tea, PriceRow.valid_to.is_(None)
        )
        told = select(Notice).join(Person, Person.id == Notice.person_id).where(Person.user_name == "buyer")
        return gold.id, tea, dict(session.execute(rows).all()), len(session.scalars(told).all())

    return asked(url, ask)


def cell(hands: Hands, key: str):
    return hands.page.locator(f"tr[data-key-name='{key}'] input[name=price]")


@pytest.mark.browser
def test_a_price_is_changed_checked_published_and_explained(served, worker, sqlite_url, open_context):
    cost = Cost()
    gold, tea, before, told = facts(sqlite_url)
    assert before == {1: Decimal("43.20"), 10: Decimal("42.30"), 50: Decimal("41.50")}
    marketing = Hands(open_context("desk"), cost)
    marketing.sign_in("marketing", PASSWORD)
    types_with_the_keyboard(marketing, gold, tea)
    findings_are_mended(marketing, gold, tea)
    assert facts(sqlite_url)[2] == before, "a draft prices nobody"
    chief = Hands(open_context("desk"), cost)
    chief.sign_in("administrator", PASSWORD)
    publishes(chief, gold)
    buyer = Hands(open_context("phone"), cost)
    buyer.sign_in("buyer", PASSWORD)
    until(buyer, lambda: facts(sqlite_url)[3] > told)
    reads(buyer, tea)
    note("A price changed, checked, published, read by the distributor", cost)
    _gold, _tea, after, heard = facts(sqlite_url)
    assert after == {1: Decimal("42.00"), 10: Decimal("41.00"), 50: Decimal("40.00")} and heard > told
    assert breaches(sqlite_url) == []


def types_with_the_keyboard(marketing: Hands, gold: int, tea: int) -> None:
    """Three cells by keyboard alone; the break from 50 cases is mistyped and dearer than that from 10."""
    marketing.follow("/admin/prices")
    marketing.follow(f"/admin/prices/{gold}")
    marketing.tap(cell(marketing, f"sku-{tea}.1.case"))
    for value in "42.00", "41.00", "45.00":
        marketing.page.keyboard.press("Control+a")
        marketing.cost.fields, marketing.cost.letters = marketing.cost.fields + 1, marketing.cost.letters + 5
        marketing.page.keyboard.type(value)
        with marketing.page.expect_response(lambda response: response.request.method == "POST"):
            marketing.key("Enter")
    marketing.page.wait_for_load_state("networkidle")


def findings_are_mended(marketing: Hands, gold: int, tea: int) -> None:
    """The check opens the row; a paste of the whole block puts it right."""
    marketing.follow(f"/admin/prices/{gold}/check")
    way = marketing.page.locator("a[href*='only=steps'], a[href*='only=inversion']")
    assert way.count(), marketing.page.locator("main").inner_text()
    marketing.tap(way)
    marketing.page.wait_for_url("**only=**")
    marketing.sees("冷泡茉莉乌龙茶")
    marketing.open(f"/admin/prices/{gold}")
    first = cell(marketing, f"sku-{tea}.1.case")
    marketing.tap(first)
    marketing.cost.keys += 1
    with marketing.page.expect_response(lambda response: response.request.method == "POST"):
        first.evaluate(
            """(input, text) => { const data = new DataTransfer(); data.setData('text/plain', text);
            input.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})) }""",
            "42.00\n41.00\n40.00\n",
        )
    marketing.page.wait_for_load_state("networkidle")
    marketing.follow(f"/admin/prices/{gold}/check")
    assert not marketing.page.locator("a[href*='only=steps']").count()


def publishes(chief: Hands, gold: int) -> None:
    """The administrator sees whom it concerns and publishes from today on."""
    chief.follow("/admin/prices")
    chief.follow(f"/admin/prices/{gold}")
    chief.follow(f"/admin/prices/{gold}/check")
    agreed = chief.page.locator("[name=agreed]")
    if agreed.count():
        chief.tap(agreed)
        chief.page.fill("[name=note]", "年度调价")
    chief.send("form[action$='/publication'] button.btn-primary")


def reads(buyer: Hands, tea: int) -> None:
    """The message on the phone, the new price in the catalogue, and the list that it comes from."""
    buyer.follow("/portal/notices")
    buyer.sees("价")
    buyer.follow("/portal/catalog")
    buyer.sees("42.00")
    why = buyer.page.locator(f"a[href^='/portal/catalog/{tea}/price']:visible").first
    buyer.tap(why)
    buyer.page.locator("text=金牌").first.wait_for()
    buyer.sees("46.00")
