"""What a form says that was sent too late: signed out, overtaken by somebody, or not a file at all."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.portal.test_cart import fill, form_of
from tests.portal.visitor import HTMX, Visitor, ids, lines, open_portal
from tests.served import Server
from tests.world import PASSWORD
from web.access import COOKIE

COUNT = "处要改"


@pytest.fixture
def buyer(database_url: str) -> Iterator[Visitor]:
    yield Visitor(open_portal(database_url), "buyer")


@pytest.mark.parametrize("partial", [True, False])
def test_a_deed_after_signing_out_in_another_tab_asks_to_sign_in_and_leads_back(buyer, partial):
    old, sku_id = buyer.csrf(), ids().skus["CP0515"]
    buyer.post("/sign-out")
    headers = {"Referer": "http://localhost/portal/catalog?q=CP05"} | (HTMX if partial else {})
    data = {"csrf_token": old, "quantity": "3", "place": "list"}
    answer = buyer.client.post(f"/portal/catalog/{sku_id}/quantity", data=data, headers=headers)
    assert answer.status_code == 401 and lines() == []
    text = buyer.get(answer.headers["HX-Redirect"]).text if partial else answer.text
    assert "已退出登录" in text and "放得太久" not in text
    found = re.search('name="next" value="([^"]*)"', text)
    assert found and found[1] == "/portal/catalog?q=CP05"
    buyer.token = ""
    answer = buyer.post("/sign-in", name="buyer", password=PASSWORD, next=found[1])
    assert answer.status_code == 303 and answer.location == found[1]


def test_what_a_page_asks_by_itself_never_takes_it_away(buyer):
    buyer.post("/sign-out")
    here = {"HX-Current-URL": "http://localhost/portal/registrations/new"}
    lookup = "/portal/registrations/lookup?name=x"
    for source in "input#name", "select", "section#statements", "div", "dialog", "tr":
        answer = buyer.client.get(lookup, headers=HTMX | here | {"HX-Source": source})
        assert answer.status_code == 401 and "HX-Redirect" not in answer.headers, source
        assert answer.headers["HX-Retarget"] == "#problem" and "您已退出登录" in answer.text
        assert 'href="/sign-in?next=/portal/registrations/new"' in answer.text
    for place, back in (
        ("http://localhost/portal/pool?q=1", "/portal/pool?q%3D1"),
        ("http://elsewhere.cn/portal/pool", "/"),
        ("http://localhost//elsewhere.cn", "/"),
    ):
        sent = HTMX | {"HX-Source": "form#x", "HX-Current-URL": place}
        answer = buyer.client.post("/portal/cart/clearance", data={"version": "1"}, headers=sent)
        assert answer.headers["HX-Redirect"] == f"/sign-in?next={back}&out=1"


@pytest.mark.browser
def test_a_session_that_ends_while_somebody_types_takes_nothing(served: Server, phone: BrowserContext):
    """Told while typing, or only when the form is sent: after signing in it stands there as it was."""
    page = phone.new_page()
    for press in "#problem [data-signed-out]", "button.btn-primary[form=registration-form]":
        sign_in(page, "/portal/registrations/new")
        page.locator("main summary").click()
        page.select_option("#kind", "person")
        phone.clear_cookies(name=COOKIE)
        with page.expect_response("**/registrations/lookup?*") as told:
            page.type("#name", "福州香樟里餐饮有限公司")
        assert told.value.status == 401
        expect(page.locator("#problem [data-signed-out]")).to_be_visible()
        expect(page.locator("#name")).to_be_focused()
        page.fill("#phone", "13900000001")
        page.fill("#note", "第一行\n第二行")
        page.click(press)
        sign_in(page)
        page.wait_for_url("**/portal/registrations/new")
        kept = {"name": "福州香樟里餐饮有限公司", "phone": "13900000001", "kind": "person"}
        for field, value in {**kept, "note": "第一行\n第二行"}.items():
            expect(page.locator(f"#{field}")).to_have_value(value)
        expect(page.locator("#note")).to_be_visible()
        phone.clear_cookies(name="tongqu_form")  # as after signing in anew in another tab
        page.click("button.btn-primary[form=registration-form]")
        page.click("[data-stale] a.btn-primary")
        expect(page.locator("#note")).to_have_value("第一行\n第二行")
        phone.clear_cookies()


def sign_in(page: Page, place: str = "") -> None:
    if place:
        page.goto(place)
    page.fill("[name=name]", "owner")
    page.fill("[name=password]", PASSWORD)
    page.click("form[action*='sign-in'] button[type=submit]")
    page.wait_for_url(re.compile("/portal"))


def test_an_old_form_of_somebody_signed_in_is_only_too_old(buyer):
    answer = buyer.client.post("/portal/cart/clearance", data={"csrf_token": "x", "version": "1"})
    assert answer.status_code == 400 and "放得太久" in answer.text
    answer = buyer.client.post(
        "/portal/cart/clearance", data={"csrf_token": "x", "version": "1"}, headers=HTMX
    )
    fresh = re.search('data-stale="([^"]+)"', answer.text)
    assert answer.status_code == 400 and answer.headers["HX-Retarget"] == "#problem" and fresh
    again = buyer.client.post("/portal/cart/clearance", data={"csrf_token": fresh[1], "version": "1"})
    assert again.status_code != 400, "the page puts the new token into its forms"


def test_a_refusal_of_the_whole_counts_no_fields(buyer):
    form = form_of(fill(buyer, CP0515=1))
    fill(buyer, CP0515=2)
    answer = buyer.post("/portal/cart/submission", **form)
    assert answer.status_code == 422 and COUNT not in answer.text and 'role="alert"' in answer.text
    form = form_of(fill(buyer, CP0515=2), wanted_date="tomorrow")
    assert f"1 {COUNT}" in buyer.post("/portal/cart/submission", **form).text


def test_no_file_and_no_more_attempts_count_no_fields(buyer):
    form = form_of(fill(buyer, CP0515=1))
    place = buyer.post("/portal/cart/submission", **form).location
    answer = buyer.post(f"{place}/attachments")
    assert answer.status_code == 422 and COUNT not in answer.text and "请先选一个文件" in answer.text
    stranger = buyer.app.test_client()
    token = re.search('name="csrf-token" content="([^"]*)"', stranger.get("/sign-in").text)
    assert token
    for _attempt in range(30):
        data = {"csrf_token": token[1], "name": "rep", "password": "not this one"}
        answer = stranger.post("/sign-in", data=data)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429 and COUNT not in answer.text
