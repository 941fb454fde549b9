"""The keyboard of a list, in Chromium: search, walk the rows, tick, open, let go."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.admin.site import Site
from tests.served import Server
from web.access import COOKIE

pytestmark = pytest.mark.browser


def test_a_list_is_worked_through_by_keys(lite: Site, served: Server, desk: BrowserContext):
    first, second = lite.pending(CP0515=3), lite.pending(CP0515=4)
    token = lite.browser("rep").client.get_cookie(COOKIE)
    assert token
    desk.add_cookies([{"name": COOKIE, "value": token.value, "url": served.base_url}])
    page = desk.new_page()
    page.goto("/admin/orders?state=pending")
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_be_visible()
    expect(page.locator("[data-bulk-count]")).to_have_text("1")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    expect(page.locator("[data-pick-all]")).to_be_checked()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/orders/{second}")
    page.locator("button[value=return]").click()  # without a comment it comes back, as the page that it was
    expect(page.locator("textarea[aria-invalid]")).to_be_visible()
    assert page.url.endswith(f"/admin/orders/{second}")
    page.goto("/admin/orders")
    page.go_back()
    expect(page.locator("button[value=return]")).to_be_visible()
    expect(page.locator("textarea[aria-invalid]")).to_have_count(0)
    page.go_back()
    page.go_back()
    page.locator("[data-pick-all]").check()
    page.get_by_role("button", name="批准").click()
    page.wait_for_url("**/admin/orders?state=pending")
    expect(page.locator("#toasts")).to_contain_text("已批准 2 个订单")
    assert {lite.order(each).approval_state for each in (first, second)} == {"approved"}
