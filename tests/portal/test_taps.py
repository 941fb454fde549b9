"""A thumb on a phone with a slow net: no tap is lost, and nobody is told that somebody else was there."""

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from tests.stories.hands import Cost, Hands, asked
from tests.world import PASSWORD
from trade.catalog.models import Sku
from trade.orders.models import Order, OrderLine, OrderTemplate

SLOW = 0.4


@pytest.fixture
def page(served, open_context) -> Page:
    buyer = Hands(open_context("phone"), Cost())
    buyer.sign_in("buyer", PASSWORD)
    return buyer.page


def slow(page: Page) -> None:
    """Everything that changes something takes its time."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    given = {"offline": False, "latency": SLOW * 1000, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", given)


def in_cart(url: str) -> dict[str, int]:
    wanted = select(Sku.code, OrderLine.quantity).join(OrderLine, OrderLine.sku_id == Sku.id)
    newest = select(Order.id).order_by(Order.id.desc()).limit(1).scalar_subquery()
    return asked(url, lambda session: dict(session.execute(wanted.where(OrderLine.order_id == newest)).all()))


def sku_id(url: str, code: str) -> int:
    return asked(url, lambda session: session.scalars(select(Sku.id).where(Sku.code == code)).one())


@pytest.mark.browser
def test_quick_taps_all_count_and_a_typed_quantity_goes_with_the_submission(page, sqlite_url):
    at = sku_id(sqlite_url, "SQ5524")
    page.goto(f"/portal/catalog/{at}")
    slow(page)
    field = page.locator(f"#sku-{at}-quantity")
    multiple = int(page.locator(".stepper").first.get_attribute("data-multiple") or 0)
    for _tap in range(6):
        page.locator(f"#sku-{at}-quantity-more").click()
        page.wait_for_timeout(150)
    shown = int(field.input_value())
    assert shown >= 6 * multiple
    page.locator("a[href='/portal/cart']:visible").first.click()
    page.wait_for_url("**/portal/cart")
    assert in_cart(sqlite_url) == {"SQ5524": shown}
    page.fill(f"#line-{at}-quantity", str(shown + 2 * multiple))
    page.click("#submission button[type=submit]")
    page.wait_for_url("**/portal/orders/*")
    assert in_cart(sqlite_url) == {"SQ5524": shown + 2 * multiple}


@pytest.mark.browser
def test_with_several_addresses_the_last_button_can_be_tapped_and_every_list_is_its_own(page, sqlite_url):
    at = sku_id(sqlite_url, "SQ5524")
    page.goto(f"/portal/catalog/{at}")
    page.locator(f"#sku-{at}-quantity-more").click()
    page.locator("a[href='/portal/cart']:visible").first.click()
    page.wait_for_url("**/portal/cart")
    page.click("button[formaction='/portal/cart/deliveries']")
    page.wait_for_url("**/portal/cart*")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert lies_free(page, "button[formaction='/portal/cart/delivery']")
    page.evaluate("scrollTo(0, 0)")
    assert lies_free(page, "button[formaction='/portal/cart/deliveries']")
    for name in ("周一", "周四"):
        page.goto("/portal/order-templates")
        page.fill("[name=name]", name)
        page.click("form[action='/portal/order-templates'] button")
        page.wait_for_load_state()
    lists = asked(sqlite_url, lambda session: session.scalars(select(OrderTemplate.id)).all())
    assert len(lists) == 2
    page.goto("/portal/order-templates")
    for each in lists:
        assert lies_free(page, f"a[href='/portal/order-templates/{each}/reorder']")
        assert lies_free(page, f"a[href='/portal/order-templates/{each}']")


def lies_free(page: Page, what: str) -> bool:
    """Whether a finger on the middle of it meets it."""
    return page.locator(what).last.evaluate(
        """found => { const box = found.getBoundingClientRect();
        const met = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return met !== null && found.contains(met) }"""
    )
